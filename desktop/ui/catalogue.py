"""The translations of the window's words, by their English text."""

import json

from PySide6.QtCore import QLibraryInfo, QTranslator
from PySide6.QtWidgets import QApplication

from desktop.ui.resources import resources


class Catalogue(QTranslator):
    """One translation for each English text, whichever widget says it (docs/decisions/0007)."""

    def __init__(self, words: dict[str, str], parent: QApplication) -> None:
        super().__init__(parent)
        self._words = words

    def translate(  # type: ignore[override]
        self, context: str, text: str, disambiguation: str | None = None, n: int = -1
    ) -> str | None:
        # None lets Qt ask the next translator.
        return self._words.get(text)

    def isEmpty(self) -> bool:
        return False


def words_of(language: str) -> dict[str, str]:
    """The translations into a language, by the English text."""
    return json.loads((resources() / "i18n" / f"{language}.json").read_text("utf-8"))


def add_translations(app: QApplication, language: str) -> None:
    """Has Qt's own words and ours said in that language."""
    of_qt = QTranslator(app)
    if of_qt.load(f"qtbase_{language}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
        app.installTranslator(of_qt)
    app.installTranslator(Catalogue(words_of(language), app))

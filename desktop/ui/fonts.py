"""The fonts that come with the program, for scripts that the computer has no font for."""

from PySide6.QtGui import QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

from desktop.ui.resources import resources


def add_shipped_fonts() -> list[str]:
    """Adds what lies in `resources/fonts` behind the font of the system; returns the families.

    Does nothing where the computer can write Chinese already: reading the files takes time and memory.
    """
    if QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese):
        return []
    folder = resources() / "fonts"
    families: list[str] = []
    for file in sorted([*folder.rglob("*.ttf"), *folder.rglob("*.otf")]):
        number = QFontDatabase.addApplicationFont(str(file))
        families += [name for name in QFontDatabase.applicationFontFamilies(number) if name not in families]
    if families:
        font = QApplication.font()
        # The font of the system may be an alias (`Sans Serif`): named as it is, it stays the first choice.
        font.setFamilies([QFontInfo(font).family(), *families])
        QApplication.setFont(font)
    return families

"""The fonts that come with the program, for scripts that the computer may have no font for."""

from PySide6.QtGui import QFont, QFontDatabase
from PySide6.QtWidgets import QApplication

from desktop.ui.resources import resources


def add_shipped_fonts() -> list[str]:
    """Adds what lies in `resources/fonts` behind the font of the system; returns the families."""
    folder = resources() / "fonts"
    families: list[str] = []
    for file in sorted([*folder.rglob("*.ttf"), *folder.rglob("*.otf")]):
        number = QFontDatabase.addApplicationFont(str(file))
        families += [name for name in QFontDatabase.applicationFontFamilies(number) if name not in families]
    if families:
        font = QApplication.font()
        QFont.insertSubstitutions(font.family(), families)
    return families

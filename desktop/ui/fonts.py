"""The fonts that come with the program, for scripts that the computer has no font for."""

from PySide6.QtGui import QFontDatabase, QFontInfo
from PySide6.QtWidgets import QApplication

from desktop.ui.resources import resources


def add_shipped_fonts() -> list[str]:
    """Adds a font for Chinese behind the font of the system; returns its families.

    Does nothing where the computer can write Chinese already: reading the files takes time and memory. The Latin one
    beside it is for documents: what `Sans Serif` means to the system could change with it, under a window that is open.
    """
    if QFontDatabase.families(QFontDatabase.WritingSystem.SimplifiedChinese):
        return []
    font = QApplication.font()
    # It may be an alias (`Sans Serif`), which could mean one of those that are added: named as it is, it stays.
    own = QFontInfo(font).family()
    folder = resources() / "fonts"
    families: list[str] = []
    for file in sorted(folder.glob("NotoSansSC_*.ttf")):
        number = QFontDatabase.addApplicationFont(str(file))
        families += [name for name in QFontDatabase.applicationFontFamilies(number) if name not in families]
    if families:
        font.setFamilies([own, *families])
        QApplication.setFont(font)
    return families

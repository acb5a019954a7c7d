"""What Windows and macOS want to know of a program: its icon, its version, what it opens. *Not run on them here.*"""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

IDENTIFIER = "org.deskhand.Deskhand"
OPENS = {
    "CSV table": ("public.comma-separated-values-text", "public.tab-separated-values-text"),
    "Excel workbook": ("org.openxmlformats.spreadsheetml.sheet",),
    "OpenDocument spreadsheet": ("org.oasis-open.opendocument.spreadsheet",),
}
"""Uniform Type Identifiers, as macOS calls kinds of files."""


def write_icon(drawing: Path, target: Path, size: int = 256) -> None:
    """Writes a drawing (SVG) as an icon; the ending of the target says in what form: `.ico`, `.icns` or `.png`."""
    picture = QImage(size, size, QImage.Format.Format_ARGB32)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(str(drawing)).render(painter)
    painter.end()
    target.parent.mkdir(parents=True, exist_ok=True)
    if not picture.save(str(target)):
        raise OSError(f"{target} could not be written")


def write_version(version: str, target: Path) -> None:
    """Writes Windows' version resource as PyInstaller reads it (its manual, *Capturing Windows Version Data*)."""
    four = (*(int(part) for part in version.split(".")[:3]), 0, 0, 0)[:4]
    texts = {
        "CompanyName": "The makers of Deskhand",
        "FileDescription": "Deskhand",
        "FileVersion": version,
        "InternalName": "deskhand",
        "LegalCopyright": "MIT licence",
        "OriginalFilename": "Deskhand.exe",
        "ProductName": "Deskhand",
        "ProductVersion": version,
    }
    said = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in texts.items())
    english, unicode = 0x0409, 1200
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(
        f"VSVersionInfo(ffi=FixedFileInfo(filevers={four}, prodvers={four}, mask=0x3F, flags=0, OS=0x40004,"
        " fileType=1, subtype=0, date=(0, 0)), kids=["
        f"StringFileInfo([StringTable('{english:04x}{unicode:04x}', [{said}])]),"
        f" VarFileInfo([VarStruct('Translation', [{english}, {unicode}])])])\n",
        "utf-8",
    )


def property_list(version: str) -> dict[str, Any]:
    """What goes into macOS' `Info.plist`, beside what PyInstaller puts there itself."""
    return {
        "CFBundleDisplayName": "Deskhand",
        "CFBundleShortVersionString": version,
        "CFBundleVersion": version,
        "LSApplicationCategoryType": "public.app-category.productivity",
        "LSMinimumSystemVersion": "12.0",
        "NSHighResolutionCapable": True,
        "NSRequiresAquaSystemAppearance": False,
        "CFBundleLocalizations": ["en", "zh_CN"],
        "CFBundleDocumentTypes": [
            {
                "CFBundleTypeName": name,
                "CFBundleTypeRole": "Viewer",
                "LSHandlerRank": "Alternate",
                "LSItemContentTypes": list(kinds),
            }
            for name, kinds in OPENS.items()
        ],
    }

"""Light and dark: one set of named colours each, the palette made of them, and the little QSS that Fusion needs."""

from functools import cache
from typing import Literal, NamedTuple

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from desktop.ui.sheet import SHEET

Appearance = Literal["system", "light", "dark"]


class Tokens(NamedTuple):
    """The colours by what they are for. Text on its ground has a contrast of 4.5:1 at least (WCAG 2.2, 1.4.3)."""

    window: str
    sidebar: str
    surface: str
    raised: str
    border: str
    strong_border: str
    text: str
    muted: str
    accent: str
    accent_hover: str
    on_accent: str
    selection: str
    hover: str
    success: str
    warning: str
    danger: str
    groove: str
    tint: str

    def color(self, name: str) -> QColor:
        """The colour of that name; it is shared, so a changed one is made of a copy."""
        return _color(getattr(self, name))


@cache
def _color(name: str) -> QColor:
    return QColor(name)


LIGHT = Tokens(
    window="#f5f6f8",
    sidebar="#ebedf1",
    surface="#ffffff",
    raised="#ffffff",
    border="#dcdfe5",
    strong_border="#b9bfca",
    text="#1b1f26",
    muted="#596273",
    accent="#2456d6",
    accent_hover="#1d48b8",
    on_accent="#ffffff",
    selection="#dfe8fc",
    hover="#f0f3f8",
    success="#17784a",
    warning="#8a5a00",
    danger="#bf2f28",
    groove="#e2e5ea",
    tint="#e8eefc",
)

DARK = Tokens(
    window="#17191d",
    sidebar="#111316",
    surface="#1e2125",
    raised="#272b31",
    border="#33383f",
    strong_border="#565d69",
    text="#e9ebee",
    muted="#a4abb7",
    accent="#7ea4ff",
    accent_hover="#9bb9ff",
    on_accent="#0c1424",
    selection="#2b3a5e",
    hover="#262a30",
    success="#5fcb92",
    warning="#e6b657",
    danger="#ff857c",
    groove="#383d46",
    tint="#243150",
)


def palette_of(tokens: Tokens) -> QPalette:
    """The palette that Fusion and every widget paint with."""
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    palette = QPalette()
    for part, name in {
        role.Window: "window",
        role.WindowText: "text",
        role.Base: "surface",
        role.AlternateBase: "hover",
        role.Text: "text",
        role.Button: "raised",
        role.ButtonText: "text",
        role.BrightText: "on_accent",
        role.Highlight: "accent",
        role.HighlightedText: "on_accent",
        role.Link: "accent",
        role.LinkVisited: "accent",
        role.ToolTipBase: "raised",
        role.ToolTipText: "text",
        role.PlaceholderText: "muted",
        role.Accent: "accent",
        role.Light: "raised",
        role.Midlight: "border",
        role.Mid: "strong_border",
        role.Dark: "strong_border",
        role.Shadow: "strong_border",
    }.items():
        palette.setColor(part, tokens.color(name))
    faint = QColor(tokens.color("muted"))
    faint.setAlpha(150)
    for part in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(group.Disabled, part, faint)
    palette.setColor(group.Disabled, role.Highlight, tokens.color("border"))
    return palette


def sheet_of(tokens: Tokens) -> str:
    """The QSS in these colours."""
    return SHEET.format(**tokens._asdict())


class Theme(QObject):
    """Puts the colours on the application, and follows the system unless told otherwise."""

    changed = Signal()

    def __init__(self, app: QApplication, appearance: Appearance = "system") -> None:
        super().__init__(app)
        self._app = app
        self._appearance: Appearance = appearance
        hints = app.styleHints()
        self.set_appearance(appearance)
        hints.colorSchemeChanged.connect(self._apply)

    @property
    def appearance(self) -> Appearance:
        """What the user chose."""
        return self._appearance

    def set_appearance(self, appearance: Appearance) -> None:
        """Light, dark, or as the system has it."""
        self._appearance = appearance
        scheme = Qt.ColorScheme
        wanted = {"light": scheme.Light, "dark": scheme.Dark, "system": scheme.Unknown}[appearance]
        self._app.styleHints().setColorScheme(wanted)
        self._apply()

    def _apply(self) -> None:
        global _in_force
        dark = self._appearance == "dark" or (
            self._appearance == "system" and self._app.styleHints().colorScheme() is Qt.ColorScheme.Dark
        )
        wanted = DARK if dark else LIGHT
        if wanted is _in_force and self._app.styleSheet():
            return
        _in_force = wanted
        self._app.setPalette(palette_of(wanted))
        self._app.setStyleSheet(sheet_of(wanted))
        self.changed.emit()


_in_force = LIGHT


def tokens() -> Tokens:
    """The colours in force."""
    return _in_force

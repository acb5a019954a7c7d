"""What the delegates of lists and tables paint with: lines of text that end in dots where the room ends.

Tables are painted many times a second while jobs run, mostly with the words and fonts of the time before: what was
measured once is remembered. So fonts that are given or returned must not be changed, nor belong to an option, with
which they would go.
"""

from functools import lru_cache

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from desktop.ui.theme import tokens

_MIDDLE_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def halves(rect: QRect, font: QFont) -> tuple[QRect, QRect]:
    """Room for a line, and below it for a smaller one, in the middle of `rect`."""
    height, small = _height(font) + 1, _height(smaller(font)) + 1
    top = rect.y() + (rect.height() - height - small) // 2
    return (
        QRect(rect.x(), top, rect.width(), height),
        QRect(rect.x(), top + height, rect.width(), small),
    )


@lru_cache(maxsize=32)
def smaller(font: QFont) -> QFont:
    """The font of the second line."""
    small = QFont(font)
    small.setPointSizeF(max(6.0, font.pointSizeF() - 1))
    return small


@lru_cache(maxsize=32)
def _bold(font: QFont) -> QFont:
    made = QFont(font)
    made.setWeight(QFont.Weight.DemiBold)
    return made


@lru_cache(maxsize=32)
def _height(font: QFont) -> int:
    return QFontMetrics(font).height()


@lru_cache(maxsize=32)
def width_of(text: str, font: QFont) -> int:
    """How wide a text that is painted again and again is."""
    return QFontMetrics(font).horizontalAdvance(text)


@lru_cache(maxsize=2048)
def _elided(text: str, font: QFont, width: int) -> str:
    return QFontMetrics(font).elidedText(text.replace("\n", " "), Qt.TextElideMode.ElideRight, width)


def line(painter: QPainter, rect: QRect, text: str, font: QFont, tone: str, *, bold: bool = False) -> None:
    """Paints one line in a colour of the theme."""
    if not text:
        return
    if bold:
        font = _bold(font)
    painter.setFont(font)
    painter.setPen(tokens().color(tone))
    painter.drawText(rect, _MIDDLE_LEFT, _elided(text, font, rect.width()))

"""What the delegates of lists and tables paint with: lines of text that end in dots where the room ends."""

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter

from desktop.ui.theme import tokens


def halves(rect: QRect, font: QFont) -> tuple[QRect, QRect]:
    """Room for a line, and below it for a smaller one, in the middle of `rect`."""
    height = QFontMetrics(font).height() + 1
    small = QFontMetrics(smaller(font)).height() + 1
    top = rect.y() + (rect.height() - height - small) // 2
    return (
        QRect(rect.x(), top, rect.width(), height),
        QRect(rect.x(), top + height, rect.width(), small),
    )


def smaller(font: QFont) -> QFont:
    """The font of the second line."""
    small = QFont(font)
    small.setPointSizeF(max(6.0, font.pointSizeF() - 1))
    return small


def line(painter: QPainter, rect: QRect, text: str, font: QFont, tone: str, *, bold: bool = False) -> None:
    """Paints one line in a colour of the theme."""
    if not text:
        return
    if bold:
        font = QFont(font)
        font.setWeight(QFont.Weight.DemiBold)
    painter.setFont(font)
    painter.setPen(tokens().color(tone))
    elided = QFontMetrics(font).elidedText(text.replace("\n", " "), Qt.TextElideMode.ElideRight, rect.width())
    painter.drawText(rect, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, elided)

"""What the delegates of lists and tables paint with: lines of text that end in dots where the room ends.

Tables are painted many times a second while jobs run, mostly with the words and fonts of the time before: what was
measured and laid out once is remembered.
"""

from functools import cached_property, lru_cache
from math import ceil

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QStaticText, QTransform

from desktop.ui.theme import tokens


class Face:
    """A font, and the lines that were laid out in it."""

    def __init__(self, font: QFont) -> None:
        self.font = font
        self.metrics = QFontMetrics(font)
        self.height = self.metrics.height()
        self._laid_out = lru_cache(maxsize=2048)(self._lay_out)

    @cached_property
    def small(self) -> "Face":
        """The font of the second line."""
        made = QFont(self.font)
        made.setPointSizeF(max(6.0, made.pointSizeF() - 1))
        return Face(made)

    @cached_property
    def bold(self) -> "Face":
        """For what is to be seen first."""
        made = QFont(self.font)
        made.setWeight(QFont.Weight.DemiBold)
        return Face(made)

    @cached_property
    def room_for_percent(self) -> int:
        """How wide the words for how far a job is can be."""
        return self.metrics.horizontalAdvance("100 %") + 10

    def halves(self, rect: QRect) -> tuple[QRect, QRect]:
        """Room for a line, and below it for a smaller one, in the middle of `rect`."""
        height, small = self.height + 1, self.small.height + 1
        top = rect.y() + (rect.height() - height - small) // 2
        return (
            QRect(rect.x(), top, rect.width(), height),
            QRect(rect.x(), top + height, rect.width(), small),
        )

    def line(self, painter: QPainter, rect: QRect, text: str, tone: str) -> None:
        """Paints one line, in the middle of `rect`, in a colour of the theme."""
        if not text:
            return
        painter.setFont(self.font)
        painter.setPen(tokens().color(tone))
        laid_out, height = self._laid_out(text, rect.width())
        painter.drawStaticText(rect.x(), rect.y() + (rect.height() - height + 1) // 2, laid_out)

    def _lay_out(self, text: str, width: int) -> tuple[QStaticText, int]:
        """The line and its height, which is more than the font's where letters are taken from another font."""
        made = QStaticText(self.metrics.elidedText(text.replace("\n", " "), Qt.TextElideMode.ElideRight, width))
        made.setTextFormat(Qt.TextFormat.PlainText)
        made.prepare(QTransform(), self.font)
        return made, ceil(made.size().height())


_faces: dict[QFont, Face] = {}


def face(font: QFont) -> Face:
    """What is known of a font. It may belong to an option: what is remembered is a copy."""
    known = _faces.get(font)
    if known is None:
        copy = QFont(font)
        known = _faces[copy] = Face(copy)
    return known

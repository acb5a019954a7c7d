"""A progress bar as it is painted everywhere: in the table, on Home and in the sidebar."""

import time

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme import tokens

HEIGHT = 6


def paint_bar(painter: QPainter, rect: QRectF, fraction: float | None, tone: str) -> None:
    """Paints a bar; with no fraction a part of it that wanders with the clock, as far as it is repainted."""
    colors = tokens()
    radius = rect.height() / 2
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colors.color("groove"))
    painter.drawRoundedRect(rect, radius, radius)
    painter.setBrush(colors.color(tone))
    if fraction is None:
        width = rect.width() / 4
        way = (time.monotonic() / 2.4) % 1.0
        there = way * 2 if way < 0.5 else 2 - way * 2
        painter.drawRoundedRect(QRectF(rect.x() + there * (rect.width() - width), rect.y(), width, rect.height()), 3, 3)
    elif fraction > 0:
        width = max(rect.height(), rect.width() * fraction)
        painter.drawRoundedRect(QRectF(rect.x(), rect.y(), width, rect.height()), radius, radius)


class Bar(QWidget):
    """The same as a widget. `say` gives a screen reader the words."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._fraction: float | None = 0.0
        self._tone = "accent"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    @property
    def fraction(self) -> float | None:
        """What is shown."""
        return self._fraction

    def sizeHint(self) -> QSize:
        return QSize(80, HEIGHT + 2)

    def show_progress(self, fraction: float | None, spoken: str, tone: str = "accent") -> None:
        """Shows how far it is; repaints only when that can be seen."""
        if fraction is None or self._fraction is None or abs(fraction - self._fraction) * self.width() >= 0.5:
            self._fraction = fraction
            self.update()
        if tone != self._tone:
            self._tone = tone
            self.update()
        self.setAccessibleName(spoken)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        top = (self.height() - HEIGHT) / 2
        paint_bar(painter, QRectF(0, top, self.width(), HEIGHT), self._fraction, self._tone)

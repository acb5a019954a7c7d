"""A progress bar as it is painted everywhere: in the table, on Home and in the sidebar."""

import time
from functools import lru_cache
from math import ceil

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.ui.theme import tokens

HEIGHT = 6


def paint_bar(painter: QPainter, rect: QRect, fraction: float | None, tone: str, ratio: float) -> None:
    """Paints a bar on a screen of this ratio; with no fraction a part of it wanders with the clock, as repainted."""
    colors = tokens()
    begins, length = 0, 0
    if fraction is None:
        way = (time.monotonic() / 2.4) % 1.0
        length = rect.width() * ratio / 4
        begins = (way * 2 if way < 0.5 else 2 - way * 2) * (rect.width() * ratio - length)
    elif fraction > 0:
        length = max(HEIGHT, rect.width() * fraction) * ratio
    drawn = _drawn(
        rect.width(), round(begins), round(length), colors.color("groove").rgb(), colors.color(tone).rgb(), ratio
    )
    painter.drawPixmap(rect.x(), rect.y(), drawn)


@lru_cache(maxsize=1024)
def _drawn(width: int, begins: int, length: int, groove: int, tone: int, ratio: float) -> QPixmap:
    """A bar that is `width` wide, of which `length` pixels of the screen from `begins` on are full."""
    made = QPixmap(ceil(width * ratio), ceil(HEIGHT * ratio))
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    radius = HEIGHT * ratio / 2
    painter.setBrush(QColor(groove))
    painter.drawRoundedRect(QRectF(0, 0, width * ratio, HEIGHT * ratio), radius, radius)
    if length:
        painter.setBrush(QColor(tone))
        painter.drawRoundedRect(QRectF(begins, 0, length, HEIGHT * ratio), radius, radius)
    painter.end()
    made.setDevicePixelRatio(ratio)
    return made


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
        area = QRect(0, (self.height() - HEIGHT) // 2, self.width(), HEIGHT)
        paint_bar(painter, area, self._fraction, self._tone, self.devicePixelRatioF())

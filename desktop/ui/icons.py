"""Lucide icons in the colours of the theme; they follow when it changes."""

import functools

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QIconEngine, QPainter, QPixmap

from desktop.ui.resources import resources
from desktop.ui.theme import tokens

FALLBACK = "box"


@functools.cache
def _source(name: str) -> str:
    file = resources() / "icons" / f"{name}.svg"
    if not file.is_file():
        file = resources() / "icons" / f"{FALLBACK}.svg"
    return file.read_text(encoding="utf-8")


@functools.lru_cache(maxsize=512)
def _drawn(name: str, color: str, width: int, height: int) -> QPixmap:
    from PySide6.QtSvg import QSvgRenderer

    renderer = QSvgRenderer(QByteArray(_source(name).replace("currentColor", color).encode()))
    pixmap = QPixmap(width, height)
    if pixmap.isNull():
        # A button may be painted before it has any size; Qt complains of painting on nothing.
        return pixmap
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    side = min(width, height)
    renderer.render(painter, QRectF((width - side) / 2, (height - side) / 2, side, side))
    painter.end()
    return pixmap


def pixmap(name: str, color: QColor, side: int, ratio: float = 1.0) -> QPixmap:
    """The icon in one colour, `side` logical pixels wide, for a screen with this ratio."""
    return _sized(name, color.name(), side, ratio)


def picture(name: str, side: int, ratio: float = 1.0) -> QPixmap:
    """A picture that has colours of its own, likewise."""
    return _sized(name, "", side, ratio)


def _sized(name: str, color: str, side: int, ratio: float) -> QPixmap:
    pixels = round(side * ratio)
    made = QPixmap(_drawn(name, color, pixels, pixels))
    made.setDevicePixelRatio(ratio)
    return made


class _Engine(QIconEngine):
    def __init__(self, name: str, tone: str) -> None:
        super().__init__()
        self._name = name
        self._tone = tone

    def _color(self, mode: QIcon.Mode) -> QColor:
        if mode is QIcon.Mode.Disabled:
            return tokens().color("strong_border")
        return tokens().color(self._tone)

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        size = rect.size() * ratio
        painter.drawPixmap(rect, _drawn(self._name, self._color(mode).name(), size.width(), size.height()))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return QPixmap(_drawn(self._name, self._color(mode).name(), size.width(), size.height()))

    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._tone)


def icon(name: str, tone: str = "text") -> QIcon:
    """A Lucide icon in the colour `tone` of the theme in force at the time of painting."""
    return QIcon(_Engine(name, tone))


def app_icon() -> QIcon:
    """The picture of the program itself."""
    return QIcon(str(resources() / "icons" / "deskhand.svg"))

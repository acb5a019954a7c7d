"""The little styling that forms need beyond Fusion, all of it derived from the palette in force."""

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPaintEvent, QPalette, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import (
    QAbstractScrollArea,
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QToolButton,
    QWidget,
)

if TYPE_CHECKING:
    from PySide6.QtWidgets import QAbstractButton as _ButtonMixin
else:
    _ButtonMixin = object  # Qt takes one class of its own only; that is the button's

Tone = Literal["plain", "muted", "danger", "warning"]
Glyph = Literal["up", "down", "left", "right", "cross", "plus", "calendar", "alert"]

GAP = 8
FORM_WIDTH = 680
RADIUS = 8.0


def blend(one: QColor, other: QColor, share: float) -> QColor:
    """`share` of `other` mixed into `one`."""
    return QColor.fromRgbF(
        one.redF() * (1 - share) + other.redF() * share,
        one.greenF() * (1 - share) + other.greenF() * share,
        one.blueF() * (1 - share) + other.blueF() * share,
    )


def is_dark(palette: QPalette) -> bool:
    """Whether text stands light on dark."""
    return palette.color(QPalette.ColorRole.Window).lightnessF() < 0.5


def tone_color(tone: Tone, palette: QPalette) -> QColor:
    """The colour of text in a tone, readable (4.5:1) on the palette's window and base."""
    text = palette.color(QPalette.ColorRole.WindowText)
    match tone:
        case "plain":
            return text
        case "muted":
            return blend(text, palette.color(QPalette.ColorRole.Window), 0.34)
        case "danger":
            return QColor("#ff9b93" if is_dark(palette) else "#b3261e")
        case "warning":
            return QColor("#f3c15c" if is_dark(palette) else "#845400")


def border_color(palette: QPalette) -> QColor:
    """The line around cards and controls of our own."""
    window, text = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
    return blend(window, text, 0.18)


def line_color(palette: QPalette, *, enabled: bool = True) -> QColor:
    """The outline of something that can be set: seen well (3:1) while it can."""
    window, text = palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText)
    return blend(window, text, 0.32) if enabled else border_color(palette)


def frame_quietly(area: QAbstractScrollArea) -> None:
    """Gives a list, a table or a text the frame that line edits have."""
    framed = "QTableWidget{0}, QListWidget{0}, QTreeWidget{0}, QPlainTextEdit{0}, QTextEdit{0}"
    area.setStyleSheet(
        framed.format("")
        + " { background: palette(base); border: 1px solid palette(dark); border-radius: 6px; }"
        + framed.format(":focus")
        + " { border: 2px solid palette(highlight); }"
        + "QTableWidget::item { padding: 0 8px; }"
    )


class Words(QLabel):
    """A label that wraps, in a tone, and keeps its tone when the palette changes. Shows plain text only."""

    def __init__(
        self,
        text: str = "",
        tone: Tone = "plain",
        *,
        points: float = 0,
        bold: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(text, parent)
        self._tone: Tone = tone
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setMinimumWidth(1)
        font = self.font()
        font.setPointSizeF(max(6.0, font.pointSizeF() + points))
        font.setBold(bold)
        self.setFont(font)
        self._recolor()

    def say(self, text: str, tone: Tone | None = None) -> None:
        """Shows the text, or hides the label when there is none."""
        if tone is not None:
            self._tone = tone
            self._recolor()
        self.setText(text)
        self.setVisible(bool(text))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.ApplicationPaletteChange, QEvent.Type.PaletteChange):
            self._recolor()

    def _recolor(self) -> None:
        wanted = tone_color(self._tone, QApplication.palette())
        palette = self.palette()
        if palette.color(QPalette.ColorRole.WindowText) != wanted:
            palette.setColor(QPalette.ColorRole.WindowText, wanted)
            self.setPalette(palette)


class OneLine(Words):
    """A line that gives way: what does not fit ends in an ellipsis."""

    def __init__(self, text: str = "", tone: Tone = "plain", parent: QWidget | None = None) -> None:
        super().__init__(text, tone, parent=parent)
        self.setWordWrap(False)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        words = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.width())
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, words)


class Card(QFrame):
    """A rounded panel on the window's ground; with a tone it is tinted and has a bar at its side."""

    def __init__(self, tone: Tone = "plain", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tone: Tone = tone

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        ground = palette.color(QPalette.ColorRole.Base)
        edge = border_color(palette)
        if self.tone != "plain":
            tint = tone_color(self.tone, palette)
            ground, edge = blend(ground, tint, 0.10), blend(ground, tint, 0.45)
        painter.setBrush(ground)
        painter.setPen(QPen(edge, 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), RADIUS, RADIUS)


class Complaint(QWidget):
    """A sentence about something wrong, with a sign beside it, since colour alone is not enough."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._sign = QLabel()
        self._sign.setFixedSize(18, 18)
        self.words = Words("", "danger", points=-0.5)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self.words, 1)
        self.hide()

    def say(self, sentence: str) -> None:
        """Shows the sentence, or nothing when it is empty."""
        self._sign.setPixmap(glyph_icon("alert", tone_color("danger", QApplication.palette())).pixmap(16, 16))
        self.words.say(sentence)
        self.setVisible(bool(sentence))


def glyph_icon(glyph: Glyph, color: QColor, size: int = 16) -> QIcon:
    """A small line drawing, at 2 x for sharp screens."""
    pixmap = QPixmap(size * 2, size * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(color, 1.6, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    painter.scale(size / 16, size / 16)
    for line in _GLYPHS[glyph]:
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in line]))
    painter.end()
    return QIcon(pixmap)


_GLYPHS: dict[Glyph, list[list[tuple[float, float]]]] = {
    "up": [[(4, 10), (8, 6), (12, 10)]],
    "down": [[(4, 6), (8, 10), (12, 6)]],
    "left": [[(10, 4), (6, 8), (10, 12)]],
    "right": [[(6, 4), (10, 8), (6, 12)]],
    "cross": [[(4.5, 4.5), (11.5, 11.5)], [(11.5, 4.5), (4.5, 11.5)]],
    "plus": [[(8, 3.5), (8, 12.5)], [(3.5, 8), (12.5, 8)]],
    "alert": [[(8, 2.5), (14, 13.5), (2, 13.5), (8, 2.5)], [(8, 6.5), (8, 9.5)], [(8, 11.5), (8, 11.6)]],
    "calendar": [
        [(3, 4), (13, 4), (13, 13), (3, 13), (3, 4)],
        [(3, 7), (13, 7)],
        [(6, 2.5), (6, 5)],
        [(10, 2.5), (10, 5)],
    ],
}


class GlyphButton(QToolButton):
    """A small flat button with a drawn sign and a name for screen readers and the tool tip."""

    def __init__(self, glyph: Glyph, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._glyph: Glyph = glyph
        self.setAutoRaise(True)
        self.setProperty("kind", "flat")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setIconSize(QSize(16, 16))
        self.setFixedSize(28, 28)
        self.setToolTip(name)
        self.setAccessibleName(name)
        self.set_glyph(glyph)

    def set_glyph(self, glyph: Glyph) -> None:
        """Draws another sign."""
        self._glyph = glyph
        self.setIcon(glyph_icon(glyph, tone_color("muted", QApplication.palette())))

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ApplicationPaletteChange:
            self.set_glyph(self._glyph)


class PaintedButton(_ButtonMixin):
    """A button that paints itself: never smaller than it asks for, and pressed wherever it is touched.

    It goes before the kind of button, as in `class Switch(PaintedButton, QCheckBox)`.
    """

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def hitButton(self, pos: QPoint) -> bool:
        return self.rect().contains(pos)


def draw_focus(widget: QWidget, area: QRectF, radius: float = 6.0) -> None:
    """The ring around a control of our own that has the focus."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(widget.palette().color(QPalette.ColorRole.Highlight), 2))
    painter.drawRoundedRect(area.adjusted(1, 1, -1, -1), radius, radius)

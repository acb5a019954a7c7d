"""What the form says by itself: a failure as a card, and that something is being worked on."""

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QPainter, QPaintEvent, QPalette, QPen, QShowEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.ui.forms.look import GAP, Card, Tone, Words, border_color, glyph_icon, tone_color


class Notice(Card):
    """A card: what happened, what to do, and, where it helps, a button that tries again."""

    again = Signal()

    def __init__(self, tone: Tone = "danger", parent: QWidget | None = None, *, can_retry: bool = False) -> None:
        super().__init__(tone, parent)
        self._sign = QLabel()
        self._sign.setFixedSize(20, 20)
        self.message = Words(bold=tone == "danger")
        self.hint = Words()
        self.again_button = QPushButton(self.tr("Try again"))
        self.again_button.clicked.connect(self.again)
        self.again_button.setVisible(can_retry)
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addWidget(self.message)
        words.addWidget(self.hint)
        words.addWidget(self.again_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.setSpacing(GAP)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(words, 1)
        self.hide()

    def say(self, message: str, hint: str = "") -> None:
        """Shows the card; without a message it goes away."""
        sign = glyph_icon("alert", tone_color(self.tone, QApplication.palette()), 18)
        self._sign.setPixmap(sign.pixmap(18, 18))
        self.message.say(message)
        self.hint.say(hint)
        self.setAccessibleName(f"{message} {hint}".strip())
        self.setVisible(bool(message))


class Spinner(QWidget):
    """A turning arc; it costs nothing while it is hidden."""

    _STEP = 12

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedSize(18, 18)
        self._angle = 0
        self._timer = QTimer(self, interval=33)
        self._timer.timeout.connect(self._turn)

    def sizeHint(self) -> QSize:
        return QSize(18, 18)

    def showEvent(self, event: QShowEvent) -> None:
        self._timer.start()

    def hideEvent(self, event: QHideEvent) -> None:
        self._timer.stop()

    def _turn(self) -> None:
        self._angle = (self._angle - self._STEP) % 360
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        area = QRectF(2.5, 2.5, 13, 13)
        painter.setPen(QPen(border_color(self.palette()), 2.2))
        painter.drawEllipse(area)
        accent = self.palette().color(QPalette.ColorRole.Highlight)
        painter.setPen(QPen(accent, 2.2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawArc(area, self._angle * 16, 100 * 16)

"""A card for each kind of job."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QRectF, QSize, Qt
from PySide6.QtGui import QEnterEvent, QFont, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QWidget

from desktop.client.shapes import JobType
from desktop.ui.icons import pixmap
from desktop.ui.pieces import FlowLayout, clear
from desktop.ui.theme import tokens

PAD = 14
PICTURE = 40


class KindCard(QAbstractButton):
    """Picture, name and one sentence; a click opens the form."""

    def __init__(self, kind: JobType, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = kind
        self.setText(kind.title)
        self.setAccessibleName(kind.title)
        self.setAccessibleDescription(kind.summary)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def _title_font(self) -> QFont:
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        room = width - PAD * 3 - PICTURE
        text = QFontMetrics(self.font()).boundingRect(
            0, 0, room, 1000, Qt.TextFlag.TextWordWrap.value, self.kind.summary
        )
        height = QFontMetrics(self._title_font()).height() + 4 + text.height()
        return PAD * 2 + max(PICTURE, height)

    def sizeHint(self) -> QSize:
        return QSize(240, self.heightForWidth(240))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        hot = self.underMouse() or self.hasFocus()
        painter.setBrush(colors.color("hover" if self.isDown() or self.underMouse() else "surface"))
        painter.setPen(QPen(colors.color("accent" if hot else "border"), 2 if self.hasFocus() else 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 10, 10)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colors.color("tint"))
        painter.drawRoundedRect(QRectF(PAD, PAD, PICTURE, PICTURE), 9, 9)
        picture = pixmap(self.kind.icon, colors.color("accent"), 22, self.devicePixelRatioF())
        painter.drawPixmap(PAD + (PICTURE - 22) // 2, PAD + (PICTURE - 22) // 2, picture)
        left = PAD * 2 + PICTURE
        room = self.rect().adjusted(left, PAD, -PAD, -PAD)
        painter.setFont(self._title_font())
        painter.setPen(colors.color("text"))
        painter.drawText(room, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop, self.kind.title)
        below = room.adjusted(0, QFontMetrics(self._title_font()).height() + 4, 0, 4)
        painter.setFont(self.font())
        painter.setPen(colors.color("muted"))
        painter.drawText(below, Qt.TextFlag.TextWordWrap.value, self.kind.summary)

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()


class KindCards(QWidget):
    """All of them, in as many columns as fit."""

    def __init__(self, chosen: Callable[[JobType], object], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._chosen = chosen
        self.cards: list[KindCard] = []
        self._flow = FlowLayout(self, least=236, most=4)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def show_kinds(self, kinds: Sequence[JobType]) -> None:
        """Shows a card each."""
        clear(self._flow)
        self.cards = []
        for kind in kinds:
            made = KindCard(kind, self)
            made.clicked.connect(lambda _on=False, kind=kind: self._chosen(kind))
            self._flow.addWidget(made)
            self.cards.append(made)
        self.updateGeometry()

"""The list of recipients: two lines each, an icon beside the word for how they stand."""

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from desktop.client.recipients import Recipient
from desktop.ui.icons import pixmap
from desktop.ui.painting import face
from desktop.ui.recipients import words
from desktop.ui.recipients.model import RECIPIENT_ROLE, RecipientsModel
from desktop.ui.theme import tokens

ROW_HEIGHT = 46
PAD = 8
ICON = 16


class RecipientDelegate(QStyledItemDelegate):
    """Paints a recipient."""

    def __init__(self, view: QTableView) -> None:
        super().__init__(view)
        self._view = view

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        shown: Any = option
        rect: QRect = shown.rect
        colors = tokens()
        painter.save()
        if shown.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect, colors.color("selection"))
        painter.setPen(colors.color("accent" if shown.state & QStyle.StateFlag.State_HasFocus else "border"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        one: Recipient | None = index.data(RECIPIENT_ROLE)
        inner = rect.adjusted(PAD, 0, -PAD, 0)
        if one is None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("groove"))
            painter.drawRoundedRect(QRectF(inner.x(), inner.center().y() - 4, inner.width() * 0.6, 8), 4, 4)
        else:
            self._lines(painter, inner, one, shown)
        painter.restore()

    def _lines(self, painter: QPainter, rect: QRect, one: Recipient, shown: Any) -> None:
        name, tone = words.STATE_ICONS.get(one.state, ("circle-dashed", "muted"))
        picture = pixmap(name, tokens().color(tone), ICON, self._view.devicePixelRatioF())
        painter.drawPixmap(rect.x(), rect.center().y() - ICON // 2 + 1, picture)
        font = face(shown.font)
        top, below = font.halves(rect.adjusted(ICON + 8, 0, 0, 0))
        font.line(painter, top, words.who_words(one), "text")
        font.small.line(painter, below, words.standing_words(one), "muted")


class RecipientRows(QTableView):
    """A table of one column: a list would lay all its rows out anew for each that comes. Says when others are seen."""

    seen_changed = Signal()
    chosen_changed = Signal()

    def __init__(self, model: RecipientsModel) -> None:
        super().__init__()
        self.setProperty("kind", "recipients")
        self.setAccessibleName(self.tr("Recipients"))
        self.setModel(model)
        self.setItemDelegate(RecipientDelegate(self))
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.verticalScrollBar().valueChanged.connect(lambda: self.seen_changed.emit())

        self.selectionModel().selectionChanged.connect(lambda: self.chosen_changed.emit())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.seen_changed.emit()

    def seen(self) -> tuple[int, int]:
        """The first and the last row that are seen."""
        # Asked of Qt, the row at the lower edge of a list that is not full would be none.
        first = max(0, self.verticalScrollBar().value() // ROW_HEIGHT)
        return first, first + self.viewport().height() // ROW_HEIGHT + 1

    def chosen(self) -> list[Recipient]:
        """The selected recipients, as far as they are loaded."""
        found = [index.data(RECIPIENT_ROLE) for index in self.selectedIndexes()]
        return [one for one in found if isinstance(one, Recipient)]

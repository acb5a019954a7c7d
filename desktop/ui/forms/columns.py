"""Several columns in an order: a check list that is searched, dragged, and moved with the keyboard."""

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.forms.control import Offer, OfferedControl, OfferState
from desktop.ui.forms.look import GAP, GlyphButton, Words, frame_quietly
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.forms.ticks import ITEM_HEIGHT, NOTE_ROLE, ItemDelegate

VALUE_ROLE = int(Qt.ItemDataRole.UserRole)
SEARCH_FROM = 8
LINES = 7


class ColumnsControl(OfferedControl):
    """The ticked columns, in the order of the list. Alt with Up or Down moves the current one.

    A choice made earlier stays while the file is read, and as far as it is still offered. Where an answer is
    required, all are ticked until the user unticks one.
    """

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._wanted: list[str] = []
        self._touched = False
        self._by_program = False
        self._rest = QTimer(self, singleShot=True, interval=0)
        self._rest.timeout.connect(self._read_list)
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Search in: {title}").format(title=spec.title))
        self.search.textChanged.connect(self._filter)
        self.all_button = QPushButton(self.tr("All"))
        self.all_button.clicked.connect(lambda: self._tick_all(True))
        self.none_button = QPushButton(self.tr("None"))
        self.none_button.clicked.connect(lambda: self._tick_all(False))
        self.up_button = GlyphButton("up", self.tr("Move up (Alt+Up)"))
        self.up_button.clicked.connect(lambda: self._move(-1))
        self.down_button = GlyphButton("down", self.tr("Move down (Alt+Down)"))
        self.down_button.clicked.connect(lambda: self._move(1))
        self.list = QListWidget()
        self._prepare_list()
        self.words = Words("", "muted", points=-0.5)
        self._bar = QWidget()
        bar = QHBoxLayout(self._bar)
        bar.setContentsMargins(0, 0, 0, 0)
        bar.setSpacing(GAP)
        bar.addWidget(self.search, 1)
        bar.addStretch(0)
        for button in (self.all_button, self.none_button, self.up_button, self.down_button):
            bar.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        for part in (self._bar, self.list, self.words):
            layout.addWidget(part)
        self._fill([])

    def _prepare_list(self) -> None:
        frame_quietly(self.list)
        self.list.setAccessibleName(self.spec.title)
        self.list.setAccessibleDescription(self.spec.help)
        self.list.setItemDelegate(ItemDelegate(self.list))
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setUniformItemSizes(True)
        self.list.itemChanged.connect(self._ticked)
        for moved in (self.list.model().rowsMoved, self.list.model().rowsInserted, self.list.model().rowsRemoved):
            moved.connect(self._rearranged)
        self.list.installEventFilter(self)

    def value(self) -> Any:
        return list(self._wanted)

    def set_value(self, value: Any) -> None:
        self._wanted = [str(column) for column in value] if isinstance(value, list) else []
        self._touched = bool(self._wanted)
        self._fill(self._state.offers)
        self.changed.emit()

    def focus_target(self) -> QWidget:
        if not self.list.isVisibleTo(self):
            return self
        return self.list

    def missing_words(self) -> str:
        return self.tr("Please choose at least one column.")

    def _take_offers(self, state: OfferState) -> None:
        before = list(self._wanted)
        lost: list[str] = []
        if state.stage == "ready":
            values = [offer.value for offer in state.offers]
            lost = [column for column in self._wanted if column not in values]
            if self.spec.required and not self._touched:
                self._wanted, lost = values, []
            self._wanted = [column for column in self._wanted if column in values]
        self._fill(state.offers)
        if lost:
            self.words.say(self.tr("Not there any more: {columns}").format(columns=", ".join(lost)), "warning")
        if self._wanted != before:
            self.changed.emit()

    def _fill(self, offers: Iterable[Offer]) -> None:
        by_value = {offer.value: offer for offer in offers}
        first = [by_value.get(column, Offer(column, column)) for column in self._wanted]
        arranged = [*first, *(offer for offer in by_value.values() if offer.value not in self._wanted)]
        if self._wanted == [value for value in by_value if value in self._wanted]:
            arranged = [*(offer for offer in first if offer.value not in by_value), *by_value.values()]
        chosen = set(self._wanted)
        with self._changing():
            self.list.clear()
            for offer in arranged:
                item = QListWidgetItem(offer.label)
                item.setData(VALUE_ROLE, offer.value)
                item.setData(NOTE_ROLE, offer.note)
                flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
                item.setFlags(flags | Qt.ItemFlag.ItemIsUserCheckable | Qt.ItemFlag.ItemIsDragEnabled)
                item.setCheckState(Qt.CheckState.Checked if offer.value in chosen else Qt.CheckState.Unchecked)
                self.list.addItem(item)
        self._show_state()

    def _show_state(self) -> None:
        many = self.list.count()
        self._bar.setVisible(many > 0)
        self.search.setVisible(many > SEARCH_FROM)
        self.list.setVisible(many > 0)
        self.list.setFixedHeight(ITEM_HEIGHT * min(max(many, 1), LINES) + 6)
        self._filter(self.search.text())
        if self._state.stage == "asking":
            self.words.say(self.tr("Looking..."), "muted")
        elif self._state.stage == "failed":
            self.words.say(self._state.words, "danger")
        elif self._state.stage == "hint" or not many:
            self.words.say(self._state.words or self.tr("Nothing to choose from."), "muted")
        else:
            self.words.say(self.tr("{n} of {all} chosen").format(n=len(self._wanted), all=many), "muted")

    def _read_list(self) -> None:
        items = [self.list.item(row) for row in range(self.list.count())]
        ticked = [item for item in items if item.checkState() == Qt.CheckState.Checked]
        wanted = [str(item.data(VALUE_ROLE)) for item in ticked]
        if wanted != self._wanted:
            self._wanted = wanted
            self._touched = True
            self._show_state()
            self.changed.emit()

    def _ticked(self, _item: QListWidgetItem) -> None:
        if not self._by_program:
            self._read_list()

    def _rearranged(self, *_where: object) -> None:
        """A drag inserts before it removes: the list is read when it has come to rest."""
        if not self._by_program:
            self._rest.start()

    @contextmanager
    def _changing(self) -> Generator[None]:
        self._by_program = True
        try:
            yield
        finally:
            self._by_program = False

    def _tick_all(self, on: bool) -> None:
        with self._changing():
            for row in range(self.list.count()):
                if not self.list.isRowHidden(row):
                    self.list.item(row).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self._read_list()

    def _move(self, by: int) -> None:
        row = self.list.currentRow()
        target = row + by
        if row < 0 or not 0 <= target < self.list.count() or self.search.text():
            return
        with self._changing():
            self.list.insertItem(target, self.list.takeItem(row))
        self.list.setCurrentRow(target)
        self._read_list()

    def _filter(self, text: str) -> None:
        sought = text.casefold().strip()
        for row in range(self.list.count()):
            self.list.setRowHidden(row, bool(sought) and sought not in self.list.item(row).text().casefold())
        self.list.setDragEnabled(not sought)
        self.up_button.setEnabled(not sought)
        self.down_button.setEnabled(not sought)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()), 0)
            if step and event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self._move(step)
                return True
        return super().eventFilter(watched, event)

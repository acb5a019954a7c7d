"""A tree of offers, filled as it is opened; a tick on one says so, and what lies within a ticked one is ticked too."""

from collections.abc import Iterable, Iterator
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QTreeWidget, QTreeWidgetItem, QWidget

from desktop.ui.forms.control import Offer, OfferState
from desktop.ui.forms.look import frame_quietly
from desktop.ui.forms.ticks import NOTE_ROLE, ItemDelegate

VALUE_ROLE: Final = int(Qt.ItemDataRole.UserRole)
_FREE: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable
_FIXED: Final = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable


class OfferTree(QTreeWidget):
    """`opened` asks once for what lies within; `ticked` tells the value, on or off, and the values known within."""

    opened = Signal(str)
    ticked = Signal(str, bool, list)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._by_program = False
        self._asked: set[str] = set()
        frame_quietly(self)
        self.setHeaderHidden(True)
        self.setItemDelegate(ItemDelegate(self))
        self.setUniformRowHeights(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.itemExpanded.connect(self._open)
        self.itemChanged.connect(self._changed)

    def fill(self, offers: Iterable[Offer]) -> None:
        """Shows these as the topmost; a single one is opened."""
        self._by_program = True
        self.clear()
        self._asked.clear()
        self.addTopLevelItems([_item(offer) for offer in offers])
        self._by_program = False
        topmost = _children(self.invisibleRootItem())
        if len(topmost) == 1 and _opens(topmost[0]):
            topmost[0].setExpanded(True)

    def fill_within(self, value: str, state: OfferState) -> None:
        """Shows what lies within an item; where that failed, it says why, and opening it again asks again."""
        for item in list(_below(self.invisibleRootItem())):
            if item.data(0, VALUE_ROLE) == value:
                self._by_program = True
                item.takeChildren()
                if state.stage == "failed":
                    self._asked.discard(value)
                    item.addChild(_item(Offer("", state.words)))
                else:
                    item.addChildren([_item(offer) for offer in state.offers] or [_item(Offer("", self.tr("Empty")))])
                self._by_program = False

    def show_ticks(self, chosen: set[str]) -> None:
        """Ticks these and all that lies within them, which can then not be unticked alone."""
        self._by_program = True
        waiting = [(item, False) for item in _children(self.invisibleRootItem())]
        while waiting:
            item, is_within = waiting.pop()
            value = str(item.data(0, VALUE_ROLE))
            on = is_within or value in chosen
            if value:
                item.setFlags(_FIXED if is_within else _FREE)
                item.setCheckState(0, Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
            waiting += [(child, on) for child in _children(item)]
        self._by_program = False

    def _open(self, item: QTreeWidgetItem) -> None:
        value = str(item.data(0, VALUE_ROLE))
        if not value or value in self._asked:
            return
        self._asked.add(value)
        self._by_program = True
        item.takeChildren()
        item.addChild(_item(Offer("", self.tr("Looking..."))))
        self._by_program = False
        self.opened.emit(value)

    def _changed(self, item: QTreeWidgetItem, _column: int) -> None:
        if self._by_program:
            return
        value = str(item.data(0, VALUE_ROLE))
        inside = [str(one.data(0, VALUE_ROLE)) for one in _below(item)]
        self.ticked.emit(value, item.checkState(0) == Qt.CheckState.Checked, inside)


def _item(offer: Offer) -> QTreeWidgetItem:
    item = QTreeWidgetItem([offer.label])
    item.setData(0, VALUE_ROLE, offer.value)
    item.setData(0, NOTE_ROLE, offer.note)
    item.setToolTip(0, f"{offer.label}\n{offer.note}".strip())
    item.setFlags(_FREE if offer.value else Qt.ItemFlag.ItemIsEnabled)
    if offer.value:
        item.setCheckState(0, Qt.CheckState.Unchecked)
    if offer.opens:
        item.setChildIndicatorPolicy(QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator)
    return item


def _opens(item: QTreeWidgetItem) -> bool:
    return item.childIndicatorPolicy() == QTreeWidgetItem.ChildIndicatorPolicy.ShowIndicator


def _children(item: QTreeWidgetItem) -> list[QTreeWidgetItem]:
    return [child for row in range(item.childCount()) if (child := item.child(row)) is not None]


def _below(item: QTreeWidgetItem) -> Iterator[QTreeWidgetItem]:
    for child in _children(item):
        yield child
        yield from _below(child)

"""The recipients for Qt: rows that are loaded, placeholders for others, and pages fetched as they are seen."""

from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

from desktop.client.recipients import Recipient, RecipientCalls, RecipientPage
from desktop.state.recipients import RecipientList, Wanted
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest
from desktop.ui.paged_model import PagedModel
from desktop.ui.recipients import words

RECIPIENT_ROLE = Qt.ItemDataRole.UserRole
FIRST_PAGE = 100
PAGE = 1000
AHEAD = 60
"""The next page is asked for when a row that is so near to the last loaded one is seen."""
MOST_RENEWED = 300
"""So many rows are asked for again at most, to see what has become of them."""

Index = QModelIndex | QPersistentModelIndex


class RecipientsModel(PagedModel):
    """Shows what is wanted, and keeps what is seen of it true. `counted` carries how many are in each state."""

    counted = Signal(object)
    failed = Signal(object)

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._first = Latest(self)
        self._next = Latest(self)
        self._renewing = Latest(self)
        self.wanted: Wanted | None = None
        self._last_seen = 0
        self.list = RecipientList(self)

    def show(self, wanted: Wanted | None) -> None:
        """Shows these; what was shown before of the same job stays until the answer is there."""
        for asking in (self._first, self._next, self._renewing):
            asking.drop()
        if wanted is None or self.wanted is None or wanted.job != self.wanted.job:
            self.list.clear()
        self.wanted = wanted
        if wanted is None:
            return

        def begin(page: RecipientPage) -> None:
            self.list.begin(page)
            self.counted.emit(page.counts)

        self._first.call(lambda: self._fetch(wanted, 0, FIRST_PAGE), begin, self.failed.emit)

    def renew(self, first: int, last: int) -> None:
        """Asks again for the rows from `first` to `last`, which are seen."""
        wanted = self.wanted
        if wanted is None or self._first.busy or self._next.busy:
            return
        after = self.list.before(first)
        count = min(MOST_RENEWED, max(1, last - first + 1))

        def take(page: RecipientPage) -> None:
            self.list.renew(after, page)
            self.counted.emit(page.counts)

        self._renewing.call(lambda: self._fetch(wanted, after, count), take, self.failed.emit)

    @property
    def is_loading(self) -> bool:
        """Whether the first page is being waited for."""
        return self._first.busy

    def recipient_at(self, row: int) -> Recipient | None:
        """Who is in a row, or None for a placeholder."""
        return self.list.rows[row] if 0 <= row < len(self.list.rows) else None

    async def _fetch(self, wanted: Wanted, cursor: int, limit: int, *, count: bool = True) -> RecipientPage:
        calls = RecipientCalls(self._backend.api, wanted.job)
        return await calls.page(wanted.states, wanted.search, cursor, limit, count=count)

    def _seen(self, row: int) -> None:
        self._last_seen = row
        if not self._next.busy and not self._first.busy:
            self._load_on()

    def _load_on(self) -> None:
        wanted, cursor = self.wanted, self.list.cursor
        if wanted is None or cursor is None or self._last_seen < len(self.list.rows) - AHEAD:
            return
        # A stretch that is asked for again must not end where another begins meanwhile.
        self._renewing.drop()

        def extend(page: RecipientPage) -> None:
            self.list.extend(page)
            self._load_on()

        self._next.call(lambda: self._fetch(wanted, cursor, PAGE, count=False), extend, self.failed.emit)

    # The list's watcher

    def repaint(self, first: int, last: int) -> None:
        self.dataChanged.emit(self.index(first, 0), self.index(last, 0))

    # The model's own

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self.list.total

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = index.row()
        if role == RECIPIENT_ROLE:
            self._seen(row)
            return self.recipient_at(row)
        one = self.recipient_at(row)
        if one is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{words.who_words(one)}, {words.standing_words(one)}"
        return words.tip_words(one) if role == Qt.ItemDataRole.ToolTipRole else None

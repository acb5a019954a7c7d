"""The jobs for Qt: rows that are loaded, placeholders for those that are not yet, pages fetched as they are seen."""

from enum import IntEnum
from typing import Any

from PySide6.QtCore import QCoreApplication, QModelIndex, QPersistentModelIndex, Qt, Signal

from desktop.client.problems import ApiError
from desktop.client.shapes import Job, JobPage
from desktop.state.jobs import Changes
from desktop.state.listing import Listing, Part, Query
from desktop.state.standing import count
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest
from desktop.ui.paged_model import PagedModel

FIRST_PAGE = 100
PAGE = 500
AHEAD = 60
"""The next page is asked for when a row that is so near to the last loaded one is seen."""

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The columns of the table."""

    STATE = 0
    NAME = 1
    KIND = 2
    PROGRESS = 3
    TIME = 4
    STARTED = 5
    ADDED = 6
    ENDED = 7


SORTS = {
    Column.STATE: "state",
    Column.NAME: "name",
    Column.KIND: "kind",
    Column.STARTED: "started",
    Column.ADDED: "created",
    Column.ENDED: "ended",
}
"""The columns that can be sorted by, and what the API calls that."""

SHOWN: dict[Part, tuple[Column, Column]] = {
    "all": (Column.STATE, Column.ENDED),
    "progress": (Column.PROGRESS, Column.PROGRESS),
    "time": (Column.TIME, Column.TIME),
}
"""From which to which column a part of a row is seen."""


class JobsModel(PagedModel):
    """Shows what a query finds, and keeps it true."""

    shown = Signal()
    failed = Signal(object)

    def __init__(self, backend: Backend, parent: Any = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._first = Latest(self)
        self._next = Latest(self)
        self.listing = Listing(self)
        self.query = self.listing.query
        self._meanwhile: list[Changes] = []
        backend.changed.connect(self.apply)
        backend.counted.connect(self._correct_total)

    # What is shown

    def show(self, query: Query) -> None:
        """Shows what this finds; what was shown before stays until the answer is there."""
        self._next.drop()
        self.query = query
        if not self._backend.is_connected:
            return
        if query.is_local:
            self._first.drop()
            self.listing.fill(query, self._backend.jobs.active.values())
            self.shown.emit()
            return

        # What comes while the page is on its way may be missing in it.
        meanwhile = self._meanwhile = list[Changes]()

        def begin(page: JobPage) -> None:
            self.listing.begin(query, page)
            for changes in meanwhile:
                self.listing.apply(changes)
            self.shown.emit()

        self._first.call(lambda: self._fetch(query, FIRST_PAGE, None), begin, self.failed.emit)

    def refresh(self) -> None:
        """Asks again for what is shown."""
        self.show(self.query)

    @property
    def is_loading(self) -> bool:
        """Whether the first page is being waited for."""
        return self._first.busy

    async def _fetch(self, query: Query, limit: int, cursor: str | None) -> JobPage:
        return await self._backend.api.jobs(
            states=sorted(query.chip.states),
            kind=query.kind,
            search=query.search,
            sort=query.sort,
            descending=query.descending,
            limit=limit,
            cursor=cursor,
        )

    def _seen(self, row: int) -> None:
        listing = self.listing
        if listing.cursor is None or row < len(listing.rows) - AHEAD or self._next.busy or self._first.busy:
            return
        query, cursor = listing.query, listing.cursor

        def extend(page: JobPage) -> None:
            if self.listing.query == query and self.listing.cursor == cursor:
                self.listing.extend(page)

        def give_up(problem: ApiError) -> None:
            self.failed.emit(problem)

        self._next.call(lambda: self._fetch(query, PAGE, cursor), extend, give_up)

    def apply(self, changes: Changes) -> None:
        """Takes in what has changed."""
        if changes.reset:
            self.refresh()
            return
        if self.is_loading:
            self._meanwhile.append(changes)
        self.listing.apply(changes)

    def _correct_total(self) -> None:
        query = self.listing.query
        if not query.is_local and not query.search and not query.kind and self.listing.cursor is not None:
            self.listing.resize(count(self._backend.jobs.queue, query.chip))

    def job_at(self, row: int) -> Job | None:
        """The job in a row, or None for a placeholder."""
        return self.listing.rows[row] if 0 <= row < len(self.listing.rows) else None

    def seen_job(self, row: int) -> Job | None:
        """The same for a row that is shown: what may be shown next is asked for."""
        self._seen(row)
        return self.job_at(row)

    # The listing's watcher

    def moving(self, row: int, before: int) -> bool:
        return self.beginMoveRows(QModelIndex(), row, row, QModelIndex(), before)

    def moved(self) -> None:
        self.endMoveRows()

    def repaint(self, rows: list[int], part: Part) -> None:
        left, right = SHOWN[part]
        start = 0
        for place, row in enumerate(rows):
            if place + 1 == len(rows) or rows[place + 1] != row + 1:
                self.dataChanged.emit(self.index(rows[start], left), self.index(row, right))
                start = place + 1

    # The model's own

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else self.listing.total

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        row = index.row()
        job = self.seen_job(row) if role == Qt.ItemDataRole.DisplayRole else self.job_at(row)
        if job is None:
            return None
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return self._text(job, Column(index.column()))
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(job, Column(index.column()))
        return None

    def _text(self, job: Job, column: Column) -> str:
        match column:
            case Column.STATE:
                return words.state_words(job)
            case Column.NAME:
                return job.name
            case Column.KIND:
                return self._backend.kind_title(job.kind)
            case Column.PROGRESS:
                percent = words.percent_words(job.progress) if job.state in ("running", "paused") else ""
                return " · ".join(part for part in (percent, words.doing_words(job)) if part)
            case Column.TIME:
                return words.time_words(job)
            case Column.STARTED:
                return words.moment_words(job.started_at)
            case Column.ADDED:
                return words.moment_words(job.created_at)
            case Column.ENDED:
                return words.moment_words(job.ended_at)

    def _tip(self, job: Job, column: Column) -> str | None:
        if column is Column.PROGRESS:
            hint = job.problem.hint if job.problem else ""
            return "\n".join(part for part in (words.doing_words(job), hint, *job.warnings) if part) or None
        return job.name if column is Column.NAME else None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is Qt.Orientation.Vertical:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        if role == Qt.ItemDataRole.DisplayRole:
            return column_words(Column(section))
        return None


def column_words(column: Column) -> str:
    """The heading of a column."""
    match column:
        case Column.STATE:
            return QCoreApplication.translate("JobsModel", "State")
        case Column.NAME:
            return QCoreApplication.translate("JobsModel", "Job")
        case Column.KIND:
            return QCoreApplication.translate("JobsModel", "Kind")
        case Column.PROGRESS:
            return QCoreApplication.translate("JobsModel", "Progress")
        case Column.TIME:
            return QCoreApplication.translate("JobsModel", "Time")
        case Column.STARTED:
            return QCoreApplication.translate("JobsModel", "Started")
        case Column.ADDED:
            return QCoreApplication.translate("JobsModel", "Added")
        case Column.ENDED:
            return QCoreApplication.translate("JobsModel", "Ended")

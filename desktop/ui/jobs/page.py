"""The page of all jobs: chips, search, actions, the table, and one job in detail."""

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence, QResizeEvent, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.client.problems import ApiError
from desktop.state.jobs import Changes
from desktop.state.listing import Query
from desktop.state.standing import Chip, Deed, count, possible
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.details.pane import DetailsPane
from desktop.ui.icons import icon
from desktop.ui.jobs.chips import Chips
from desktop.ui.jobs.deeds import Doer, actions, enable
from desktop.ui.jobs.model import JobsModel
from desktop.ui.jobs.table import JobsTable
from desktop.ui.pieces import label, tool
from desktop.ui.preferences import Preferences

SIDE_BY_SIDE = 960
"""From this width on, the details stand beside the table; below, under it."""

BAR = (Deed.PAUSE, Deed.RESUME, Deed.STOP, Deed.RETRY, Deed.RERUN)
MENU: tuple[tuple[Deed, ...], ...] = (
    (Deed.PAUSE, Deed.RESUME, Deed.STOP),
    (Deed.RETRY, Deed.RERUN, Deed.CHANGE),
    (Deed.TOP, Deed.UP, Deed.DOWN),
    (Deed.REMOVE,),
)


class JobsPage(QWidget):
    """Everything about jobs, present and past."""

    new_job_asked = Signal()

    def __init__(self, backend: Backend, doer: Doer, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._doer = doer
        self._wanted_job: int | None = None
        self._sort: tuple[str, bool] | None = None
        self.model = JobsModel(backend, self)
        self.table = JobsTable(self.model, backend, preferences, self)
        self.chips = Chips()
        self.search = QLineEdit()
        self.details = DetailsPane(backend, doer)
        self.details.job_asked.connect(self.open_job)
        self.deeds = actions(self, self.table.selected_jobs, doer)
        self._search_timer = QTimer(self, singleShot=True, interval=180)
        self._search_timer.timeout.connect(self._show)
        self._empty = _Empty()
        self._empty.new_job.clicked.connect(self.new_job_asked)
        self._lay_out()
        self._wire()
        self._chosen()

    def _lay_out(self) -> None:
        self.search.setPlaceholderText(self.tr("Search jobs"))
        self.search.setAccessibleName(self.tr("Search jobs by name"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.search.setMinimumWidth(150)
        self.search.setMaximumWidth(280)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Jobs"), points=7, bold=True, wrap=False))
        head.addStretch(1)
        head.addWidget(self.search, 2)
        bar = QHBoxLayout()
        bar.setSpacing(2)
        bar.addWidget(self.chips)
        bar.addStretch(1)
        for deed in BAR:
            bar.addWidget(self._tool_for(self.deeds[deed]))
        self.more = tool(self.tr("More actions"), "ellipsis", self._more)
        bar.addWidget(self.more)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.table)
        self._stack.addWidget(self._empty)
        self.splitter = QSplitter()
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setHandleWidth(12)
        self.splitter.addWidget(self._stack)
        self.splitter.addWidget(self.details)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setStretchFactor(1, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addLayout(bar)
        layout.addWidget(self.splitter, 1)

    def _tool_for(self, action: QAction) -> QToolButton:
        made = tool(action.text(), "box")
        made.setDefaultAction(action)
        made.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        return made

    def _wire(self) -> None:
        self.chips.chosen.connect(self._choose_chip)
        self.search.textChanged.connect(lambda: self._search_timer.start())
        self.search.returnPressed.connect(self._show)
        self.table.sort_asked.connect(self._sort_by)
        self.table.chosen.connect(self._chosen)
        self.table.menu_asked.connect(self._pop_up)
        self.table.doubleClicked.connect(lambda: self.details.setFocus())
        self.model.shown.connect(self._shown)
        self.model.rowsInserted.connect(lambda: self._show_emptiness())
        self.model.rowsRemoved.connect(lambda: self._removed())
        self.model.failed.connect(self._failed)
        self._backend.counted.connect(self._count)
        self._backend.changed.connect(self._changed)
        self._backend.job_types_known.connect(lambda: self.table.viewport().update())
        find = QShortcut(QKeySequence.StandardKey.Find, self)
        find.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        find.activated.connect(self.search.setFocus)

    # What is shown

    def query(self) -> Query:
        """What the chips, the search and the header ask for."""
        chip = next(chip for chip, one in self.chips.buttons.items() if one.isChecked())
        usual = ("line", False) if chip is Chip.WAITING else ("created", True)
        sort, descending = self._sort or usual
        return Query(chip=chip, search=self.search.text().strip(), sort=sort, descending=descending)

    def begin(self) -> None:
        """Shows what there is, when the page is first gone to."""
        self._show()
        self._count()

    def _show(self) -> None:
        self._search_timer.stop()
        self.model.show(self.query())

    def _choose_chip(self, _chip: Chip) -> None:
        self._show()

    def _sort_by(self, name: str, descending: bool) -> None:
        self._sort = (name, descending) if name else None
        self._show()

    def open_job(self, job: int) -> None:
        """Shows one job, wherever it is in the list."""
        if self.table.select_job(job):
            self.table.setFocus()
            return
        self._wanted_job = job
        self._sort = None
        self.search.clear()
        self.chips.choose(Chip.ALL)
        self._show()

    def _shown(self) -> None:
        self._show_emptiness()
        if self._wanted_job is not None:
            wanted, self._wanted_job = self._wanted_job, None
            if self.table.select_job(wanted):
                self.table.setFocus()
            else:
                self.details.show_job(wanted)
        if not self.table.selected_jobs():
            self._chosen()

    def _show_emptiness(self) -> None:
        empty = self.model.rowCount() == 0
        if empty:
            self._empty.show_reason(self.model.listing.query)
        self._stack.setCurrentIndex(1 if empty else 0)

    def _removed(self) -> None:
        self._show_emptiness()
        self._chosen()

    def _failed(self, problem: ApiError) -> None:
        if self._backend.is_connected:
            self._empty.show_problem(problem)
            if self.model.rowCount() == 0:
                self._stack.setCurrentIndex(1)

    def _count(self) -> None:
        for chip, one in self.chips.buttons.items():
            one.show_count(count(self._backend.jobs.queue, chip))

    def _changed(self, changes: Changes) -> None:
        if changes.changed and any(job.id in changes.changed for job in self.table.selected_jobs()):
            enable(self.deeds, self.table.selected_jobs())

    # What is chosen

    def _chosen(self) -> None:
        jobs = self.table.selected_jobs()
        enable(self.deeds, jobs)
        if len(jobs) == 1:
            self.details.show_job(jobs[0].id, jobs[0])
        elif jobs:
            self.details.show_many(jobs)
        else:
            self.details.show_nothing()

    def _menu(self) -> QMenu:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        jobs = self.table.selected_jobs()
        for group in MENU:
            if menu.actions():
                menu.addSeparator()
            menu.addActions([self.deeds[deed] for deed in group if any(possible(job, deed) for job in jobs)])
        return menu

    def _pop_up(self, at: QPoint) -> None:
        menu = self._menu()
        if any(not action.isSeparator() for action in menu.actions()):
            menu.popup(at)

    def _more(self) -> None:
        menu = self._menu()
        if menu.actions():
            menu.addSeparator()
        columns = self.table.columns_menu()
        columns.setTitle(self.tr("Columns"))
        menu.addMenu(columns)
        menu.popup(self.more.mapToGlobal(self.more.rect().bottomLeft()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        wide = self.width() >= SIDE_BY_SIDE
        wanted = Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical
        if self.splitter.orientation() is not wanted or not self.splitter.property("placed"):
            self.splitter.setOrientation(wanted)
            self.splitter.setProperty("placed", True)
            total = self.width() if wide else self.height() - 120
            side = 330 if wide else max(180, int(total * 0.46))
            self.splitter.setSizes([total - side, side])


class _Empty(QWidget):
    """What is said where there are no rows."""

    def __init__(self) -> None:
        super().__init__()
        self._title = label(points=2, bold=True)
        self._text = label(tone="muted")
        for one in (self._title, self._text):
            one.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        from desktop.ui.pieces import button

        self.new_job = button(self.tr("New job"), icon_name="plus", kind="primary")
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(self._title)
        layout.addWidget(self._text)
        layout.addSpacing(8)
        layout.addWidget(self.new_job, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(3)
        self.show_reason(Query())

    def show_reason(self, query: Query) -> None:
        """Why there is nothing."""
        title, text = self._reason(query)
        self._title.setText(title)
        self._text.setText(text)
        self.new_job.setVisible(not query.search and query.chip is Chip.ALL)

    def show_problem(self, problem: ApiError) -> None:
        """Why the list could not be had."""
        message, hint = words.problem_words(problem)
        self._title.setText(message)
        self._text.setText(hint)
        self.new_job.hide()

    def _reason(self, query: Query) -> tuple[str, str]:
        if query.search:
            return (
                self.tr("No job is called “{text}”").format(text=query.search),
                self.tr("Try another word, or look under All."),
            )
        match query.chip:
            case Chip.RUNNING:
                return self.tr("Nothing is running"), self.tr("Jobs appear here as soon as they start.")
            case Chip.WAITING:
                return self.tr("Nothing is waiting"), self.tr("Jobs that wait for their turn appear here.")
            case Chip.NEEDS_YOU:
                return self.tr("Nothing needs you"), self.tr("Jobs that cannot go on without you appear here.")
            case Chip.DONE:
                return self.tr("Nothing is done yet"), self.tr("Jobs that have ended appear here, with their results.")
            case Chip.ALL:
                return self.tr("No jobs yet"), self.tr("Start your first one: choose what you would like to get done.")

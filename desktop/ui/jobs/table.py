"""The table of jobs."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QItemSelectionModel, QModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QAccessible, QAction, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QFrame, QHeaderView, QMenu, QTableView, QWidget

from desktop.client.shapes import Job
from desktop.ui.backend import Backend
from desktop.ui.jobs.delegate import ROW_HEIGHT, JobDelegate
from desktop.ui.jobs.model import SORTS, Column, Index, JobsModel, column_words
from desktop.ui.preferences import Preferences

HIDDEN_AT_FIRST = (Column.KIND, Column.ADDED, Column.ENDED)
WIDTHS = {
    Column.STATE: 174,
    Column.NAME: 176,
    Column.KIND: 100,
    Column.PROGRESS: 240,
    Column.TIME: 120,
    Column.STARTED: 128,
    Column.ADDED: 140,
    Column.ENDED: 140,
}


class JobsTable(QTableView):
    """Rows in Python behind it, painted by a delegate. Keeps its selection by job when the rows change."""

    chosen = Signal()
    sort_asked = Signal(str, bool)
    menu_asked = Signal(QPoint)

    def __init__(self, model: JobsModel, backend: Backend, preferences: Preferences, parent: QWidget | None = None):
        super().__init__(parent)
        self._model = model
        self._preferences = preferences
        self._kept: list[int] = []
        self._kept_current = -1
        self._squeezed: set[Column] = set()
        self.setProperty("kind", "jobs")
        self.setAccessibleName(self.tr("Jobs"))
        self.setModel(model)
        self._delegate = JobDelegate(self, model, backend)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setMouseTracking(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setCornerButtonEnabled(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(lambda at: self.menu_asked.emit(self.viewport().mapToGlobal(at)))
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(ROW_HEIGHT)
        self._set_up_header()
        self.entered.connect(self._hover)
        self.selectionModel().selectionChanged.connect(lambda: self.chosen.emit())
        self.selectionModel().currentRowChanged.connect(self._repaint_current)
        model.modelAboutToBeReset.connect(self._keep)
        model.modelReset.connect(self._restore)

    def _set_up_header(self) -> None:
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(60)
        header.setStretchLastSection(False)
        header.setSortIndicatorShown(True)
        header.setSortIndicatorClearable(True)
        header.setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
        header.setSectionsClickable(True)
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(lambda at: self.columns_menu().popup(header.mapToGlobal(at)))
        kept = self._preferences.columns
        for column in Column:
            width, shown = kept.get(column.name, (WIDTHS[column], column not in HIDDEN_AT_FIRST))
            header.resizeSection(column, width)
            header.setSectionHidden(column, not shown and column is not Column.NAME)
        header.setSectionResizeMode(Column.PROGRESS, QHeaderView.ResizeMode.Stretch)
        header.sortIndicatorChanged.connect(self._sort)
        header.sectionResized.connect(lambda: self._keep_columns())

    def _keep_columns(self) -> None:
        header = self.horizontalHeader()
        self._preferences.columns = {
            column.name: (
                header.sectionSize(column) or self._preferences.columns.get(column.name, (WIDTHS[column], False))[0],
                not header.isSectionHidden(column) or column in self._squeezed,
            )
            for column in Column
        }

    def _sort(self, section: int, order: Qt.SortOrder) -> None:
        if section >= 0 and Column(section) not in SORTS:
            self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.DescendingOrder)
            return
        name = SORTS[Column(section)] if section >= 0 else ""
        self.sort_asked.emit(name, order is Qt.SortOrder.DescendingOrder)

    def columns_menu(self) -> QMenu:
        """Which columns are shown."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        header = self.horizontalHeader()
        for column in Column:
            action = QAction(column_words(column), menu, checkable=True, checked=not header.isSectionHidden(column))
            action.setEnabled(column is not Column.NAME)
            action.toggled.connect(lambda on, column=column: self._show_column(column, on))
            menu.addAction(action)
        return menu

    def _show_column(self, column: Column, on: bool) -> None:
        header = self.horizontalHeader()
        self._squeezed.discard(column)
        header.setSectionHidden(column, not on)
        if on and header.sectionSize(column) < 60:
            header.resizeSection(column, WIDTHS[column])
        self._keep_columns()

    # Selection

    def selected_jobs(self) -> list[Job]:
        """The chosen jobs, from top to bottom."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        return [job for row in rows if (job := self._model.job_at(row)) is not None]

    def select_job(self, job: int) -> bool:
        """Chooses one job, and brings it into sight; False where its row is not loaded."""
        row = self._model.listing.place(job)
        if row is None:
            return False
        self.selectRow(row)
        self.scrollTo(self._model.index(row, 0))
        return True

    def _keep(self) -> None:
        self._kept = [job.id for job in self.selected_jobs()]
        current = self._model.job_at(self.currentIndex().row()) if self.currentIndex().isValid() else None
        self._kept_current = current.id if current else -1

    def _restore(self) -> None:
        selection = self.selectionModel()
        flags = QItemSelectionModel.SelectionFlag
        row = self._model.listing.place(self._kept_current)
        if row is not None:
            selection.setCurrentIndex(self._model.index(row, 0), flags.NoUpdate)
        for job in self._kept:
            if (row := self._model.listing.place(job)) is not None:
                selection.select(self._model.index(row, 0), flags.Select | flags.Rows)
        if self._kept:
            self.chosen.emit()

    # Painting and keys

    def _hover(self, index: QModelIndex) -> None:
        self._set_hovered(index.row())

    def _set_hovered(self, row: int) -> None:
        old, self._delegate.hovered_row = self._delegate.hovered_row, row
        if old != row:
            self._repaint_row(old)
            self._repaint_row(row)

    def _repaint_row(self, row: int) -> None:
        if row >= 0:
            top = self.rowViewportPosition(row)
            self.viewport().update(0, top, self.viewport().width(), ROW_HEIGHT)

    def _repaint_current(self, now: QModelIndex, before: QModelIndex) -> None:
        self._repaint_row(now.row())
        self._repaint_row(before.row())

    def dataChanged(self, top_left: Index, bottom_right: Index, roles: Sequence[int] = ()) -> None:
        """Paints what has changed and no more: of several rows Qt would take one more, and one column more."""
        if QAccessible.isActive():
            super().dataChanged(top_left, bottom_right, roles)
            return
        first, last = top_left.column(), bottom_right.column()
        left = self.columnViewportPosition(first) if first == last else 0
        width = self.columnWidth(first) if first == last else self.viewport().width()
        height = (bottom_right.row() - top_left.row() + 1) * ROW_HEIGHT
        self.viewport().update(left, self.rowViewportPosition(top_left.row()), width, height)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self._set_hovered(-1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        header = self.horizontalHeader()
        self._yield_room(header, Column.STARTED, self.width() < 780)
        self._yield_room(header, Column.TIME, self.width() < 620)

    def _yield_room(self, header: QHeaderView, column: Column, narrow: bool) -> None:
        """Hides a column while there is no room for it, without forgetting that it is wanted."""
        if narrow and not header.isSectionHidden(column):
            self._squeezed.add(column)
            header.setSectionHidden(column, True)
        elif not narrow and column in self._squeezed:
            self._squeezed.remove(column)
            header.setSectionHidden(column, False)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.indexAt(event.position().toPoint()).isValid():
            self.clearSelection()
        super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Menu or (
            event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier
        ):
            rect = self.visualRect(self.currentIndex())
            self.menu_asked.emit(self.viewport().mapToGlobal(rect.center()))
            return
        super().keyPressEvent(event)

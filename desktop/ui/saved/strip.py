"""The saved jobs on Home: one click runs one."""

from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMessageBox, QVBoxLayout, QWidget

from desktop.client.saved import SavedCalls, SavedJob
from desktop.client.shapes import Job
from desktop.state.jobs import Changes
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest, call
from desktop.ui.icons import pixmap
from desktop.ui.pieces import button, label, section, take_out, tool
from desktop.ui.removing import ask_to_remove
from desktop.ui.theme import tokens

if TYPE_CHECKING:
    from desktop.ui.saved.carrying import Carrying
    from desktop.ui.schedules.asking import Scheduling


@runtime_checkable
class EditsSaved(Protocol):
    """A window that can show the form of a saved job."""

    def edit_saved(self, saved: SavedJob) -> None: ...


class SavedStrip(QWidget):
    """A row each; hidden while there are none. `started` carries the job that one became."""

    started = Signal(object)

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._asking = Latest(self)
        self.question: QMessageBox | None = None
        self.scheduling: Scheduling | None = None
        self._carrying: Carrying | None = None
        self.rows: dict[int, SavedRow] = {}
        self._box = QVBoxLayout()
        self._box.setContentsMargins(16, 8, 12, 8)
        self._box.setSpacing(4)
        self.export_button = button(self.tr("Export..."), lambda: self.carrying().export(), kind="link")
        self.import_button = button(self.tr("Import..."), lambda: self.carrying().bring_in(), kind="link")
        section(self, self.tr("Saved jobs"), self._box, self.export_button, self.import_button)
        self.hide()
        backend.changed.connect(self._changed)
        backend.job_types_known.connect(self.look)

    def carrying(self) -> "Carrying":
        """Export and import; made when first asked for."""
        if self._carrying is None:
            from desktop.ui.saved.carrying import Carrying

            self._carrying = Carrying(self._backend, self)
        return self._carrying

    def _changed(self, changes: Changes) -> None:
        if changes.saved:
            self.look()

    def look(self) -> None:
        """Asks for them anew."""
        self._asking.call(lambda: SavedCalls(self._backend.api).all(), self._show, lambda _problem: None)

    def _show(self, found: list[SavedJob]) -> None:
        before, self.rows = self.rows, {}
        for place, saved in enumerate(found):
            row = before.get(saved.id)
            if row is None or row.saved != saved:
                row = SavedRow(saved, self._backend, self)
            else:
                del before[saved.id]
            self.rows[saved.id] = row
            if self._box.indexOf(row) != place:
                self._box.insertWidget(place, row)
        for gone in before.values():
            take_out(gone, self._box)
        self.setVisible(bool(found))

    def words_of(self, saved: SavedJob) -> str:
        """Its kind, and what follows."""
        kinds = [saved.draft.kind, *(one.kind for one in saved.draft.follow_ups)]
        return self.tr(", then ").join(self._backend.kind_title(kind) for kind in kinds)

    def run(self, row: "SavedRow") -> None:
        """Queues one."""
        call(self, lambda: SavedCalls(self._backend.api).run(row.saved.id), self._started, busy=row.run_button)

    def _started(self, jobs: list[Job]) -> None:
        for job in jobs:
            self._backend.take(job)
        self.started.emit(jobs[0])

    def schedule(self, row: "SavedRow") -> None:
        """Asks when it is to run by itself."""
        if self.scheduling is None:
            # The form and all its controls: not before the first paint.
            from desktop.ui.schedules.asking import Scheduling

            self.scheduling = Scheduling(self._backend, self)
        self.scheduling.for_saved(row.saved, row.schedule_button)

    def edit(self, row: "SavedRow") -> None:
        """Has the window show its form."""
        window = self.window()
        if isinstance(window, EditsSaved):
            window.edit_saved(row.saved)

    def copy(self, row: "SavedRow") -> None:
        """Makes a second one."""
        call(self, lambda: SavedCalls(self._backend.api).copy(row.saved.id), lambda _saved: self.look())

    def ask_to_remove(self, row: "SavedRow") -> None:
        """Asks first."""
        number = row.saved.id
        self.question = ask_to_remove(
            self,
            self.tr("Remove the saved job “{name}”?").format(name=row.saved.name),
            self.tr("Its answers and its schedules are forgotten. Jobs that it started stay on the list."),
            lambda: call(self, lambda: SavedCalls(self._backend.api).remove(number), lambda _nothing: self.look()),
        )


class SavedRow(QWidget):
    """One saved job."""

    def __init__(self, saved: SavedJob, backend: Backend, strip: SavedStrip) -> None:
        super().__init__()
        self.saved = saved
        picture = QLabel()
        picture.setPixmap(
            pixmap(backend.kind_icon(saved.draft.kind), tokens().color("accent"), 20, self.devicePixelRatioF())
        )
        self.run_button = button(strip.tr("Run"), lambda: strip.run(self), icon_name="play")
        self.run_button.setAccessibleName(strip.tr("Run {name}").format(name=saved.name))
        self.edit_button = tool(strip.tr("Edit {name}").format(name=saved.name), "pencil", lambda: strip.edit(self))
        copy = tool(strip.tr("Copy {name}").format(name=saved.name), "copy", lambda: strip.copy(self))
        self.remove_button = tool(
            strip.tr("Remove {name}").format(name=saved.name), "trash-2", lambda: strip.ask_to_remove(self)
        )
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(12)
        layout.addWidget(picture)
        layout.addWidget(label(saved.name, bold=True), 1)
        self.said = label(strip.words_of(saved), "muted", points=-1, wrap=False)
        layout.addWidget(self.said)
        self.schedule_button = tool(
            strip.tr("Schedule {name}").format(name=saved.name), "calendar-clock", lambda: strip.schedule(self)
        )
        for part in (self.run_button, self.schedule_button, self.edit_button, copy, self.remove_button):
            layout.addWidget(part)

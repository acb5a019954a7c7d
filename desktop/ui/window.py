"""The window: the sidebar, the pages, and what is said above them."""

import os
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.home import SCHEDULES, HomePage
from desktop.ui.preferences import Preferences
from desktop.ui.sidebar import Sidebar
from desktop.ui.theme import Theme

if TYPE_CHECKING:
    from desktop.client.connection import Phase
    from desktop.client.launcher import Launcher
    from desktop.client.problems import ApiError
    from desktop.client.saved import SavedJob
    from desktop.client.schedules import Schedule
    from desktop.client.shapes import Job, JobDetail, JobType
    from desktop.state.jobs import Changes
    from desktop.ui.above import Above
    from desktop.ui.backend import Backend
    from desktop.ui.banner import Banner
    from desktop.ui.jobs.deeds import Doer
    from desktop.ui.leaving import Leaving
    from desktop.ui.new_job import NewJob
    from desktop.ui.record_notice import RecordNotice

LOOKED_EVERY = 30_000


class Window(QWidget):
    """Painted before anything else is there: what its first picture does not show is made when it is asked for."""

    painted = Signal()
    left = Signal()

    def __init__(self, theme: Theme, preferences: Preferences, folder: Path, *, use_tray: bool = True) -> None:
        super().__init__()
        self.theme = theme
        self.preferences = preferences
        self.folder = folder
        self._use_tray = use_tray
        self._was_painted = False
        self._first_data = False
        self._looked: QTimer | None = None
        self.setWindowTitle("Deskhand")
        self.sidebar = Sidebar()
        self.pages = QStackedWidget()
        self.home = HomePage(preferences)
        self.pages.addWidget(self.home)
        self._others: dict[str, QWidget] = {}
        self._before_form = "home"
        self._lay_out()
        self.sidebar.went.connect(self.go)
        self.sidebar.new_job_asked.connect(self.new_job)
        self.sidebar.go("home")
        # Focus on the window itself: Tab begins at the top, and nothing is ringed before it is pressed.
        self.setFocus()

    def _lay_out(self) -> None:
        self._right = QVBoxLayout()
        self._right.setSpacing(0)
        self._right.addWidget(self.pages, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.sidebar)
        layout.addLayout(self._right, 1)
        self.setMinimumSize(840, 480)
        room = self.screen().availableSize()
        self.resize(min(1280, room.width()), min(800, room.height()))
        if (geometry := self.preferences.layout("window")) is not None:
            self.restoreGeometry(geometry)

    def begin(self, folder: Path, launcher: "Launcher") -> None:
        """Makes what the first paint did not wait for, and connects."""
        from PySide6.QtGui import QKeySequence, QShortcut

        for keys, done in (("Ctrl+Q", self.quit), ("Ctrl+W", self.close)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(done)
        self.sidebar.take_keys()
        self._looked = QTimer(self, interval=LOOKED_EVERY)
        self._looked.timeout.connect(self._note_look)
        self._note_activation()
        assert self.above is not None
        self.home.kind_chosen.connect(self._open_kind)
        self.home.form_asked.connect(self.open_filled)
        self.home.job_asked.connect(self.open_job)
        self.home.schedules_asked.connect(lambda: self.go("schedules"))
        self.home.started.connect(self._started)
        self.home.fill(self.backend, self.doer)
        self.backend.begin(folder, launcher)

    # What is behind it

    @cached_property
    def backend(self) -> "Backend":
        """The way to the backend."""
        from desktop.ui.backend import Backend

        made = Backend(self)
        made.changed.connect(self._changed)
        made.summed.connect(self._show_together)
        made.counted.connect(self._show_together)
        made.phase_changed.connect(self._show_phase)
        return made

    @cached_property
    def doer(self) -> "Doer":
        """What is done with jobs."""
        from desktop.ui.jobs.deeds import Doer

        made = Doer(self.backend, self)
        made.change_asked.connect(self._change_and_run)
        made.change_with_asked.connect(self._change_and_run)
        made.made.connect(self._say_made)
        made.started.connect(self._started)
        return made

    @cached_property
    def above(self) -> "Above":
        """What is said above the pages."""
        from desktop.ui.above import Above

        made = Above(self.backend, self)
        made.waits.connect(self.sidebar.show_waiting)
        self._right.insertWidget(0, made)
        return made

    @property
    def standing(self) -> "Banner":
        """How the connection stands."""
        return self.above.standing

    @property
    def notice(self) -> "Banner":
        """What was done, or could not be."""
        return self.above.notice

    @property
    def rescue(self) -> "RecordNotice":
        """What became of the record."""
        return self.above.rescue

    @cached_property
    def leaving(self) -> "Leaving":
        """Closing and quitting, with tray and notifications."""
        from desktop.ui.leaving import Leaving
        from desktop.ui.tray.notifying import Notifier

        made = Leaving(self.backend, self.preferences, self, use_tray=self._use_tray)
        made.left.connect(self._leave)
        made.opened.connect(self.come_forward)
        self.notifier = Notifier(self.backend, self.preferences, self, made.tray)
        self.notifier.asked.connect(self._show_asked)
        self.home.runs_refused.connect(self.notifier.tell_refused)
        return made

    # Going about

    def page(self, name: str) -> QWidget:
        """The page of that name, made if need be."""
        if name == "home":
            return self.home
        if name not in self._others:
            from desktop.ui.pages import make_page

            made = self._others[name] = make_page(name, self)
            self.pages.addWidget(made)
        return self._others[name]

    def go(self, name: str) -> None:
        """Shows a page."""
        self._before_form = name
        self.sidebar.go(name)
        self.pages.setCurrentWidget(self.page(name))

    def new_job(self) -> None:
        """Shows the kinds to choose from."""
        self._show_form().pick()

    def _show_form(self) -> "NewJob":
        form = self._form
        self.pages.setCurrentWidget(form)
        self.sidebar.leave()
        return form

    @property
    def _form(self) -> "NewJob":
        from desktop.ui.new_job import NewJob

        form = self.page("new")
        assert isinstance(form, NewJob)
        return form

    def leave_form(self) -> None:
        """Shows what was shown before the form."""
        self.sidebar.go(self._before_form)

    def _open_kind(self, kind: "JobType") -> None:
        self._show_form().open_kind(kind)

    def open_filled(self, kind: "JobType", answers: dict[str, object]) -> None:
        """Shows the form of a kind of job with these answers in it."""
        self._show_form().open_kind(kind, answers)

    def open_job(self, job: int) -> None:
        """Shows one job in the list; 0: the list alone; `SCHEDULES`: the schedules."""
        self.go("schedules" if job == SCHEDULES else "jobs")
        if job > 0:
            self.page("jobs").open_job(job)  # type: ignore[attr-defined]

    def make_account(self, kinds: tuple[str, ...], done: Callable[[int, str], None]) -> None:
        """Asks for a new account of one of these kinds; `done` is told its number and name."""
        from desktop.ui.accounts.asking import ask_for_new

        ask_for_new(self.backend, kinds, self, done)

    def _started(self, job: "Job") -> None:
        self.open_job(job.id)

    def edit_saved(self, saved: "SavedJob") -> None:
        """Shows the form with the answers of a saved job, to be saved over."""
        self._show_form_if(self._form.edit(saved))

    def _change_and_run(self, job: int, answers: "dict[str, object] | None" = None) -> None:
        from desktop.ui.calls import call

        def open_again(detail: "JobDetail") -> None:
            detail.params.update(answers or {})
            self._show_form_if(self._form.open_again(detail))

        call(self, lambda: self.backend.api.job(job), open_again)

    def _show_form_if(self, known: bool) -> None:
        if known:
            self._show_form()
        else:
            self.above.say_unknown_kind()

    # What is said

    def say(self, message: str, hint: str = "") -> None:
        """Says that something was done."""
        self.above.say(message, hint)

    def say_saved_over(self, saved: "SavedJob") -> None:
        """Says it where one came from."""
        self.go(self._before_form)
        self.say(self.tr("“{name}” is saved.").format(name=saved.name))

    def say_kept(self, saved: "SavedJob") -> None:
        """Says that a saved job can be run."""
        message = self.tr("“{name}” is saved. Run it with one click from Home.").format(name=saved.name)
        self.above.say(message, show=lambda: self.go("home"))

    def say_scheduled(self, schedule: "Schedule") -> None:
        """Says when a job is to run."""
        message = self.tr("“{name}” is scheduled: {words}.").format(name=schedule.name, words=schedule.words)
        self.above.say(message, show=lambda: self.go("schedules"))

    def _say_made(self, job: "Job") -> None:
        message = self.tr("“{name}” is in line once more").format(name=job.name)
        self.above.say(message, show=lambda: self.open_job(job.id))

    def show_problem(self, problem: "ApiError") -> None:
        """Shows what could not be done."""
        self.above.show_problem(problem)

    def _show_phase(self, phase: "Phase") -> None:
        from desktop.client.connection import Phase

        if phase is Phase.READY:
            self._show_together()

    def _changed(self, changes: "Changes") -> None:
        for part in changes.parts:
            self.above.show_part(ready=part.ready)
        if changes.reset and not self._first_data:
            self._first_data = True
            if target := os.environ.get("DESKHAND_SCREENSHOT"):
                QTimer.singleShot(700, lambda: self.grab().save(target))

    def _show_together(self) -> None:
        jobs = self.backend.jobs
        if self._first_data or jobs.active:
            self.sidebar.show_together(jobs.together(), paused=jobs.queue.paused)

    # The window itself

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            self._note_activation()

    def _note_activation(self) -> None:
        looked: QTimer | None = getattr(self, "_looked", None)
        if looked is None:
            return
        if self.isActiveWindow():
            looked.start()
        elif looked.isActive():
            self._note_look()
            looked.stop()

    def _note_look(self) -> None:
        from desktop.ui.words import now

        if self.backend.is_connected:
            self.home.look(now())

    def come_forward(self) -> None:
        """From the tray, or when opened once more."""
        self.show()
        self.setWindowState(self.windowState() & ~Qt.WindowState.WindowMinimized)
        self.raise_()
        self.activateWindow()

    def _show_asked(self, job: int) -> None:
        self.come_forward()
        self.open_job(job)

    def quit(self) -> None:
        """Ends the program, after asking where that is called for."""
        self.leaving.quit()

    def closeEvent(self, event: QCloseEvent) -> None:
        self._note_look()
        self.preferences.keep_layout("window", QByteArray(self.saveGeometry()))
        if self.leaving.close():
            event.accept()
        else:
            event.ignore()

    def _leave(self) -> None:
        self.backend.end()
        self.notifier.end()
        self.left.emit()

"""The window: the sidebar, the pages, and what is said above them."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeySequence, QPaintEvent, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.banner import Banner
from desktop.ui.calls import call
from desktop.ui.home import SCHEDULES, HomePage
from desktop.ui.icons import app_icon
from desktop.ui.jobs.deeds import Doer
from desktop.ui.preferences import Preferences
from desktop.ui.record_notice import RecordNotice
from desktop.ui.sidebar import Sidebar
from desktop.ui.theme import Theme

if TYPE_CHECKING:
    from desktop.client.launcher import Launcher
    from desktop.client.saved import SavedJob
    from desktop.client.schedules import Schedule
    from desktop.client.shapes import Job, JobDetail
    from desktop.state.jobs import Changes
    from desktop.ui.leaving import Leaving

LOOKED_EVERY = 30_000
SAID_FOR = 12


class Window(QWidget):
    """Painted before anything else is there; Jobs, Settings and the form are made when they are first gone to."""

    painted = Signal()
    left = Signal()

    def __init__(self, theme: Theme, preferences: Preferences, folder: Path, *, use_tray: bool = True) -> None:
        super().__init__()
        self._theme = theme
        self._preferences = preferences
        self._folder = folder
        self._was_painted = False
        self._first_data = False
        self.setWindowTitle("Deskhand")
        self.setWindowIcon(app_icon())
        self.backend = Backend(self)
        self.doer = Doer(self.backend, self)
        self.sidebar = Sidebar()
        self.standing = Banner(closable=False)
        self.notice = Banner(closable=True)
        self.rescue = RecordNotice(self.backend)
        self.pages = QStackedWidget()
        self.home = HomePage(self.backend, self.doer, preferences)
        self.pages.addWidget(self.home)
        self._others: dict[str, QWidget] = {}
        self._before_form = "home"
        self._use_tray = use_tray
        self._leaving: Leaving | None = None
        self._lay_out()
        self._wire()
        self.sidebar.go("home")
        # Focus on the window itself: Tab begins at the top, and nothing is ringed before it is pressed.
        self.setFocus()

    def _lay_out(self) -> None:
        above = QVBoxLayout()
        above.setContentsMargins(20, 14, 20, 0)
        above.setSpacing(8)
        above.addWidget(self.standing)
        above.addWidget(self.notice)
        above.addWidget(self.rescue)
        self._above = QWidget()
        self._above.setLayout(above)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self._above)
        right.addWidget(self.pages, 1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.sidebar)
        layout.addLayout(right, 1)
        self._banners = (self.standing, self.notice, self.rescue)
        for banner in self._banners:
            banner.installEventFilter(self)
        self._above.hide()
        self.setMinimumSize(840, 480)
        room = self.screen().availableSize()
        self.resize(min(1280, room.width()), min(800, room.height()))
        if (geometry := self._preferences.layout("window")) is not None:
            self.restoreGeometry(geometry)

    def _wire(self) -> None:
        self.sidebar.went.connect(self.go)
        self.sidebar.new_job_asked.connect(self.new_job)
        self.home.kind_chosen.connect(self._open_kind)
        self.home.form_asked.connect(self.open_filled)
        self.home.job_asked.connect(self.open_job)
        self.home.schedules_asked.connect(lambda: self.go("schedules"))
        self.home.started.connect(self._started)
        self.doer.change_asked.connect(self._change_and_run)
        self.doer.change_with_asked.connect(self._change_and_run)
        self.doer.made.connect(self._say_made)
        self.doer.started.connect(self._started)
        self.backend.changed.connect(self._changed)
        self.backend.counted.connect(self._show_together)
        self.backend.phase_changed.connect(self._show_phase)
        self.backend.connected.connect(lambda: self.notice.hide() if self.notice.isVisible() else None)
        self._looked = QTimer(self, interval=LOOKED_EVERY)
        self._looked.timeout.connect(self._note_look)
        quit_ = QShortcut(QKeySequence("Ctrl+Q"), self)
        quit_.activated.connect(self.quit)
        close = QShortcut(QKeySequence("Ctrl+W"), self)
        close.activated.connect(self.close)

    def begin(self, folder: Path, launcher: "Launcher") -> None:
        """Makes what the first paint did not wait for, and connects."""
        self.home.fill()
        self.backend.begin(folder, launcher)

    # Going about

    @property
    def leaving(self) -> "Leaving":
        """Closing and quitting, with tray and notifications; made when first needed, since they cost time at start."""
        if self._leaving is None:
            from desktop.ui.leaving import Leaving
            from desktop.ui.tray.notifying import Notifier

            self._leaving = Leaving(self.backend, self._preferences, self, use_tray=self._use_tray)
            self._leaving.left.connect(self._leave)
            self._leaving.opened.connect(self.come_forward)
            self.notifier = Notifier(self.backend, self._preferences, self, self._leaving.tray)
            self.notifier.asked.connect(self._show_asked)
            self.home.runs_refused.connect(self.notifier.tell_refused)
        return self._leaving

    def page(self, name: str) -> QWidget:
        """The page of that name, made if need be."""
        if name == "home":
            return self.home
        if name not in self._others:
            made = self._others[name] = self._make(name)
            self.pages.addWidget(made)
        return self._others[name]

    def _make(self, name: str) -> QWidget:
        if name == "jobs":
            from desktop.ui.jobs.page import JobsPage

            jobs = JobsPage(self.backend, self.doer, self._preferences)
            jobs.new_job_asked.connect(self.new_job)
            jobs.begin()
            return jobs
        if name == "schedules":
            from desktop.ui.schedules.page import SchedulesPage

            return SchedulesPage(self.backend)
        if name == "accounts":
            from desktop.ui.accounts.page import AccountsPage

            return AccountsPage(self.backend)
        if name == "settings":
            from desktop.ui.settings_page import SettingsPage

            return SettingsPage(self.backend, self._theme, self._preferences, self._folder)
        from desktop.ui.forms.recent import keep_recent_in
        from desktop.ui.new_job import NewJob

        keep_recent_in(self._folder / "window.ini")
        form = NewJob(self.backend)
        form.cancelled.connect(lambda: self.sidebar.go(self._before_form))
        form.started.connect(self._started)
        form.kept.connect(self._say_kept)
        form.changed.connect(self._saved_over)
        form.scheduled.connect(self._say_scheduled)
        return form

    def go(self, name: str) -> None:
        """Shows a page."""
        self._before_form = name
        self.sidebar.go(name)
        self.pages.setCurrentWidget(self.page(name))

    def new_job(self) -> None:
        """Shows the kinds to choose from."""
        from desktop.ui.new_job import NewJob

        form = self._show_form()
        assert isinstance(form, NewJob)
        form.pick()

    def _show_form(self) -> QWidget:
        form = self.page("new")
        self.pages.setCurrentWidget(form)
        self.sidebar.leave()
        return form

    def _open_kind(self, kind: object) -> None:
        self._show_form().open_kind(kind)  # type: ignore[attr-defined]

    def open_filled(self, kind: object, answers: dict[str, object]) -> None:
        """Shows the form of a kind of job with these answers in it."""
        self._show_form().open_kind(kind, answers)  # type: ignore[attr-defined]

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
        if self.page("new").edit(saved):  # type: ignore[attr-defined]
            self._show_form()
        else:
            self._say_unknown_kind()

    def _saved_over(self, saved: "SavedJob") -> None:
        self.go(self._before_form)
        self.say(self.tr("“{name}” is saved.").format(name=saved.name))

    def _say_kept(self, saved: "SavedJob") -> None:
        self.notice.say(
            self.tr("“{name}” is saved. Run it with one click from Home.").format(name=saved.name),
            tone="info",
            action=self.tr("Show"),
            then=lambda: self.go("home"),
            seconds=SAID_FOR,
        )

    def _say_scheduled(self, schedule: "Schedule") -> None:
        self.notice.say(
            self.tr("“{name}” is scheduled: {words}.").format(name=schedule.name, words=schedule.words),
            tone="info",
            action=self.tr("Show"),
            then=lambda: self.go("schedules"),
            seconds=SAID_FOR,
        )

    def _say_made(self, job: "Job") -> None:
        self.notice.say(
            self.tr("“{name}” is in line once more").format(name=job.name),
            tone="info",
            action=self.tr("Show"),
            then=lambda: self.open_job(job.id),
            seconds=SAID_FOR,
        )

    def _change_and_run(self, job: int, answers: "dict[str, object] | None" = None) -> None:
        def open_again(detail: "JobDetail") -> None:
            form = self.page("new")
            detail.params.update(answers or {})
            if form.open_again(detail):  # type: ignore[attr-defined]
                self._show_form()
                return
            self._say_unknown_kind()

        call(self, lambda: self.backend.api.job(job), open_again)

    # What is said

    def say(self, message: str, hint: str = "") -> None:
        """Says that something was done."""
        self.notice.say(message, hint, "info", seconds=SAID_FOR)

    def _say_unknown_kind(self) -> None:
        self.notice.say(
            self.tr("This kind of job is not there any more."), self.tr("Start a new one of another kind."), "warning"
        )

    def show_problem(self, problem: ApiError) -> None:
        """Shows what could not be done."""
        message, hint = words.problem_words(problem)
        if problem.fields:
            hint = " ".join([hint, *problem.fields.values()]).strip()
        self.notice.say(message, hint, "danger", seconds=SAID_FOR * 2)

    def _show_phase(self, phase: object, problem: ApiError | None) -> None:
        # The connection is imported after the first paint only.
        from desktop.client.connection import Phase

        match phase:
            case Phase.READY:
                self.standing.hide()
                self._show_together()
            case Phase.STARTING:
                self._wait_for(self.tr("Getting ready..."), self.tr("The part that runs the jobs is starting."))
            case Phase.JOINING:
                self._wait_for(self.tr("Getting ready..."), self.tr("Waiting for the part that runs the jobs."))
            case Phase.LOST:
                self._wait_for(
                    self.tr("Connecting again..."),
                    self.tr("The part that runs the jobs has gone silent. What is shown may be a moment old."),
                    "warning",
                )
            case Phase.RESTARTING:
                self._wait_for(
                    self.tr("Starting again..."),
                    self.tr("The part that runs the jobs ended unexpectedly. It is started again, and no job is lost."),
                    "warning",
                )
            case _:
                message, hint = words.problem_words(problem) if problem else ("", "")
                self.sidebar.show_waiting(self.tr("Not connected"))
                self.standing.say(message, hint, "danger", self.tr("Try again"), self.backend.try_again)

    def _wait_for(self, short: str, text: str, tone: str = "info") -> None:
        self.sidebar.show_waiting(short)
        self.standing.say(text, tone="warning" if tone == "warning" else "info")

    def _changed(self, changes: "Changes") -> None:
        self._show_together()
        for part in changes.parts:
            self._show_part(part.ready)
        if changes.reset and not self._first_data:
            self._first_data = True
            if target := os.environ.get("DESKHAND_SCREENSHOT"):
                QTimer.singleShot(700, lambda: self.grab().save(target))

    def _show_part(self, ready: bool) -> None:
        if ready:
            self.standing.hide()
        else:
            self.standing.say(
                self.tr("A part that runs the jobs is being started again. No job is lost."), tone="warning"
            )

    def _show_together(self) -> None:
        if self._first_data or self.backend.jobs.active:
            self.sidebar.show_together(self.backend.jobs.together(), paused=self.backend.jobs.queue.paused)

    # The window itself

    def eventFilter(self, watched: object, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HideToParent, QEvent.Type.ShowToParent):
            self._above.setVisible(not all(banner.isHidden() for banner in self._banners))
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._was_painted:
            self._was_painted = True
            QTimer.singleShot(0, self.painted.emit)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and hasattr(self, "_looked"):
            if self.isActiveWindow():
                self._looked.start()
            elif self._looked.isActive():
                self._note_look()
                self._looked.stop()

    def _note_look(self) -> None:
        if self.backend.is_connected:
            self.home.look(words.now())

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
        self._preferences.keep_layout("window", QByteArray(self.saveGeometry()))
        if self.leaving.close():
            event.accept()
        else:
            event.ignore()

    def _leave(self) -> None:
        self.backend.end()
        self.notifier.end()
        self.left.emit()

"""Home: what one can get done, what is running, and what happened while one was away."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.client.shapes import Artifact, Job, JobPage
from desktop.state.jobs import Changes
from desktop.state.standing import ENDED, RUNNING, Deed
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.bars import Bar
from desktop.ui.calls import Latest, call
from desktop.ui.cards import KindCards
from desktop.ui.details.files import open_file
from desktop.ui.icons import icon, pixmap
from desktop.ui.jobs.deeds import ICONS, Doer, deed_words
from desktop.ui.pieces import button, card, clear, label, scrolling
from desktop.ui.preferences import Preferences
from desktop.ui.saved.strip import SavedStrip
from desktop.ui.theme import tokens

if TYPE_CHECKING:
    from desktop.client.schedules import Run
    from desktop.ui.schedules.coming import ComingUp
    from desktop.ui.welcome import Welcome

MOST_RUNNING = 6
MOST_MISSED = 8


class HomePage(QWidget):
    """The first page."""

    kind_chosen = Signal(object)
    job_asked = Signal(int)
    schedules_asked = Signal()
    form_asked = Signal(object, object)

    def __init__(self, backend: Backend, doer: Doer, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._doer = doer
        self._preferences = preferences
        self._since = preferences.last_looked
        self._asking = Latest(self)
        self._missed: list[Job] = []
        self._missed_runs: list[Run] = []
        self._seen: set[int] = set()
        self.cards = KindCards(self.kind_chosen.emit)
        self.saved = SavedStrip(backend)
        self.coming: ComingUp | None = None
        self.welcome: Welcome | None = None
        self._greeting = QVBoxLayout()
        self._ahead = QVBoxLayout()
        self._waiting = label(self.tr("The kinds of jobs appear here in a moment."), "muted")
        self.running: dict[int, RunningRow] = {}
        self._running_box = QVBoxLayout()
        self._running_none = label(self.tr("Nothing is running at the moment."), "muted")
        self._running_more = button("", kind="link")
        self._missed_frame = QWidget()
        self._missed_box = QVBoxLayout()
        self._lay_out()
        backend.job_types_known.connect(self._show_kinds)
        backend.changed.connect(self._changed)

    def _lay_out(self) -> None:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(28, 22, 28, 22)
        layout.setSpacing(12)
        layout.addLayout(self._greeting)
        layout.addWidget(label(self.tr("What would you like to get done?"), points=8, bold=True))
        layout.addSpacing(4)
        layout.addWidget(self._waiting)
        layout.addWidget(self.cards)
        layout.addWidget(self.saved)
        layout.addLayout(self._ahead)
        layout.addSpacing(14)
        layout.addWidget(label(self.tr("Running now"), points=3, bold=True))
        running = card()
        running.setLayout(self._running_box)
        self._running_box.setContentsMargins(16, 10, 16, 10)
        self._running_box.setSpacing(6)
        self._running_box.addWidget(self._running_none)
        self._running_more.hide()
        self._running_more.clicked.connect(lambda: self.job_asked.emit(0))
        layout.addWidget(running)
        layout.addWidget(self._running_more)
        missed = QVBoxLayout(self._missed_frame)
        missed.setContentsMargins(0, 14, 0, 0)
        missed.setSpacing(12)
        head = QHBoxLayout()
        head.addWidget(label(self.tr("While you were away"), points=3, bold=True, wrap=False))
        head.addStretch(1)
        self.clear_missed = button(self.tr("I have seen it"), self._forget_missed, kind="link")
        head.addWidget(self.clear_missed)
        missed.addLayout(head)
        box = card()
        box.setLayout(self._missed_box)
        self._missed_box.setContentsMargins(16, 8, 16, 8)
        self._missed_box.setSpacing(8)
        missed.addWidget(box)
        self._missed_frame.hide()
        layout.addWidget(self._missed_frame)
        layout.addStretch(1)
        area = scrolling(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def _show_kinds(self) -> None:
        self._waiting.hide()
        self.cards.show_kinds(self._backend.job_types)
        if self.coming is None:
            # Made after the first paint, which it would put off.
            from desktop.ui.schedules.coming import ComingUp

            self.coming = ComingUp(self._backend)
            self.coming.asked.connect(self.schedules_asked)
            self._ahead.addWidget(self.coming)
            if not self._preferences.welcomed:
                self._welcome()
        for row in self.running.values():
            row.show_job(row.job)

    def _welcome(self) -> None:
        from desktop.ui.welcome import Welcome

        self.welcome = Welcome(self._backend, self._preferences)
        self.welcome.form_asked.connect(self.form_asked)
        self._greeting.addWidget(self.welcome)

    # Running now

    def _changed(self, changes: Changes) -> None:
        for number, progress in changes.progressed.items():
            if row := self.running.get(number):
                row.job.progress = progress
                row.show_progress()
        if changes.reset or changes.changed or changes.removed:
            self._show_running()
        for job in changes.ended:
            self._seen.discard(job.id)
            if not self._is_watched():
                self._missed = [job, *(one for one in self._missed if one.id != job.id)][:MOST_MISSED]
                self._show_missed()
        if changes.reset:
            self._ask_missed()
        elif any(job.id in changes.changed or job.id in changes.removed for job in self._missed):
            self._missed = [changes.changed.get(job.id, job) for job in self._missed if job.id not in changes.removed]
            self._missed = [job for job in self._missed if job.state in ENDED]
            self._show_missed()

    def _show_running(self) -> None:
        jobs = [job for job in self._backend.jobs.active.values() if job.state in RUNNING]
        jobs.sort(key=lambda job: (job.started_at or job.created_at, job.id))
        shown = {job.id: job for job in jobs[:MOST_RUNNING]}
        for number in self.running.keys() - shown.keys():
            row = self.running.pop(number)
            self._running_box.removeWidget(row)
            row.hide()
            row.deleteLater()
        for number, job in shown.items():
            row = self.running.get(number)
            if row is None:
                row = self.running[number] = RunningRow(job, self._backend, self._doer, self.job_asked.emit)
                self._running_box.addWidget(row)
            row.show_job(job)
        self._running_none.setVisible(not shown)
        more = len(jobs) - len(shown)
        self._running_more.setText(self.tr("and {n} more").format(n=more))
        self._running_more.setVisible(more > 0)

    # While you were away

    def _is_watched(self) -> bool:
        window = self.window()
        return window.isVisible() and window.isActiveWindow()

    def look(self, moment: datetime) -> None:
        """The user looks at the window: what ends from now on is seen as it happens."""
        self._preferences.last_looked = moment

    def _ask_missed(self) -> None:
        since = self._since
        if since is None:
            self._since = words.now()
            return

        def keep(page: JobPage) -> None:
            found = [job for job in page.items if job.ended_at and job.ended_at > since and job.id not in self._seen]
            self._missed = found[:MOST_MISSED]
            self._show_missed()

        self._asking.call(
            lambda: self._backend.api.jobs(states=sorted(ENDED), sort="ended", limit=MOST_MISSED * 2),
            keep,
            lambda _problem: None,
        )
        from desktop.client.schedules import ScheduleCalls

        calls = ScheduleCalls(self._backend.api)
        call(self, lambda: calls.missed(since), self._know_missed_runs, lambda _problem: None)

    def _know_missed_runs(self, runs: "list[Run]") -> None:
        self._missed_runs = runs[:MOST_MISSED]
        self._show_missed()

    def _forget_missed(self) -> None:
        self._seen |= {job.id for job in self._missed}
        self._since = words.now()
        self._missed = []
        self._missed_runs = []
        self._show_missed()

    def _show_missed(self) -> None:
        clear(self._missed_box)
        for job in self._missed:
            self._missed_box.addWidget(MissedRow(job, self._backend, self._doer, self.job_asked.emit))
        if self._missed_runs:
            from desktop.ui.schedules.missed import MissedRun

            for run in self._missed_runs:
                self._missed_box.addWidget(MissedRun(run, self.schedules_asked.emit))
        self._missed_frame.setVisible(bool(self._missed or self._missed_runs))


class RunningRow(QWidget):
    """One running job, live."""

    def __init__(self, job: Job, backend: Backend, doer: Doer, opened: Callable[[int], object]) -> None:
        super().__init__()
        self.job = job
        self._backend = backend
        self._doer = doer
        self._picture = QLabel()
        self._name = _job_link(job, opened)
        self._doing = label(tone="muted", points=-1)
        self.bar = Bar()
        self._left = label(tone="muted", points=-1, wrap=False)
        self._left.setMinimumWidth(130)
        self._left.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._stop = button(deed_words(Deed.STOP), self._stop_it, icon_name="square")
        self._pause = button("", self._pause_it, icon_name="pause")
        text = QVBoxLayout()
        text.setSpacing(1)
        text.addWidget(self._name)
        text.addWidget(self._doing)
        progress = QVBoxLayout()
        progress.setSpacing(2)
        progress.addStretch(1)
        progress.addWidget(self.bar)
        progress.addWidget(self._left)
        progress.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 4)
        layout.setSpacing(12)
        layout.addWidget(self._picture)
        layout.addLayout(text, 3)
        layout.addLayout(progress, 2)
        layout.addWidget(self._pause)
        layout.addWidget(self._stop)

    def _stop_it(self) -> None:
        self._doer.do(Deed.STOP, [self.job])

    def _pause_it(self) -> None:
        self._doer.do(Deed.RESUME if self.job.state == "paused" else Deed.PAUSE, [self.job])

    def show_job(self, job: Job) -> None:
        """Its newest shape."""
        self.job = job
        picture = pixmap(self._backend.kind_icon(job.kind), tokens().color("muted"), 22, self.devicePixelRatioF())
        self._picture.setPixmap(picture)
        self._name.setText(job.name.replace("&", "&&"))
        paused = job.state == "paused"
        deed = Deed.RESUME if paused else Deed.PAUSE
        self._pause.setText(f" {deed_words(deed)}")
        self._pause.setIcon(icon(ICONS[deed]))
        self._pause.setAccessibleName(f"{deed_words(deed)}: {job.name}")
        self._stop.setAccessibleName(f"{deed_words(Deed.STOP)}: {job.name}")
        self._pause.setEnabled(job.wish is None)
        self._stop.setEnabled(job.wish != "stop")
        self.show_progress()

    def show_progress(self) -> None:
        """The live part."""
        job, progress = self.job, self.job.progress
        percent = words.percent_words(progress)
        tone = "warning" if job.state == "paused" else "accent"
        self.bar.show_progress(progress.fraction, percent or words.state_words(job), tone)
        left = words.time_words(job) if job.state == "running" else words.state_words(job)
        self._left.setText(" · ".join(part for part in (percent, left) if part))
        doing = words.doing_words(job) if job.wish is None else words.state_words(job)
        self._doing.setText(doing or words.state_words(job))


class MissedRow(QWidget):
    """One job that ended unseen, with its one best button."""

    def __init__(self, job: Job, backend: Backend, doer: Doer, opened: Callable[[int], object]) -> None:
        super().__init__()
        self._job = job
        self._backend = backend
        self._doer = doer
        self._opened = opened
        self._file: Artifact | None = None
        name, tone = words.STATE_ICONS.get(job.state, ("circle-dashed", "muted"))
        picture = QLabel()
        picture.setPixmap(pixmap(name, tokens().color(tone), 20, self.devicePixelRatioF()))
        text = QVBoxLayout()
        text.setSpacing(1)
        text.addWidget(_job_link(job, opened))
        said = [words.state_words(job), words.moment_words(job.ended_at), words.doing_words(job)]
        text.addWidget(label(" · ".join(part for part in said if part), "muted", points=-1))
        self.best = QPushButton()
        self.best.clicked.connect(lambda: self._do())
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(12)
        layout.addWidget(picture)
        layout.addLayout(text, 1)
        layout.addWidget(self.best)
        self._name_best()
        if job.state in ("succeeded", "warned"):
            call(self, lambda: backend.artifacts(job.id), self._know_files, lambda _problem: None)

    def _know_files(self, files: list[Artifact]) -> None:
        self._file = files[0] if files else None
        self._name_best()

    def _name_best(self) -> None:
        if self._file is not None:
            self.best.setText(self.tr("Open the result"))
        elif self._job.state == "failed":
            self.best.setText(deed_words(Deed.RETRY))
        elif self._job.state == "needs_user":
            self.best.setText(self.tr("See what to do"))
        else:
            self.best.setText(self.tr("Show"))
        self.best.setAccessibleName(f"{self.best.text()}: {self._job.name}")

    def _do(self) -> None:
        if self._file is not None:
            from pathlib import Path

            open_file(self, Path(self._file.path))
        elif self._job.state == "failed":
            self._doer.do(Deed.RETRY, [self._job], busy=self.best)
        else:
            self._opened(self._job.id)


def _job_link(job: Job, opened: Callable[[int], object]) -> QPushButton:
    made = button(job.name.replace("&", "&&"), lambda: opened(job.id), kind="name")
    made.setToolTip(job.name)
    return made

"""What happened while one was away, on Home: jobs that ended unseen and runs that were missed."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.client.schedules import Run, ScheduleCalls
from desktop.client.shapes import Artifact, Job, JobPage
from desktop.state.jobs import Changes
from desktop.state.standing import ENDED, Deed
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest, call
from desktop.ui.details.files import open_file
from desktop.ui.icons import pixmap
from desktop.ui.jobs.deeds import Doer, deed_words
from desktop.ui.pieces import button, clear, label, section
from desktop.ui.running_now import job_link
from desktop.ui.theme import tokens

MOST_MISSED = 8


class WhileAway(QWidget):
    """Hidden while there is nothing to tell. `asked` carries the number of a job to show.

    `refused` carries the runs, not told before, that could not be started.
    """

    asked = Signal(int)
    schedules_asked = Signal()
    refused = Signal(object)

    def __init__(self, backend: Backend, doer: Doer, since: datetime | None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._doer = doer
        self._since = since
        self._asking = Latest(self)
        self._missed: list[Job] = []
        self._missed_runs: list[Run] = []
        self._told_runs: set[int] = set()
        self._seen: set[int] = set()
        self._box = QVBoxLayout()
        self._box.setContentsMargins(16, 8, 16, 8)
        self._box.setSpacing(8)
        self.forget = button(self.tr("I have seen it"), self._forget_missed, kind="link")
        section(self, self.tr("While you were away"), self._box, self.forget)
        self.hide()
        backend.changed.connect(self._changed)

    def _changed(self, changes: Changes) -> None:
        for job in changes.ended:
            self._seen.discard(job.id)
            if not self._is_watched():
                self._missed = [job, *(one for one in self._missed if one.id != job.id)][:MOST_MISSED]
                self._show_missed()
        if changes.saved and not changes.reset:
            # A schedule was due: after a sleep, say, when nobody could look in time.
            self._ask_missed_runs()
        if changes.reset:
            self._ask_missed()
        elif any(job.id in changes.changed or job.id in changes.removed for job in self._missed):
            self._missed = [changes.changed.get(job.id, job) for job in self._missed if job.id not in changes.removed]
            self._missed = [job for job in self._missed if job.state in ENDED]
            self._show_missed()

    def _is_watched(self) -> bool:
        window = self.window()
        return window.isVisible() and window.isActiveWindow()

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
        self._ask_missed_runs()

    def _ask_missed_runs(self) -> None:
        if (since := self._since) is not None:
            self._backend.ask(lambda: ScheduleCalls(self._backend.api).missed(since), self._know_missed_runs)

    def _know_missed_runs(self, runs: list[Run]) -> None:
        if new := [run for run in runs if run.problem is not None and run.id not in self._told_runs]:
            self._told_runs |= {run.id for run in new}
            self.refused.emit(new)
        if runs[:MOST_MISSED] != self._missed_runs:
            self._missed_runs = runs[:MOST_MISSED]
            self._show_missed()

    def _forget_missed(self) -> None:
        self._seen |= {job.id for job in self._missed}
        self._since = words.now()
        self._missed = []
        self._missed_runs = []
        self._show_missed()

    def _show_missed(self) -> None:
        clear(self._box)
        for job in self._missed:
            self._box.addWidget(MissedRow(job, self._backend, self._doer, self.asked.emit))
        if self._missed_runs:
            from desktop.ui.schedules.missed import MissedRun

            for run in self._missed_runs:
                self._box.addWidget(MissedRun(run, self.schedules_asked.emit))
        self.setVisible(bool(self._missed or self._missed_runs))


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
        text.addWidget(job_link(job, opened))
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
            open_file(self, Path(self._file.path))
        elif self._job.state == "failed":
            self._doer.do(Deed.RETRY, [self._job], busy=self.best)
        else:
            self._opened(self._job.id)

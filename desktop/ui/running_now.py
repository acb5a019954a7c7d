"""What is running, on Home: a row each, live."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.client.shapes import Job
from desktop.state.jobs import Changes
from desktop.state.standing import RUNNING, Deed
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.bars import Bar
from desktop.ui.icons import icon, pixmap
from desktop.ui.jobs.deeds import ICONS, Doer, deed_words
from desktop.ui.pieces import button, label, section, take_out
from desktop.ui.theme import tokens

MOST_RUNNING = 6


class RunningNow(QWidget):
    """The first few of them. `asked` carries the number of a job to show, or 0 for all."""

    asked = Signal(int)

    def __init__(self, backend: Backend, doer: Doer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._doer = doer
        self.rows: dict[int, RunningRow] = {}
        self._is_stale = False
        self._box = QVBoxLayout()
        self._box.setContentsMargins(16, 10, 16, 10)
        self._box.setSpacing(6)
        self._none = label(self.tr("Nothing is running at the moment."), "muted")
        self._box.addWidget(self._none)
        self._more = button("", lambda: self.asked.emit(0), kind="link")
        self._more.hide()
        section(self, self.tr("Running now"), self._box).addWidget(self._more)
        backend.changed.connect(self._changed)
        backend.job_types_known.connect(self._show_pictures)
        self._show()

    def _show_pictures(self) -> None:
        for row in self.rows.values():
            row.show_job(row.job)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_stale:
            self._show()

    def _changed(self, changes: Changes) -> None:
        if not self.isVisible():
            self._is_stale = True
            return
        for number, progress in changes.progressed.items():
            if row := self.rows.get(number):
                row.job.progress = progress
                row.show_progress()
        if changes.reset or changes.changed or changes.removed:
            self._show()

    def _show(self) -> None:
        self._is_stale = False
        jobs = [job for job in self._backend.jobs.active.values() if job.state in RUNNING]
        jobs.sort(key=lambda job: (job.started_at or job.created_at, job.id))
        shown = {job.id: job for job in jobs[:MOST_RUNNING]}
        for number in self.rows.keys() - shown.keys():
            row = self.rows.pop(number)
            take_out(row, self._box)
        for number, job in shown.items():
            row = self.rows.get(number)
            if row is None:
                row = self.rows[number] = RunningRow(job, self._backend, self._doer, self.asked.emit)
                self._box.addWidget(row)
            row.show_job(job)
        self._none.setVisible(not shown)
        more = len(jobs) - len(shown)
        self._more.setText(self.tr("and {n} more").format(n=more))
        self._more.setVisible(more > 0)


class RunningRow(QWidget):
    """One running job, live."""

    def __init__(self, job: Job, backend: Backend, doer: Doer, opened: Callable[[int], object]) -> None:
        super().__init__()
        self.job = job
        self._backend = backend
        self._doer = doer
        self._picture = QLabel()
        self._name = job_link(job, opened)
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


def job_link(job: Job, opened: Callable[[int], object]) -> QPushButton:
    """A job's name, which opens it."""
    made = button(job.name.replace("&", "&&"), lambda: opened(job.id), kind="name")
    made.setToolTip(job.name)
    return made

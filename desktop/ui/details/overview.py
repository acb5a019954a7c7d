"""The overview: how the job stands, what went wrong and what to do, what came of it."""

from datetime import datetime

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.client.drafts import Draft
from desktop.client.shapes import Job, JobDetail, Progress
from desktop.state.measures import took
from desktop.state.standing import Deed, possible
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.bars import Bar
from desktop.ui.details.chain import Chain
from desktop.ui.details.files import ResultFiles
from desktop.ui.icons import pixmap
from desktop.ui.jobs.deeds import ICONS, Doer, deed_words
from desktop.ui.pieces import WrappedRow, button, card, clear, label
from desktop.ui.theme import tokens

SHORT = {
    Deed.PAUSE,
    Deed.RESUME,
    Deed.STOP,
    Deed.RETRY,
    Deed.CHANGE,
    Deed.TOP,
}
"""The deeds that are offered as buttons, in this order, as far as they are possible."""


class Overview(QWidget):
    """One job for people."""

    def __init__(self, backend: Backend, doer: Doer) -> None:
        super().__init__()
        self._backend = backend
        self._doer = doer
        self._job: Job | None = None
        self._picture = QLabel()
        self._picture.setFixedSize(20, 20)
        self._state = label(bold=True)
        self._bar = Bar()
        self._percent = label(wrap=False)
        self._doing = label(tone="muted")
        self._buttons = WrappedRow()
        self._problem = ProblemCard(doer)
        self._summary = label()
        self._summary.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._warnings = QVBoxLayout()
        self.files = ResultFiles()
        self.undo_button = button("", self._undo, icon_name="history")
        self._undoing: Draft | None = None
        self.chain = Chain(doer)
        self._facts = QFormLayout()
        self._facts.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._facts.setHorizontalSpacing(16)
        self._facts.setVerticalSpacing(4)
        self._lay_out()
        self._offer_undo(None)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        head.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._state, 1)
        self._progress = QWidget()
        row = QHBoxLayout(self._progress)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._bar, 1)
        row.addWidget(self._percent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 12, 6, 0)
        layout.setSpacing(10)
        layout.addLayout(head)
        layout.addWidget(self._progress)
        layout.addWidget(self._doing)
        layout.addWidget(self._problem)
        layout.addWidget(self._summary)
        layout.addLayout(self._warnings)
        layout.addLayout(self._buttons)
        layout.addWidget(self.undo_button, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self.chain)
        layout.addWidget(self.files)
        layout.addLayout(self._facts)
        layout.addStretch(1)

    def forget(self) -> None:
        """Another job comes."""
        self._job = None
        self.files.show_files([])
        self.chain.show_chain(None)
        self._offer_undo(None)

    def _offer_undo(self, undo: Draft | None) -> None:
        self._undoing = undo
        title = self._backend.kind_title(undo.kind) if undo else ""
        self.undo_button.setText(f" {title}")
        self.undo_button.setAccessibleName(title)
        self.undo_button.setVisible(undo is not None)

    def _undo(self) -> None:
        if self._undoing is not None:
            self._doer.undo(self._undoing, self.undo_button)

    def show_job(self, job: Job) -> None:
        """What the row of the list knows."""
        self._job = job
        name, tone = words.STATE_ICONS.get(job.state, ("circle-dashed", "muted"))
        self._picture.setPixmap(pixmap(name, tokens().color(tone), 18, self.devicePixelRatioF()))
        self._state.setText(words.state_words(job))
        live = job.state in ("running", "paused")
        self._progress.setVisible(live)
        self._doing.setVisible(live)
        self._problem.show_problem(job)
        self._summary.setText(job.summary)
        self._summary.setVisible(bool(job.summary))
        self._show_warnings(job)
        self._show_buttons(job)
        self._show_facts(job)
        if live:
            self.show_progress(job.progress)

    def show_detail(self, detail: JobDetail) -> None:
        """Everything."""
        self.show_job(detail.job)
        self.files.show_files(detail.artifacts)
        self.chain.show_chain(detail)
        self._offer_undo(detail.undo)

    def show_progress(self, progress: Progress) -> None:
        """The live part alone."""
        if self._job is None:
            return
        self._job.progress = progress
        percent = words.percent_words(progress)
        tone = "accent" if self._job.state == "running" else "warning"
        self._bar.show_progress(progress.fraction, percent or self.tr("Under way"), tone)
        self._percent.setText(percent)
        parts = [
            progress.message,
            words.amount_words(progress),
            words.rate_words(progress) if self._job.state == "running" else "",
            words.time_words(self._job),
        ]
        self._doing.setText(" · ".join(part for part in parts if part))

    def _show_warnings(self, job: Job) -> None:
        clear(self._warnings)
        for text in job.warnings:
            row = QHBoxLayout()
            sign = QLabel()
            sign.setPixmap(pixmap("triangle-alert", tokens().color("warning"), 16, self.devicePixelRatioF()))
            sign.setAccessibleName(self.tr("Remark"))
            row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label(text), 1)
            self._warnings.addLayout(row)

    def _show_buttons(self, job: Job) -> None:
        offered = [deed for deed in Deed if deed in SHORT and possible(job, deed)]
        if job.state == "succeeded":
            offered.insert(0, Deed.RERUN)
        if job.problem is not None and job.state in ("failed", "needs_user"):
            offered = []
        told = [deed.value for deed in offered]
        if self._buttons.count() and self._buttons.property("told") == told:
            return
        self._buttons.setProperty("told", told)
        clear(self._buttons)
        for deed in offered[:3]:
            text = self.tr("Run again") if deed is Deed.RERUN else deed_words(deed)
            made = button(text, icon_name=ICONS[deed], hint=deed_words(deed))
            made.clicked.connect(lambda _on=False, deed=deed: self._job and self._doer.do(deed, [self._job]))
            self._buttons.addWidget(made)

    def _show_facts(self, job: Job) -> None:
        while self._facts.rowCount():
            self._facts.removeRow(0)
        present = words.now()
        seconds = took(job.started_at, job.ended_at, present)
        rows: list[tuple[str, datetime | str | None]] = [
            (self.tr("Added"), job.created_at),
            (self.tr("Started"), job.started_at),
            (self.tr("Ended"), job.ended_at),
            (self.tr("Took"), words.span_words(seconds) if seconds is not None and job.ended_at else None),
            (self.tr("Tries again"), job.not_before if job.state == "waiting" else None),
            (self.tr("Run"), str(job.attempt) if job.attempt > 1 else None),
            (self.tr("Number"), f"#{job.id}"),
        ]
        for name, value in rows:
            if value is not None:
                text = words.moment_words(value, present) if isinstance(value, datetime) else value
                self._facts.addRow(label(name, "muted", wrap=False), label(text))


class ProblemCard(QWidget):
    """What happened, what to do, and a button that does it."""

    def __init__(self, doer: Doer) -> None:
        super().__init__()
        self._doer = doer
        self._job: Job | None = None
        frame = card("problem")
        self._sign = QLabel()
        self._message = label(bold=True)
        self._hint = label()
        self.retry = button(deed_words(Deed.RETRY), lambda: self._do(Deed.RETRY), icon_name="rotate-cw", kind="primary")
        self.change = button(deed_words(Deed.CHANGE), lambda: self._do(Deed.CHANGE), icon_name="pencil")
        text = QVBoxLayout()
        text.addWidget(self._message)
        text.addWidget(self._hint)
        # One below the other: side by side they would be wider than the pane at its usual width.
        for one in (self.retry, self.change):
            # Without an alignment the words above would get no more room than the buttons take.
            text.addWidget(one, 0, Qt.AlignmentFlag.AlignLeft)
        inner = QHBoxLayout(frame)
        inner.setContentsMargins(12, 12, 12, 12)
        inner.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        inner.addLayout(text, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(frame)
        self.hide()

    def _do(self, deed: Deed) -> None:
        if self._job is not None:
            self._doer.do(deed, [self._job], busy=self.retry)

    def show_problem(self, job: Job) -> None:
        """Shows the job's problem, or nothing."""
        self._job = job
        problem = job.problem
        self.setVisible(problem is not None)
        if problem is None:
            return
        self._sign.setPixmap(pixmap("circle-alert", tokens().color("danger"), 18, self.devicePixelRatioF()))
        self._message.setText(problem.message)
        self._hint.setText(problem.hint)
        self._hint.setVisible(bool(problem.hint))
        self.retry.setVisible(possible(job, Deed.RETRY))
        self.change.setVisible(possible(job, Deed.CHANGE))

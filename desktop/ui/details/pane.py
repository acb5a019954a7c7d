"""The details of what is chosen: overview, log, answers and timeline of one job, or what can be done with several."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.client.shapes import Job, JobDetail
from desktop.state.jobs import Changes
from desktop.state.standing import ENDED, Deed, doable
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest
from desktop.ui.details.answers import Answers
from desktop.ui.details.log_view import LogView
from desktop.ui.details.overview import Overview
from desktop.ui.details.timeline import Timeline
from desktop.ui.jobs.deeds import ICONS, Doer, deed_words
from desktop.ui.pieces import WrappedRow, button, clear, label, scrolling
from desktop.ui.recipients.view import RecipientsView


class DetailsPane(QFrame):
    """Follows the job it shows."""

    job_asked = Signal(int)

    def __init__(self, backend: Backend, doer: Doer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setAccessibleName(self.tr("Details"))
        self._backend = backend
        self._doer = doer
        self._asking = Latest(self)
        self.job_id: int | None = None
        self.detail: JobDetail | None = None
        self.title = label(points=2, bold=True)
        self.kind = label(tone="muted")
        self.overview = Overview(backend, doer)
        self.overview.chain.job_asked.connect(self.job_asked)
        self.recipients = RecipientsView(backend, doer)
        self.log = LogView(backend)
        self.answers = Answers()
        self.timeline = Timeline()
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.tabBar().setDrawBase(False)
        self.tabs.setUsesScrollButtons(False)
        self.tabs.setAccessibleName(self.tr("What is shown of the job"))
        self.tabs.addTab(_see_through(self.overview), self.tr("Overview"))
        self.tabs.addTab(self.log, self.tr("Log"))
        self.tabs.addTab(_see_through(self.answers), self.tr("Answers"))
        self.tabs.addTab(_see_through(self.timeline), self.tr("Timeline"))
        self.tabs.addTab(self.recipients, self.tr("Letters"))
        self._offer_recipients(None)
        self.tabs.currentChanged.connect(lambda: self._feed_log())
        self.setFocusProxy(self.tabs.tabBar())
        self._nothing = label(self.tr("Choose a job to see what it does and what came of it."), "muted")
        self._nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._many = QWidget()
        self._many_layout = QVBoxLayout(self._many)
        self._many_layout.setContentsMargins(0, 0, 0, 0)
        one = QWidget()
        layout = QVBoxLayout(one)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.title)
        layout.addWidget(self.kind)
        layout.addSpacing(6)
        layout.addWidget(self.tabs, 1)
        self._stack = QStackedWidget()
        for page in (self._nothing, one, self._many):
            self._stack.addWidget(page)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(16, 14, 16, 12)
        outer.addWidget(self._stack)
        self.setMinimumSize(280, 150)
        backend.changed.connect(self._changed)

    def show_nothing(self) -> None:
        """No job is chosen."""
        self._let_go()
        self._stack.setCurrentIndex(0)

    def show_many(self, jobs: Sequence[Job]) -> None:
        """Several are chosen: what can be done with them together."""
        self._let_go()
        clear(self._many_layout)
        self._many_layout.addWidget(label(self.tr("{jobs} chosen").format(jobs=words.jobs_words(len(jobs))), bold=True))
        buttons = WrappedRow()
        for deed in Deed:
            fitting = doable(jobs, deed)
            if not fitting or deed in (Deed.CHANGE, Deed.UP, Deed.DOWN):
                continue
            text = f"{deed_words(deed)} ({len(fitting)})" if len(fitting) < len(jobs) else deed_words(deed)
            made = button(text, icon_name=ICONS[deed])
            made.clicked.connect(lambda _on=False, deed=deed, fitting=fitting: self._doer.do(deed, fitting))
            buttons.addWidget(made)
        self._many_layout.addLayout(buttons)
        self._many_layout.addStretch(1)
        self._stack.setCurrentIndex(2)

    def _let_go(self) -> None:
        self._asking.drop()
        self.job_id = self.detail = None
        self.log.show_log(None, 0)
        self.recipients.show_recipients(None)

    def show_job(self, job_id: int, job: Job | None = None) -> None:
        """One job; what is known of it at once, the rest when the answer is there."""
        if job_id != self.job_id:
            self._let_go()
            self.job_id = job_id
            self.overview.forget()
        if job is not None:
            self._show_head(job)
            self.overview.show_job(job)
            self._stack.setCurrentIndex(1)
        self._ask()

    def _show_head(self, job: Job) -> None:
        self.title.setText(job.name)
        said = [self._backend.kind_title(job.kind)]
        if job.schedule:
            said.append(self.tr("by the schedule “{name}”").format(name=job.schedule))
        if job.priority != "normal":
            said.append(self.tr("priority: {word}").format(word=words.priority_words(job.priority)))
        self.kind.setText(" · ".join(said))

    def _ask(self) -> None:
        if (number := self.job_id) is not None and self._backend.is_connected:
            self._asking.call(lambda: self._backend.api.job(number), self._show_detail, self._failed)

    def _show_detail(self, detail: JobDetail) -> None:
        self.detail = detail
        self._stack.setCurrentIndex(1)
        self._show_head(detail.job)
        self.overview.show_detail(detail)
        self.answers.show_answers(detail.params, self._schema(detail.job.kind))
        self.timeline.show_attempts(detail)
        self._offer_recipients(detail)
        self._feed_log()

    def _offer_recipients(self, detail: JobDetail | None) -> None:
        there = detail is not None and detail.has_recipients
        self.tabs.setTabVisible(self.tabs.indexOf(self.recipients), there)
        shown = detail.job if detail is not None and there else None
        self.recipients.show_recipients(shown and shown.id, over=shown is not None and shown.state in ENDED)

    def _schema(self, kind: str) -> dict[str, object]:
        return next((one.raw.get("params_schema") or {} for one in self._backend.job_types if one.name == kind), {})

    def _failed(self, problem: ApiError) -> None:
        if problem.status == 404:
            self.show_nothing()

    def _feed_log(self) -> None:
        if self.tabs.currentWidget() is self.log and self.detail is not None:
            self.log.show_log(self.detail.job.id, self.detail.job.attempt)

    def _changed(self, changes: Changes) -> None:
        if self.job_id is None:
            return
        if self.job_id in changes.removed:
            self.show_nothing()
        elif job := changes.changed.get(self.job_id):
            self._show_head(job)
            self.overview.show_job(job)
            self._ask()
        elif changes.reset or self._chain_changed(changes):
            self._ask()
        if progress := changes.progressed.get(self.job_id or 0):
            self.overview.show_progress(progress)
            if progress.unit in ("letters", "messages") and self.detail is not None and not self.detail.has_recipients:
                self._look_for_recipients()

    def _look_for_recipients(self) -> None:
        """A mailing that has just begun to send has a list of recipients now."""
        if not self._asking.busy:
            self._ask()

    def _chain_changed(self, changes: Changes) -> bool:
        """Whether a job before or after this one is not as it was."""
        links = [*self.detail.starts_after, *self.detail.followed_by] if self.detail else []
        return any(link.job in changes.removed or link.job in changes.changed for link in links)


def _see_through(widget: QWidget) -> QScrollArea:
    area = scrolling(widget)
    area.viewport().setAutoFillBackground(False)
    widget.setAutoFillBackground(False)
    return area

"""New job: choose a kind, then answer its form."""

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.client.shapes import Job, JobDetail, JobType
from desktop.state.references import holds_reference
from desktop.state.standing import ENDED, IN_CHAIN
from desktop.ui.backend import Backend
from desktop.ui.cards import KindCards
from desktop.ui.pieces import label, scrolling

if TYPE_CHECKING:
    from desktop.client.saved import SavedJob
    from desktop.ui.forms.page import NewJobPage


class NewJob(QStackedWidget):
    """The picker, and behind it the form, which is made when it is first needed."""

    started = Signal(object)
    cancelled = Signal()
    kept = Signal(object)
    changed = Signal(object)
    scheduled = Signal(object)

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self.form: NewJobPage | None = None
        self.cards = KindCards(self.open_kind)
        self._waiting = label(self.tr("The kinds of jobs appear here in a moment."), "muted")
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(28, 22, 28, 22)
        layout.setSpacing(14)
        layout.addWidget(label(self.tr("What would you like to get done?"), points=8, bold=True))
        layout.addWidget(self._waiting)
        layout.addWidget(self.cards)
        layout.addStretch(1)
        area = scrolling(page)
        self.addWidget(area)
        backend.job_types_known.connect(self._show_kinds)
        self._show_kinds()

    def _show_kinds(self) -> None:
        if kinds := self._backend.job_types:
            self._waiting.hide()
            self.cards.show_kinds(kinds)

    def pick(self) -> None:
        """Shows the kinds to choose from."""
        self.setCurrentIndex(0)
        if self.cards.cards:
            self.cards.cards[0].setFocus()

    def open_kind(self, kind: JobType, answers: dict[str, Any] | None = None) -> None:
        """A form of this kind, empty but for these answers."""
        self._form().open_form(kind.raw, answers)
        self.setCurrentIndex(1)

    def open_again(self, detail: JobDetail) -> bool:
        """The form with the answers of a job; False where this kind is not known any more."""
        kind = next((one for one in self._backend.job_types if one.name == detail.job.kind), None)
        if kind is None:
            return False
        # Files that another job was to make are not there to be chosen again.
        answers = {name: value for name, value in detail.params.items() if not holds_reference(value)}
        form = self._form()
        form.open_form(kind.raw, answers, detail.job.name)
        waiting = [link.name for link in detail.followed_by if not link.settled and link.state in IN_CHAIN]
        if waiting and detail.job.state in ENDED:
            form.stand_in_for(detail.job.id, waiting)
        self.setCurrentIndex(1)
        return True

    def edit(self, saved: "SavedJob") -> bool:
        """The form with the answers of a saved job, to be saved over; False where this kind is not known here."""
        draft = saved.draft
        kind = next((one for one in self._backend.job_types if one.name == draft.kind), None)
        if kind is None:
            return False
        form = self._form()
        form.open_form(kind.raw, draft.params, saved.name, draft.priority, draft.follow_ups)
        self.keeping.edit(saved)
        self.setCurrentIndex(1)
        return True

    def _form(self) -> "NewJobPage":
        if self.form is None:
            from desktop.ui.asker import BackendAsker
            from desktop.ui.following.asking import Following
            from desktop.ui.forms.page import NewJobPage
            from desktop.ui.letters.asking import FormLetters
            from desktop.ui.saved.keeping import Keeping
            from desktop.ui.schedules.asking import FormScheduling

            self.form = NewJobPage(BackendAsker(self._backend), self)
            self.form.started.connect(self._started)
            self.form.cancelled.connect(self.cancelled)
            self._backend.accounts_changed.connect(self.form.refresh_offers)
            self.letters = FormLetters(self._backend, self.form)
            self.keeping = Keeping(self._backend, self.form)
            self.keeping.kept.connect(self.kept)
            self.keeping.changed.connect(self.changed)
            self.scheduling = FormScheduling(self._backend, self.form)
            self.scheduling.made.connect(self.scheduled)
            self.following = Following(self._backend, self.form)
            self.addWidget(self.form)
        return self.form

    def _started(self, view: dict[str, Any]) -> None:
        job = Job.read(view)
        self._backend.take(job)
        self.started.emit(job)

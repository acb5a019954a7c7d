"""The page *New job*: the form, the rehearsal beside it, and the footer."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QMessageBox,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.client.drafts import Draft, FollowUp
from desktop.ui.following.chain import FormChain
from desktop.ui.forms.asker import Asker, Errand, Trouble
from desktop.ui.forms.footer import Footer
from desktop.ui.forms.form import JobForm
from desktop.ui.forms.look import FORM_WIDTH, GAP, Words
from desktop.ui.forms.notices import Notice
from desktop.ui.forms.offers import OfferKeeper
from desktop.ui.forms.rehearsal import RehearsalPanel
from desktop.ui.forms.schema import read_fields
from desktop.ui.forms.taborder import mend_tab_order
from desktop.ui.pieces import take_out

REHEARSAL_DELAY_MS: Final = 400
NARROW: Final = 860
NAMED_AT_MOST: Final = 3


class NewJobPage(QWidget):
    """Asks for a job's answers and starts it. `started` carries the new job (`JobView` as JSON).

    `opened`: another form is shown.
    """

    started = Signal(dict)
    opened = Signal()
    cancelled = Signal()

    def __init__(self, asker: Asker, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._asker = asker
        self._kind = ""
        self._can_rehearse = False
        self._opened_with: dict[str, Any] = {}
        self._follow_ups_then: list[FollowUp] = []
        self._instead_of: int | None = None
        self._tried = False
        self.form: JobForm | None = None
        self.chain: FormChain | None = None
        self._keeper: OfferKeeper | None = None
        self.question: QMessageBox | None = None
        self._tab_timer = QTimer(self, singleShot=True, interval=0)
        self._tab_timer.timeout.connect(lambda: mend_tab_order(self))
        self._rehearsing = Errand(self)
        self._starting = Errand(self)
        self._rehearsal_timer = QTimer(self, singleShot=True, interval=REHEARSAL_DELAY_MS)
        self._rehearsal_timer.timeout.connect(self._rehearse)
        self.title = Words("", points=6, bold=True)
        self.summary = Words("", "muted")
        self.followers = Words("", "muted")
        for words in (self.title, self.summary):
            words.setMinimumHeight(words.fontMetrics().height())
        self.card = Notice("danger")
        self.panel = RehearsalPanel()
        self.footer = Footer()
        self._rehearsing.busy_changed.connect(self.panel.set_working)
        self._starting.busy_changed.connect(self.footer.set_busy)
        self.panel.again.connect(self._try_again)
        self.panel.fold_changed.connect(self._share_room)
        self.footer.start.connect(self._start)
        self.footer.cancel.connect(self._cancel)
        self._build()

    def _build(self) -> None:
        self._inside = QWidget()
        column = QVBoxLayout(self._inside)
        column.setContentsMargins(0, 0, 12, GAP)
        column.setSpacing(2 * GAP)
        column.addWidget(self.card)
        column.addStretch(1)
        self._column = column
        centred = QWidget()
        across = QHBoxLayout(centred)
        across.setContentsMargins(0, 0, 0, 0)
        across.addWidget(self._inside, 1)
        self._inside.setMaximumWidth(FORM_WIDTH + 12)
        # Qt else takes the height that wrapped words would have in the narrowest form, and leaves a blank tail.
        centred.setMinimumHeight(1)
        self.scroller = QScrollArea()
        self.scroller.setWidget(centred)
        self.scroller.setWidgetResizable(True)
        self.scroller.setFrameShape(QFrame.Shape.NoFrame)
        self.scroller.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.scroller.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.setSpacing(12)
        self._body.addWidget(self.scroller, 3)
        self._body.addWidget(self.panel, 2)
        heading = QVBoxLayout()
        heading.setSpacing(2)
        heading.addWidget(self.title)
        heading.addWidget(self.summary)
        heading.addWidget(self.followers)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 16, 24, 16)
        layout.setSpacing(2 * GAP)
        layout.addLayout(heading)
        layout.addLayout(self._body, 1)
        layout.addWidget(self.footer)

    def add_below(self, chain: FormChain) -> None:
        """Puts what follows the job below the form."""
        self.chain = chain
        self._column.insertWidget(self._column.count() - 1, chain)
        chain.changed.connect(self._tab_timer.start)

    def open_form(
        self,
        job_type: dict[str, Any],
        answers: dict[str, Any] | None = None,
        name: str = "",
        priority: str = "normal",
        follow_ups: Sequence[FollowUp] = (),
    ) -> None:
        """Shows the form of a job type (as `GET /job-types` gives it), with answers given earlier if any."""
        self.close_form()
        self._kind = str(job_type["name"])
        self._can_rehearse = bool(job_type.get("can_rehearse"))
        self._tried = False
        self.title.setText(str(job_type.get("title", self._kind)))
        self.summary.say(str(job_type.get("summary", "")))
        self._instead_of = None
        self.followers.say("")
        self.card.say("")
        self.panel.clear()
        self.panel.setVisible(self._can_rehearse)
        self.footer.reset(name, priority)
        form = JobForm(read_fields(job_type["params_schema"]))
        form.set_values(answers)
        self._column.insertWidget(1, form)
        self.form = form
        self._opened_with = form.values()
        self._follow_ups_then = list(follow_ups)
        if self.chain is not None:
            self.chain.show_all(self.title.text(), follow_ups)
        if job_type.get("has_options"):
            self._keeper = OfferKeeper(form, partial(self._asker.options, self._kind))
            self._keeper.refresh()
        form.changed.connect(self._on_change)
        form.structure_changed.connect(self._tab_timer.start)
        self._tab_timer.start()
        self.opened.emit()
        self.scroller.verticalScrollBar().setValue(0)
        self._share_room()
        self._on_change()
        first = form.book.first_focus()
        if first is not None:
            QTimer.singleShot(0, first, first.setFocus)

    def stand_in_for(self, job: int, names: Sequence[str]) -> None:
        """The form, just opened, is for a job in place of one that has ended; those that wait for it are called so."""
        self._instead_of = job
        if len(names) == 1:
            self.followers.say(
                self.tr("“{name}” waits for this job. It will follow when this one is started.").format(name=names[0])
            )
        elif names:
            self.followers.say(
                self.tr("{n} jobs wait for this one. They will follow when it is started.").format(n=len(names))
            )

    def close_form(self) -> None:
        """Removes the form and asks nothing more; `open_form` does it by itself."""
        self._rehearsal_timer.stop()
        self._rehearsing.drop()
        if self._keeper is not None:
            self._keeper.drop()
            self._keeper = None
        if self.form is not None:
            take_out(self.form, self._column)
            self.form = None

    def _on_change(self) -> None:
        self._rehearsing.drop()
        if self._can_rehearse:
            self._rehearsal_timer.start()

    def _rehearse(self) -> None:
        if self.form is None:
            return
        problems = self.form.problems()
        if not problems:
            question = partial(self._asker.rehearse, self._kind, self.form.values())
            self._rehearsing.ask(question, self._rehearsed, self._not_rehearsed)
            return
        missing = [problem.title for problem in problems if problem.missing]
        wrong = {problem.path: problem.sentence for problem in problems if not problem.missing or self._tried}
        self.form.show_problems(wrong)
        if missing:
            named = missing[:NAMED_AT_MOST] + ["..."] * (len(missing) > NAMED_AT_MOST)
            bullets = "".join(f"\n  \u2022  {title}" for title in named)
            self.panel.show_needed(
                self.tr("To see what would happen, fill in:") + bullets,
                self.tr("Fill in: {fields}").format(fields=", ".join(named)),
            )
        else:
            words = self.tr("Correct the marked answers to see what would happen.")
            self.panel.show_needed(words, words)

    def _rehearsed(self, found: Mapping[str, Any]) -> None:
        self.panel.show_rehearsal(found)
        if self.form is not None:
            # What was said at one field may have been mended in another.
            self.form.clear_problems()

    def _not_rehearsed(self, trouble: Trouble) -> None:
        if self.form is None:
            return
        self.form.clear_problems()
        answers = self.form.values()
        if trouble.fields and not self._tried and all(_is_empty(answers, path) for path in trouble.fields):
            # What is only empty is no mistake yet.
            said = list(trouble.fields.values())
            bullets = "".join(f"\n  \u2022  {sentence}" for sentence in said)
            self.panel.show_needed(self.tr("To see what would happen:") + bullets, " ".join(said))
            return
        self.panel.show_trouble(trouble)
        self.form.show_problems(trouble.fields)

    def refresh_offers(self) -> None:
        """Asks anew what can be picked, as after an account was made."""
        if self._keeper is not None:
            self._keeper.refresh()

    def _try_again(self) -> None:
        self.refresh_offers()
        self._rehearse()

    @property
    def kind(self) -> str:
        """The job type whose form is shown."""
        return self._kind

    def checked_answers(self) -> dict[str, Any] | None:
        """The answers; None where something is wrong, which is then said at its field."""
        if self.form is None:
            return None
        self._tried = True
        self.card.say("")
        self.form.clear_problems()
        problems = self.form.problems()
        if problems:
            self._show_fields({problem.path: problem.sentence for problem in problems})
            return None
        return self.form.values()

    @property
    def _follow_ups(self) -> list[FollowUp]:
        return self.chain.follow_ups if self.chain is not None else []

    def checked_draft(self) -> Draft | None:
        """The answers with what follows; None where an answer is wrong, which is then said at its field."""
        answers = self.checked_answers()
        if answers is None:
            return None
        return Draft(self._kind, answers, self.footer.job_priority(), list(self._follow_ups), self._instead_of)

    def _start(self) -> None:
        if self._starting.busy or (draft := self.checked_draft()) is None:
            return
        question = partial(self._asker.start, draft, self.footer.job_name())
        self._starting.ask(question, self.started.emit, self.show_trouble)

    def show_trouble(self, trouble: Trouble) -> None:
        """Says why the job could not be started or kept: at the fields that it is about, else above the form."""
        fields = dict(trouble.fields)
        if self.chain is not None and len(rest := self.chain.show_problems(fields)) < len(fields):
            fields = rest
            QTimer.singleShot(0, self.chain, partial(self.scroller.ensureWidgetVisible, self.chain))
        leftover = self._show_fields(fields) if fields else {}
        if trouble.fields and not leftover:
            return
        hint = " ".join([trouble.hint, *leftover.values()]).strip()
        self.card.say(trouble.message, hint)
        QTimer.singleShot(0, self.card, lambda: self.scroller.ensureWidgetVisible(self.card))

    def _show_fields(self, fields: Any) -> dict[str, str]:
        if self.form is None:
            return dict(fields)
        first, leftover = self.form.show_problems(fields)
        if first is not None:
            first.setFocus()
            QTimer.singleShot(0, first, partial(self.scroller.ensureWidgetVisible, first, 50, 90))
        return leftover

    def _is_changed(self) -> bool:
        assert self.form is not None
        return self.form.values() != self._opened_with or self._follow_ups != self._follow_ups_then

    def _cancel(self) -> None:
        if self.form is None or not self._is_changed():
            self.cancelled.emit()
            return
        question = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("New job"),
            self.tr("Leave this form? The answers you gave will be lost."),
            parent=self,
        )
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        leave = question.addButton(self.tr("Leave"), QMessageBox.ButtonRole.DestructiveRole)
        stay = question.addButton(self.tr("Keep editing"), QMessageBox.ButtonRole.RejectRole)
        question.setDefaultButton(stay)
        question.setEscapeButton(stay)
        leave.clicked.connect(self.cancelled)
        self.question = question
        question.open()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        narrow = self.width() < NARROW
        down = QBoxLayout.Direction.TopToBottom
        self._body.setDirection(down if narrow else QBoxLayout.Direction.LeftToRight)
        self.panel.set_compact(narrow)
        policy = QSizePolicy.Policy
        self.panel.setSizePolicy(policy.Preferred, policy.Fixed if self.panel.folded else policy.Expanding)
        self._body.setStretch(1, 0 if self.panel.folded else 5 if narrow else 2)


def _is_empty(answers: Mapping[str, Any], path: str) -> bool:
    """Whether nothing is answered there yet; what is wrong inside an answer is not empty."""
    return "." not in path and answers.get(path) in (None, "", [])

"""Who has got the letter: how many, each one with the server's words, a filter and a search. Live while it is sent."""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.state.jobs import Changes
from desktop.state.recipients import STATES, Wanted
from desktop.ui import words as common_words
from desktop.ui.backend import Backend
from desktop.ui.forms.combo import QuietCombo
from desktop.ui.icons import icon
from desktop.ui.jobs.deeds import Doer
from desktop.ui.pieces import button, label, scrolling, tool
from desktop.ui.recipients import words
from desktop.ui.recipients.deeds import Saving, UnknownCard
from desktop.ui.recipients.model import RecipientsModel
from desktop.ui.recipients.rows import ROW_HEIGHT, RecipientRows

RENEW_EVERY = 700
SEEN_AFTER = 120
SEARCH_AFTER = 250
LEAST_ROWS = 4


class RecipientsView(QWidget):
    """The recipients of one job. Asks for nothing while it is not seen."""

    def __init__(self, backend: Backend, doer: Doer, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._doer = doer
        self._job: int | None = None
        self._counts: dict[str, int] = {}
        self._over = False
        self._passing = False
        self.model = RecipientsModel(backend, self)
        self.rows = RecipientRows(self.model)
        self.summary = label()
        self.summary.setAccessibleName(self.tr("How many recipients there are in each state"))
        self.note = label(tone="muted", points=-1)
        self.note.hide()
        self.whole = label(points=-1)
        self.whole.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.whole.hide()
        self.unknown = UnknownCard(backend, self)
        self.unknown.said.connect(self._say)
        self.unknown.decided.connect(lambda: self._renew_soon(0))
        self.saving = Saving(backend, self, self._say)
        self.again_button = button(self.tr("Send again to those refused..."), self._send_again, icon_name="send")
        self.again_button.setToolTip(self.tr("A new mailing with the same letter. You see what it would do first."))
        self.again_button.hide()
        self.save_button = tool(self.tr("Save the list..."), "download", self._save)
        self.filter = QuietCombo()
        self.filter.setAccessibleName(self.tr("Which recipients are shown"))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search"))
        self.search.setAccessibleName(self.tr("Search addresses, names and answers"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self._renew_timer = QTimer(self, singleShot=True)
        self._renew_timer.timeout.connect(self._renew)
        self._search_timer = QTimer(self, singleShot=True, interval=SEARCH_AFTER)
        self._search_timer.timeout.connect(self._show)
        self._lay_out()
        self._fill_filter()
        self.filter.activated.connect(self._show)
        self.search.textChanged.connect(lambda: self._search_timer.start())
        self.rows.chosen_changed.connect(self._show_whole)
        self.rows.seen_changed.connect(lambda: self._renew_soon(SEEN_AFTER))
        self.model.counted.connect(self._show_counts)
        self.model.failed.connect(self._failed)
        self.model.modelReset.connect(self._say_when_empty)
        backend.changed.connect(self._changed)

    def _lay_out(self) -> None:
        asking = QHBoxLayout()
        asking.setSpacing(8)
        asking.addWidget(self.filter, 1)
        asking.addWidget(self.search, 1)
        asking.addWidget(self.save_button)
        inside = QWidget()
        layout = QVBoxLayout(inside)
        layout.setContentsMargins(0, 12, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.summary)
        layout.addWidget(self.unknown)
        layout.addLayout(asking)
        layout.addWidget(self.note)
        layout.addWidget(self.rows, 1)
        layout.addWidget(self.whole)
        layout.addWidget(self.again_button)
        # Where the pane is low, all of it scrolls, and the list keeps some rows.
        self.rows.setMinimumHeight(LEAST_ROWS * ROW_HEIGHT)
        area = scrolling(inside)
        area.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)

    def show_recipients(self, job: int | None, *, over: bool = False) -> None:
        """Those of a job, or of none; what can be decided is offered once the job is `over`."""
        self._over = over
        if job == self._job:
            self._show_unknown()
            return
        self._job = job
        self._counts = {}
        self.summary.clear()
        self.search.clear()
        self._search_timer.stop()
        self.filter.setCurrentIndex(0)
        self._fill_filter()
        self._show()

    def wanted(self) -> Wanted | None:
        """What filter and search ask for."""
        state = self.filter.currentData()
        if self._job is None:
            return None
        return Wanted(self._job, (state,) if state else (), self.search.text().strip())

    def _show(self) -> None:
        self.note.hide()
        wanted = self.wanted()
        if wanted is None or self.isVisible():
            self.model.show(wanted)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.model.wanted != self.wanted():
            self._show()
        else:
            self._renew_soon(0)

    # What goes on

    def _changed(self, changes: Changes) -> None:
        if self._job is not None and (changes.reset or self._job in changes.progressed or self._job in changes.changed):
            self._renew_soon(RENEW_EVERY)

    def _renew_soon(self, milliseconds: int) -> None:
        if self.isVisible() and not self._renew_timer.isActive():
            self._renew_timer.start(milliseconds)

    def _renew(self) -> None:
        if self.isVisible():
            self.model.renew(*self.rows.seen())

    def _show_counts(self, counts: dict[str, int]) -> None:
        if self._passing:
            self.note.hide()
        self._say_when_empty()
        changed, self._counts = counts != self._counts, counts
        self._show_whole()
        if changed:
            self.summary.setText(words.counts_words(counts))
            self._fill_filter()

    def _show_whole(self) -> None:
        """The one that is chosen, with all that the server said."""
        chosen = self.rows.chosen()
        self.whole.setText(words.tip_words(chosen[0]) if len(chosen) == 1 else "")
        self.whole.setVisible(len(chosen) == 1)
        self._show_unknown()

    def _send_again(self) -> None:
        """The form with the same answers, but for whom the letter goes to."""
        if self._job is not None:
            self._doer.change_with_asked.emit(self._job, {"again_of": self._job})

    def _show_unknown(self) -> None:
        self.again_button.setVisible(self._over and bool(self._counts.get("refused")))
        chosen = [one.id for one in self.rows.chosen() if one.state == "unknown"]
        self.unknown.show_unknown(self._job, self._counts.get("unknown", 0), chosen, over=self._over)

    def _fill_filter(self) -> None:
        """All, and each state that there is; the one that is chosen stays."""
        chosen = self.filter.currentData()
        there = [state for state in STATES if self._counts.get(state) or state == chosen]
        known = [self.filter.itemData(row) for row in range(self.filter.count())]
        if known != [None, *there]:
            self.filter.clear()
            for state in (None, *there):
                self.filter.addItem("", state)
            self.filter.setCurrentIndex(max(0, self.filter.findData(chosen) if chosen else 0))
        for row, state in enumerate((None, *there)):
            count = self._counts.get(state, 0) if state else sum(self._counts.values())
            name = words.state_name(state) if state else self.tr("All")
            self.filter.setItemText(row, f"{name} ({common_words.number_words(count)})")

    def _say_when_empty(self) -> None:
        if self.model.rowCount() == 0 and self._counts:
            self._say(self.tr("Nobody here fits."), passing=True)

    def _save(self) -> None:
        if (wanted := self.wanted()) is not None:
            self.saving.ask(wanted, self.save_button)

    def _say(self, text: str, *, passing: bool = False) -> None:
        """`passing`: until there is an answer to another question."""
        self._passing = passing
        self.note.setText(text)
        self.note.show()

    def _failed(self, problem: ApiError) -> None:
        self._say(" ".join(common_words.problem_words(problem)).strip(), passing=True)

"""Asks for one follow-up: which kind of job, when, and its form, whose files may come from the steps before."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.client.drafts import FollowUp
from desktop.client.shapes import JobType
from desktop.ui.asker import BackendAsker
from desktop.ui.backend import Backend
from desktop.ui.following.source import TAKING, taking_from, with_results
from desktop.ui.forms.accounts import MakesAccounts
from desktop.ui.forms.combo import QuietCombo
from desktop.ui.forms.form import JobForm
from desktop.ui.forms.offers import OfferKeeper
from desktop.ui.forms.schema import read_fields
from desktop.ui.forms.taborder import mend_tab_order
from desktop.ui.pieces import button, label, scrolling, take_out

WIDTH: Final = 720
HEIGHT: Final = 700


class FollowUpDialog(QDialog):
    """`decided` carries the follow-up. `steps` are the names of the steps before it."""

    decided = Signal(object)

    def __init__(
        self, backend: Backend, steps: Sequence[str], over: QWidget, follow_up: FollowUp | None = None
    ) -> None:
        super().__init__(over.window())
        self._backend = backend
        self._steps = list(steps)
        self._main = over.window()
        self._kinds = _in_order(backend.job_types)
        self._keeper: OfferKeeper | None = None
        self.form: JobForm | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(self.tr("Then"))
        self.kind = QuietCombo()
        self.kind.setAccessibleName(self.tr("What is to be done then"))
        for kind in self._kinds:
            self.kind.addItem(kind.title, kind.name)
        self.when = QuietCombo()
        self.when.setAccessibleName(self.tr("When it is done"))
        before = self._steps[-1]
        self.when.addItem(self.tr("if “{name}” succeeds").format(name=before), "succeeded")
        self.when.addItem(self.tr("if “{name}” fails").format(name=before), "failed")
        self.when.addItem(self.tr("in any case"), "ended")
        self.name_edit = QLineEdit()
        self.name_edit.setPlaceholderText(self.tr("Name of this step (optional)"))
        self.name_edit.setAccessibleName(self.tr("Name of this step"))
        self.name_edit.setMaxLength(200)
        self.add_button = button(self.tr("Change") if follow_up else self.tr("Add"), self.add, kind="primary")
        self.cancel_button = button(self.tr("Cancel"), self.reject)
        self._tab_timer = QTimer(self, singleShot=True, interval=0)
        self._tab_timer.timeout.connect(lambda: mend_tab_order(self))
        self._lay_out()
        if follow_up is not None:
            known = self.kind.findData(follow_up.kind)
            self.kind.setCurrentIndex(max(0, known))
            follow_up = follow_up if known >= 0 else replace(follow_up, params={})
            self.when.setCurrentIndex(self.when.findData(follow_up.when))
            self.name_edit.setText(follow_up.name)
        self._show_form(follow_up.params if follow_up else None)
        self.kind.currentIndexChanged.connect(lambda: self._show_form(None))
        backend.accounts_changed.connect(self._refresh_offers)

    def _lay_out(self) -> None:
        top = QGridLayout()
        top.setHorizontalSpacing(10)
        top.setVerticalSpacing(8)
        rows: list[tuple[str, QWidget]] = [
            (self.tr("What"), self.kind),
            (self.tr("When"), self.when),
            (self.tr("Name"), self.name_edit),
        ]
        for row, (words, widget) in enumerate(rows):
            top.addWidget(label(words, wrap=False), row, 0)
            top.addWidget(widget, row, 1)
        top.setColumnStretch(1, 1)
        self.summary = label(tone="muted")
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(24, 20, 16, 12)
        self._column.setSpacing(12)
        self._column.addLayout(top)
        self._column.addWidget(self.summary)
        self._column.addStretch(1)
        self.area = scrolling(inside)
        feet = QHBoxLayout()
        feet.setContentsMargins(24, 10, 24, 16)
        feet.addStretch(1)
        feet.addWidget(self.cancel_button)
        feet.addWidget(self.add_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.area, 1)
        layout.addLayout(feet)
        self.add_button.setDefault(True)
        self.cancel_button.setAutoDefault(False)
        room = self.screen().availableSize()
        self.resize(min(WIDTH, room.width() - 40), min(HEIGHT, room.height() - 80))

    def _show_form(self, answers: Mapping[str, Any] | None) -> None:
        self._drop_form()
        kind = self._kinds[self.kind.currentIndex()]
        self.summary.setText(kind.summary)
        specs = read_fields(kind.raw["params_schema"])
        form = self.form = JobForm(specs, make=taking_from(self._steps))
        form.set_values(answers if answers is not None else with_results(specs, len(self._steps) - 1))
        self._column.insertWidget(2, form)
        if kind.raw.get("has_options"):
            asker = BackendAsker(self._backend)
            self._keeper = OfferKeeper(form, partial(asker.options, kind.name))
            self._keeper.refresh()
        form.structure_changed.connect(self._tab_timer.start)
        self._tab_timer.start()

    def _drop_form(self) -> None:
        if self._keeper is not None:
            self._keeper.drop()
            self._keeper = None
        if self.form is not None:
            take_out(self.form, self._column)
            self.form = None

    def _refresh_offers(self) -> None:
        if self._keeper is not None:
            self._keeper.refresh()

    def make_account(self, kinds: tuple[str, ...], done: Callable[[int, str], None]) -> None:
        """Asks for a new account, as the window does."""
        if isinstance(self._main, MakesAccounts):
            self._main.make_account(kinds, done)

    def show_problems(self, fields: Mapping[str, str]) -> None:
        """Shows sentences at their fields, as those that the backend found."""
        assert self.form is not None
        first, _leftover = self.form.show_problems(fields)
        if first is not None:
            first.setFocus()
            QTimer.singleShot(0, first, partial(self.area.ensureWidgetVisible, first, 50, 90))

    def add(self) -> None:
        """Hands the follow-up over, if the form is filled in."""
        assert self.form is not None
        self.form.clear_problems()
        if problems := self.form.problems():
            self.show_problems({problem.path: problem.sentence for problem in problems})
            return
        kind, when = str(self.kind.currentData()), str(self.when.currentData())
        self.decided.emit(FollowUp(kind, self.form.values(), self.name_edit.text().strip(), when))
        self.accept()

    def done(self, result: int) -> None:
        self._drop_form()
        super().done(result)


def _in_order(kinds: Sequence[JobType]) -> list[JobType]:
    """Those that take files first."""
    return sorted(kinds, key=lambda kind: not any(s.kind in TAKING for s in read_fields(kind.raw["params_schema"])))

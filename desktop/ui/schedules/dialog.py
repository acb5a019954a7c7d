"""Asking when a saved job runs: the rule as a form, and beside it, live, its words and its next five times."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.client.schedules import Ahead, Schedule, ScheduleCalls
from desktop.state.rules import answers_of, rule_of, wrong_clocks
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest, call
from desktop.ui.forms.form import JobForm
from desktop.ui.forms.notices import Notice
from desktop.ui.forms.schema import read_fields
from desktop.ui.pieces import button, card, label, scrolling
from desktop.ui.schedules.questions import schema

WIDTH: Final = 900
HEIGHT: Final = 720
PREVIEW_DELAY_MS: Final = 200

Keep = Callable[[str, Mapping[str, Any], str, str], Coroutine[Any, Any, Schedule]]
"""Keeps a schedule: name of the saved job, rule, what becomes of missed runs, and of overlapping ones."""


class ScheduleDialog(QDialog):
    """`saved` carries the schedule once the backend has it. `name` is asked for only where it is given."""

    saved = Signal(object)

    def __init__(
        self,
        backend: Backend,
        keep: Keep,
        countries: Sequence[str],
        parent: QWidget,
        schedule: Schedule | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._keep = keep
        self._rule = schedule.rule if schedule else None
        self._looking = Latest(self)
        self._timer = QTimer(self, singleShot=True, interval=PREVIEW_DELAY_MS)
        self._timer.timeout.connect(self._preview)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(self.tr("Change schedule") if schedule else self.tr("Schedule"))
        self.name_edit = QLineEdit(name or "")
        self.name_edit.setAccessibleName(self.tr("What you call it"))
        self.name_edit.setMaxLength(200)
        self.name_edit.setMaximumWidth(360)
        self.form = JobForm(read_fields(schema(countries)))
        self.form.set_values(self._shown(schedule) if schedule else None)
        self.trouble = Notice("danger")
        self.said = label(bold=True)
        self.times = label("", "muted")
        self.save_button = button(self.tr("Save"), self.save, kind="primary")
        self.cancel_button = button(self.tr("Cancel"), self.reject)
        self._lay_out(asks_name=name is not None)
        self.form.changed.connect(self._timer.start)
        self._preview()

    def _shown(self, schedule: Schedule) -> dict[str, Any]:
        return {**answers_of(schedule.rule), "missed": schedule.missed, "overlap": schedule.overlap}

    def _lay_out(self, *, asks_name: bool) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 20, 12, 12)
        column.setSpacing(12)
        column.addWidget(self.trouble)
        if asks_name:
            column.addWidget(label(self.tr("What you call it"), bold=True))
            column.addWidget(self.name_edit)
        column.addWidget(self.form)
        column.addStretch(1)
        self.area = scrolling(inside)
        ahead = card()
        ahead.setFixedWidth(250)
        beside = QVBoxLayout(ahead)
        beside.setContentsMargins(16, 14, 16, 14)
        beside.setSpacing(10)
        for part in (self.said, label(self.tr("Next times"), points=-0.5, bold=True), self.times):
            beside.addWidget(part)
        beside.addStretch(1)
        body = QHBoxLayout()
        body.setContentsMargins(0, 0, 24, 0)
        body.addWidget(self.area, 5)
        right = QVBoxLayout()
        right.setContentsMargins(0, 20, 0, 12)
        right.addWidget(ahead)
        body.addLayout(right)
        feet = QHBoxLayout()
        feet.setContentsMargins(24, 10, 24, 16)
        feet.addStretch(1)
        feet.addWidget(self.cancel_button)
        feet.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addLayout(body, 1)
        layout.addLayout(feet)
        self.save_button.setDefault(True)
        self.cancel_button.setAutoDefault(False)
        room = self.screen().availableSize()
        self.resize(min(WIDTH, room.width() - 40), min(HEIGHT, room.height() - 80))

    def _checked(self) -> dict[str, Any] | None:
        self.form.clear_problems()
        answers = self.form.values()
        wrong = {problem.path: problem.sentence for problem in self.form.problems()}
        for name in wrong_clocks(answers):
            wrong[name] = self.tr("Write a time of day like 18:00.")
        if wrong:
            self._point_at(wrong)
        return None if wrong else answers

    def _point_at(self, fields: Mapping[str, str]) -> str:
        first, leftover = self.form.show_problems(fields)
        if first is not None:
            QTimer.singleShot(0, first, partial(self.area.ensureWidgetVisible, first, 50, 90))
        return " ".join(leftover.values())

    def _preview(self) -> None:
        answers = self._checked()
        if answers is None:
            self._looking.drop()
            self._say(self.tr("Correct the marked answers to see the next times."), "")
            return
        rule = rule_of(answers, self._rule)
        self._looking.call(
            lambda: ScheduleCalls(self._backend.api).preview(rule),
            self._show,
            lambda problem: self._say(" ".join(problem.fields.values()) or words.problem_words(problem)[0], ""),
        )

    def _show(self, ahead: Ahead) -> None:
        lines = [words.moment_words(one.at) for one in ahead.next]
        if any(one.moved for one in ahead.next):
            lines.append(self.tr("The clocks are changed in between: a time that they skip comes right after."))
        self._say(ahead.words, "\n".join(lines) or self.tr("None. With these answers it would never run."))

    def _say(self, sentence: str, times: str) -> None:
        self.said.setText(sentence)
        self.times.setText(times)

    def save(self) -> None:
        """Lets the backend keep the schedule, then closes."""
        self.trouble.say("")
        answers = self._checked()
        if answers is None:
            return
        rule = rule_of(answers, self._rule)
        name = self.name_edit.text().strip()

        def done(schedule: Schedule) -> None:
            self.saved.emit(schedule)
            self.accept()

        call(
            self,
            lambda: self._keep(name, rule, answers["missed"], answers["overlap"]),
            done,
            self._tell,
            busy=self.save_button,
        )

    def _tell(self, problem: ApiError) -> None:
        message, hint = words.problem_words(problem)
        leftover = self._point_at(problem.fields) if problem.fields else ""
        self.trouble.say(message, " ".join(part for part in (hint, leftover) if part != message).strip())
        self.area.ensureWidgetVisible(self.trouble)

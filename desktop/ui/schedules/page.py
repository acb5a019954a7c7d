"""Schedules: when saved jobs run by themselves, what comes next, and what came of the last run."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.client.schedules import Run, Schedule, ScheduleCalls
from desktop.client.shapes import Job
from desktop.state.jobs import Changes
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest, call
from desktop.ui.icons import icon, pixmap
from desktop.ui.pieces import button, label, page_column, take_out, tool
from desktop.ui.removing import ask_to_remove
from desktop.ui.schedules.asking import Scheduling
from desktop.ui.schedules.waiting import waiting_words
from desktop.ui.theme import tokens

WIDTH = 860


class ScheduleCard(QFrame):
    """One schedule, and what can be done with it. It stays while its schedule does: the keyboard's focus stays, too."""

    def __init__(self, page: "SchedulesPage", schedule: Schedule) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.schedule = schedule
        self._backend = page.backend
        self._picture = QLabel()
        self._name = label(bold=True)
        self.when = label()
        self.ahead = label("", "muted", points=-0.5)
        self.came = label("", "muted", points=-0.5)
        self.pause_button = button(page.tr("Go on"), lambda: page.pause(self), icon_name="play")
        self.run_button = button(page.tr("Run now"), lambda: page.run(self), icon_name="zap")
        self.change_button = button(page.tr("Change"), lambda: page.change(self), icon_name="pencil")
        self.remove_button = tool("", "trash-2", lambda: page.ask(self))
        text = QVBoxLayout()
        text.setSpacing(3)
        for part in (self._name, self.when, self.ahead, self.came):
            text.addWidget(part)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 14, 14, 14)
        layout.setSpacing(10)
        layout.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(text, 1)
        layout.addWidget(self.remove_button, 0, Qt.AlignmentFlag.AlignTop)
        deeds = QHBoxLayout()
        deeds.setSpacing(8)
        for widget in (self.pause_button, self.run_button, self.change_button):
            deeds.addWidget(widget)
        deeds.addStretch(1)
        text.addSpacing(5)
        text.addLayout(deeds)
        self.show_schedule(schedule)

    def show_schedule(self, schedule: Schedule) -> None:
        """Its newest shape."""
        self.schedule = schedule
        tone = tokens().color("muted" if schedule.paused else "accent")
        kind_icon = self._backend.kind_icon(schedule.kind)
        self._picture.setPixmap(pixmap(kind_icon, tone, 24, self.devicePixelRatioF()))
        self._name.setText(schedule.name)
        self.when.setText(schedule.words)
        self.ahead.setText(self._ahead_words())
        self.came.setText(self._came_words())
        self.pause_button.setText(f" {self.tr('Go on') if schedule.paused else self.tr('Pause')}")
        self.pause_button.setIcon(icon("play" if schedule.paused else "pause"))
        for one in (self.pause_button, self.run_button, self.change_button):
            one.setAccessibleName(f"{one.text().strip()}: {schedule.name}")
        removing = self.tr("Remove {name}").format(name=schedule.name)
        self.remove_button.setAccessibleName(removing)
        self.remove_button.setToolTip(removing)

    def _ahead_words(self) -> str:
        if self.schedule.paused:
            return self.tr("Paused: it does not run by itself.")
        times = " · ".join(words.moment_words(one.at) for one in self.schedule.next)
        return self.tr("Next: {times}").format(times=times) if times else self.tr("It does not come again.")

    def _came_words(self) -> str:
        if self.schedule.waiting is not None:
            return waiting_words(self.schedule.waiting)
        last: Run | None = self.schedule.last
        if last is None:
            return self.tr("It has not run yet.")
        if last.problem is not None:
            came = last.problem.message
        else:
            came = words.state_name(last.job_state) if last.job_state else self.tr("no longer on the list")
        return self.tr("Last: {moment}, {came}").format(moment=words.moment_words(last.due_at), came=came)


class SchedulesPage(QWidget):
    """A card each."""

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.backend = backend
        self.cards: dict[int, ScheduleCard] = {}
        self.question: QMessageBox | None = None
        self.scheduling = Scheduling(backend, self)
        self._looking = Latest(self)
        self.empty = label(
            self.tr("Nothing is scheduled yet. Fill in the form of a job and choose Schedule... below it."), "muted"
        )
        self._trouble = label(tone="danger")
        self._trouble.hide()
        self._box = QVBoxLayout()
        self._box.setSpacing(10)
        column = page_column(self, WIDTH)
        for part in (label(self.tr("Schedules"), points=8, bold=True), self._trouble, self.empty):
            column.addWidget(part)
        column.addLayout(self._box)
        column.addStretch(1)
        backend.connected.connect(self.look)
        backend.changed.connect(self._changed)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look()

    def _changed(self, changes: Changes) -> None:
        if changes.saved and self.isVisible():
            self.look()

    def look(self) -> None:
        """Asks for them anew."""
        if self.backend.is_connected:
            self._looking.call(lambda: ScheduleCalls(self.backend.api).all(), self._show, self._fail)

    def _show(self, found: list[Schedule]) -> None:
        self._trouble.hide()
        before, self.cards = self.cards, {}
        for place, schedule in enumerate(found):
            card = before.pop(schedule.id, None)
            if card is None:
                card = ScheduleCard(self, schedule)
            else:
                card.show_schedule(schedule)
            self.cards[schedule.id] = card
            if self._box.indexOf(card) != place:
                self._box.insertWidget(place, card)
        for gone in before.values():
            take_out(gone, self._box)
        self.empty.setVisible(not found)

    def _fail(self, problem: ApiError) -> None:
        self._trouble.setText(" ".join(words.problem_words(problem)).strip())
        self._trouble.show()

    def pause(self, one: ScheduleCard) -> None:
        """Pauses it, or lets it go on."""
        calls = ScheduleCalls(self.backend.api)
        number, paused = one.schedule.id, not one.schedule.paused
        call(
            self,
            lambda: calls.change(number, paused=paused),
            lambda _changed: self.look(),
            self._fail,
            one.pause_button,
        )

    def run(self, one: ScheduleCard) -> None:
        """Queues its job now."""
        number = one.schedule.id
        call(self, lambda: ScheduleCalls(self.backend.api).run(number), self._ran, self._fail, one.run_button)

    def _ran(self, jobs: list[Job]) -> None:
        for job in jobs:
            self.backend.take(job)
        self.look()

    def change(self, one: ScheduleCard) -> None:
        """Asks for another rule."""
        self.scheduling.change(one.schedule, one.change_button)

    def ask(self, one: ScheduleCard) -> None:
        """Asks before it is removed."""
        number = one.schedule.id
        calls = ScheduleCalls(self.backend.api)
        self.question = ask_to_remove(
            self,
            self.tr("Remove the schedule of “{name}”?").format(name=one.schedule.name),
            self.tr("It does not run by itself any more. The saved job stays on Home."),
            lambda: call(self, lambda: calls.remove(number), lambda _nothing: self.look(), self._fail),
        )

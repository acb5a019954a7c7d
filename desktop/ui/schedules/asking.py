"""*Schedule...*: from a form's answers, for a saved job, or of a schedule that is there."""

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.client.saved import SavedCalls, SavedJob
from desktop.client.schedules import Schedule, ScheduleCalls
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.forms.page import NewJobPage
from desktop.ui.schedules.dialog import Keep, ScheduleDialog


class Scheduling(QObject):
    """Opens the dialog. `made` carries the schedule."""

    made = Signal(object)

    def __init__(self, backend: Backend, parent: QWidget) -> None:
        super().__init__(parent)
        self._backend = backend
        self._over = parent
        self.dialog: ScheduleDialog | None = None

    def for_answers(self, name: str, save: Callable[[SavedCalls, str], Any], busy: QWidget | None = None) -> None:
        """For answers that `save` keeps as a saved job of the name that is asked for."""
        kept: list[SavedJob] = []

        async def keep(name: str, rule: Mapping[str, Any], missed: str, overlap: str) -> Schedule:
            if not kept:
                kept.append(await save(SavedCalls(self._backend.api), name))
            return await ScheduleCalls(self._backend.api).make(kept[0].id, rule, missed, overlap)

        self._open(keep, name=name, busy=busy)

    def for_saved(self, saved: SavedJob, busy: QWidget | None = None) -> None:
        """For a job that is saved."""

        async def keep(_name: str, rule: Mapping[str, Any], missed: str, overlap: str) -> Schedule:
            return await ScheduleCalls(self._backend.api).make(saved.id, rule, missed, overlap)

        self._open(keep, busy=busy)

    def change(self, schedule: Schedule, busy: QWidget | None = None) -> None:
        """Another rule for one that is there."""

        async def keep(_name: str, rule: Mapping[str, Any], missed: str, overlap: str) -> Schedule:
            calls = ScheduleCalls(self._backend.api)
            return await calls.change(schedule.id, rule=rule, missed=missed, overlap=overlap)

        self._open(keep, schedule=schedule, busy=busy)

    def _open(
        self, keep: Keep, schedule: Schedule | None = None, name: str | None = None, busy: QWidget | None = None
    ) -> None:
        def show(countries: list[str]) -> None:
            dialog = self.dialog = ScheduleDialog(self._backend, keep, countries, self._over, schedule, name)
            dialog.saved.connect(self.made)
            dialog.open()

        call(self, lambda: ScheduleCalls(self._backend.api).countries(), show, busy=busy)


class FormScheduling(Scheduling):
    """Puts its button into the footer of a form."""

    def __init__(self, backend: Backend, page: NewJobPage) -> None:
        super().__init__(backend, page)
        self._page = page
        self.button = QPushButton(self.tr("Schedule..."))
        self.button.setToolTip(self.tr("Keep these answers, and have them run by themselves at certain times"))
        self.button.clicked.connect(self._ask)
        page.footer.add_button(self.button)

    def _ask(self) -> None:
        page = self._page
        draft = page.checked_draft()
        if draft is None:
            return
        self.for_answers(
            page.footer.job_name() or page.title.text(), lambda calls, name: calls.save(name, draft), busy=self.button
        )

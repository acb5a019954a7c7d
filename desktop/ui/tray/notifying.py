"""Tells the user, wherever she is on the desktop, that a job needs her, or is done, if she wants to know."""

from collections.abc import Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QSystemTrayIcon, QWidget

from desktop.client.problems import CHAIN_BROKEN
from desktop.client.schedules import Run
from desktop.client.shapes import Job
from desktop.state.jobs import Changes
from desktop.state.standing import NEEDS_YOU
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.home import SCHEDULES
from desktop.ui.icons import app_icon
from desktop.ui.preferences import Preferences
from desktop.ui.tray.bus import BusNotifier, NoNotifications

NAMED_AT_MOST = 3
_DONE = frozenset({"succeeded", "warned"})


class Notifier(QObject):
    """Speaks only while the window is not in use. `asked`: this job is to be shown; 0: the list; or `SCHEDULES`."""

    asked = Signal(int)
    told = Signal(str, str)

    def __init__(
        self, backend: Backend, preferences: Preferences, window: QWidget, tray: QSystemTrayIcon | None
    ) -> None:
        super().__init__(window)
        self._preferences = preferences
        self._window = window
        self._tray = tray
        self._about = 0
        self._bus = BusNotifier(self.asked.emit)
        if tray is not None:
            tray.messageClicked.connect(lambda: self.asked.emit(self._about))
        backend.changed.connect(self._changed)

    def end(self) -> None:
        """Nothing is told any more."""
        self._bus.end()

    def _changed(self, changes: Changes) -> None:
        if self._window.isActiveWindow():
            return
        # What waits in vain for a job that failed is told with that one.
        needing = [
            job
            for job in changes.ended
            if job.state in NEEDS_YOU and not (job.problem and job.problem.code == CHAIN_BROKEN)
        ]
        done = [job for job in changes.ended if job.state in _DONE]
        if needing and self._preferences.tells_of_needs:
            self._tell(self._needing_words(needing), _number(needing), is_urgent=True)
        if done and self._preferences.tells_of_success:
            self._tell(self._done_words(done), _number(done))

    def tell_refused(self, runs: Sequence[Run]) -> None:
        """Tells of scheduled runs that could not be started."""
        if self._window.isActiveWindow() or not self._preferences.tells_of_needs:
            return
        for run in runs[:NAMED_AT_MOST]:
            title = self.tr("“{name}” could not be started").format(name=run.name)
            why = f"{run.problem.message} {run.problem.hint}".strip() if run.problem else ""
            self._tell((title, why), SCHEDULES, is_urgent=True)

    def _needing_words(self, jobs: Sequence[Job]) -> tuple[str, str]:
        if len(jobs) > 1:
            return self.tr("{n} jobs need you").format(n=len(jobs)), _names(jobs)
        job = jobs[0]
        title = self.tr("“{name}” did not succeed") if job.state == "failed" else self.tr("“{name}” needs you")
        why = f"{job.problem.message} {job.problem.hint}".strip() if job.problem else job.summary
        return title.format(name=job.name), why

    def _done_words(self, jobs: Sequence[Job]) -> tuple[str, str]:
        if len(jobs) > 1:
            return self.tr("{n} jobs are done").format(n=len(jobs)), _names(jobs)
        return self.tr("“{name}” is done").format(name=jobs[0].name), jobs[0].summary

    def _tell(self, said: tuple[str, str], number: int, *, is_urgent: bool = False) -> None:
        title, text = said
        self.told.emit(title, text)
        if self._tray is not None:
            self._about = number
            self._tray.showMessage(title, text, app_icon())
            return
        if is_urgent:
            QApplication.alert(self._window)
        call(self, lambda: self._tell_on_bus(title, text, number))

    async def _tell_on_bus(self, title: str, text: str, number: int) -> None:
        try:
            await self._bus.show(title, text, number)
        except NoNotifications:
            # The window's own mark in the list of windows has to do.
            QApplication.alert(self._window)


def _number(jobs: Sequence[Job]) -> int:
    return jobs[0].id if len(jobs) == 1 else 0


def _names(jobs: Sequence[Job]) -> str:
    named = [job.name for job in jobs[:NAMED_AT_MOST]]
    return ", ".join(named) + (" ..." if len(jobs) > NAMED_AT_MOST else "")

"""Closing and quitting: jobs go on unless the user says otherwise, and she is told."""

from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QMessageBox, QSystemTrayIcon, QWidget

from desktop.client.problems import ApiError
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.icons import app_icon
from desktop.ui.preferences import Preferences

if TYPE_CHECKING:
    from desktop.client.api import Leave
    from desktop.ui.tray.icon import Tray

HOST_ENDS_WITHIN = 15.0
"""Seconds for which the program waits, out of sight, for the host that was told to end."""


class Answer(Enum):
    """What is to become of jobs that have not ended."""

    FINISH = "finish"
    PAUSE = "pause"
    STOP = "stop"


class Leaving(QObject):
    """Owns the tray icon, and asks what must be asked. `left` comes when the program may end."""

    left = Signal()
    opened = Signal()

    def __init__(self, backend: Backend, preferences: Preferences, window: QWidget, *, use_tray: bool = True) -> None:
        super().__init__(window)
        self._backend = backend
        self._preferences = preferences
        self._window = window
        self.question: QMessageBox | None = None
        self.tray: Tray | None = None
        self.is_leaving = False
        self.host_ends_within = HOST_ENDS_WITHIN
        if use_tray and QSystemTrayIcon.isSystemTrayAvailable():
            self._make_tray()

    def _make_tray(self) -> None:
        from desktop.ui.tray.icon import Tray

        self.tray = Tray(self._backend, self)
        self.tray.opened.connect(self.opened)
        self.tray.quit_asked.connect(self.quit)
        self.tray.show()

    @property
    def _active(self) -> int:
        return len(self._backend.jobs.active)

    def close(self) -> bool:
        """The window is to close. Returns whether it may at once: hidden to the tray, or for good."""
        if self.is_leaving:
            return True
        if self.tray is not None:
            self._tell_once()
            return True
        if self._active:
            self._say_that_jobs_go_on()
            return False
        self._leave_with_host()
        return True

    def _tell_once(self) -> None:
        if self._preferences.told_of_tray or self.tray is None:
            return
        self._preferences.told_of_tray = True
        self.tray.showMessage(
            self.tr("Deskhand goes on here"),
            self.tr("Jobs keep running while the window is closed. Click the picture to open it again."),
            app_icon(),
        )

    def _say_that_jobs_go_on(self) -> None:
        box = self._box()
        box.setIcon(QMessageBox.Icon.Information)
        box.setText(self.tr("{jobs} will go on in the background").format(jobs=words.jobs_words(self._active)))
        box.setInformativeText(self.tr("Open Deskhand again at any time to see how they are doing."))
        close = box.addButton(self.tr("Close the window"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Keep it open"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(close)
        close.clicked.connect(self._leave)
        box.open()

    def quit(self) -> None:
        """Ends the program; with jobs that have not ended, asks what becomes of them."""
        if not self._active:
            self._leave_with_host()
            return
        if self.question is not None:
            self.question.raise_()
            return
        box = self._box()
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("{jobs} have not ended yet").format(jobs=words.jobs_words(self._active)))
        box.setInformativeText(
            self.tr(
                "Let them finish in the background, pause them until you open Deskhand again, or stop them for good?"
            )
        )
        role = QMessageBox.ButtonRole
        finish = box.addButton(self.tr("Finish in the background"), role.AcceptRole)
        pause = box.addButton(self.tr("Pause them"), role.AcceptRole)
        stop = box.addButton(self.tr("Stop them"), role.DestructiveRole)
        box.addButton(self.tr("Do not quit"), role.RejectRole)
        box.setDefaultButton(finish)
        finish.clicked.connect(lambda: self._answered(Answer.FINISH))
        pause.clicked.connect(lambda: self._answered(Answer.PAUSE))
        stop.clicked.connect(lambda: self._answered(Answer.STOP))
        if not self._window.isVisible():
            self.opened.emit()
        box.open()

    def _box(self) -> QMessageBox:
        box = self.question = QMessageBox(self._window)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.finished.connect(self._closed)
        return box

    def _closed(self) -> None:
        self.question = None

    def _answered(self, answer: Answer) -> None:
        self._leave_after(answer.value)

    def end_now(self) -> None:
        """The system asks for the end, and nobody can be asked back: what runs goes on at the next start."""
        if self.is_leaving:
            self._leave()
        else:
            self._leave_after("pause", is_final=True)

    def _leave_with_host(self) -> None:
        """No job is left: a host that a window started goes with it; one that something else started stays."""
        launcher = self._backend.launcher
        is_ours = launcher is not None and (
            not self._backend.is_connected or launcher.launched(self._backend.api.announcement.pid)
        )
        if is_ours:
            self._leave_after("finish", is_final=True)
        else:
            self._leave()

    def _leave_after(self, how: "Leave", *, is_final: bool = False) -> None:
        """Has the host end, and leaves; unless `is_final`, a host that does not listen keeps the window open."""
        # Ending takes a moment, which nobody wants to watch.
        self._window.hide()
        self.is_leaving = True
        if not self._backend.is_connected:
            self._leave_with_deaf_host()
            return

        def failed(problem: ApiError) -> None:
            if is_final:
                self._leave_with_deaf_host()
                return
            if how == "finish":
                self._leave()
                return
            self.is_leaving = False
            self._window.show()
            if hasattr(self._window, "show_problem"):
                self._window.show_problem(problem)  # type: ignore[attr-defined]

        call(self, lambda: self._stop_host(how), lambda _nothing: self._leave(), failed)

    def _leave_with_deaf_host(self) -> None:
        self._backend.end()
        if self._backend.launcher is not None:
            self._backend.launcher.end()
        self._leave()

    async def _stop_host(self, how: "Leave") -> None:
        api = self._backend.api
        await api.stop_host(how)
        if how != "finish" or not self._active:
            # Whoever goes on listening would start the next host.
            self._backend.end()
            await api.announcement.gone(self.host_ends_within)

    def _leave(self) -> None:
        self.is_leaving = True
        self._window.hide()
        if self.tray is not None:
            self.tray.hide()
        self._preferences.flush()
        self.left.emit()

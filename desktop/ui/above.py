"""What is said above the pages: how the connection stands, what was done or could not be, a rescued record."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.ui.backend import Backend
from desktop.ui.banner import Banner
from desktop.ui.record_notice import RecordNotice
from desktop.ui.words import problem_words

SAID_FOR = 12
USUAL_START = 3000
"""Milliseconds: only a start that takes longer is told above the page, which would else move down and up again."""


class Above(QWidget):
    """Takes no room while nothing is said. `waits` is what the window waits for, in two words."""

    waits = Signal(str)

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self.standing = Banner(closable=False, parent=self)
        self.notice = Banner(closable=True, parent=self)
        self.rescue = RecordNotice(backend, self)
        self._banners = (self.standing, self.notice, self.rescue)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 0)
        layout.setSpacing(8)
        for banner in self._banners:
            layout.addWidget(banner)
            banner.installEventFilter(self)
        self._begins = ""
        self._late = QTimer(self, singleShot=True, interval=USUAL_START)
        self._late.timeout.connect(lambda: self.standing.say(self._begins))
        backend.phase_changed.connect(self._show_phase)
        backend.connected.connect(lambda: self.notice.hide() if self.notice.isVisible() else None)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.HideToParent, QEvent.Type.ShowToParent):
            self.setVisible(not all(banner.isHidden() for banner in self._banners))
        return False

    def say(self, message: str, hint: str = "", *, show: Callable[[], object] | None = None) -> None:
        """Says that something was done; `show` leads to it."""
        self.notice.say(message, hint, "info", self.tr("Show") if show else "", show, SAID_FOR)

    def say_unknown_kind(self) -> None:
        """Says that there is no form for this job."""
        self.notice.say(
            self.tr("This kind of job is not there any more."), self.tr("Start a new one of another kind."), "warning"
        )

    def show_problem(self, problem: ApiError) -> None:
        """Shows what could not be done."""
        message, hint = problem_words(problem)
        if problem.fields:
            hint = " ".join([hint, *problem.fields.values()]).strip()
        self.notice.say(message, hint, "danger", seconds=SAID_FOR * 2)

    def show_part(self, *, ready: bool) -> None:
        """Says that a part behind the window is being started again, until it is there."""
        if ready:
            self.standing.hide()
        else:
            self.standing.say(
                self.tr("A part that runs the jobs is being started again. No job is lost."), tone="warning"
            )

    def _show_phase(self, phase: object, problem: ApiError | None) -> None:
        # The connection is imported once it is begun.
        from desktop.client.connection import Phase

        self._late.stop()
        match phase:
            case Phase.READY:
                self.standing.hide()
            case Phase.STARTING:
                self._begin(self.tr("The part that runs the jobs is starting."))
            case Phase.JOINING:
                self._begin(self.tr("Waiting for the part that runs the jobs."))
            case Phase.LOST:
                self._wait_for(
                    self.tr("Connecting again..."),
                    self.tr("The part that runs the jobs has gone silent. What is shown may be a moment old."),
                )
            case Phase.RESTARTING:
                self._wait_for(
                    self.tr("Starting again..."),
                    self.tr("The part that runs the jobs ended unexpectedly. It is started again, and no job is lost."),
                )
            case _:
                message, hint = problem_words(problem) if problem else ("", "")
                self.waits.emit(self.tr("Not connected"))
                self.standing.say(message, hint, "danger", self.tr("Try again"), self._backend.try_again)

    def _begin(self, text: str) -> None:
        self.waits.emit(self.tr("Getting ready..."))
        self._begins = text
        if self.standing.isHidden():
            self._late.start()
        else:
            self.standing.say(text)

    def _wait_for(self, short: str, text: str) -> None:
        self.waits.emit(short)
        self.standing.say(text, tone="warning")

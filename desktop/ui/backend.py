"""The backend as the window sees it: how the connection stands, the jobs, and the way to call."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from desktop.client.problems import UNREACHABLE, ApiError
from desktop.client.shapes import Artifact, Job, JobType
from desktop.state.jobs import Changes, Jobs

if TYPE_CHECKING:
    import asyncio
    from pathlib import Path

    from desktop.client.api import Api
    from desktop.client.connection import Connection, Phase
    from desktop.client.events import Message
    from desktop.client.launcher import Launcher

APPLY_EVERY = 33
"""Milliseconds between two updates of what is shown: 30 a second, whatever comes."""

SUM_EVERY = 250
"""Milliseconds between two sums over all running jobs, while nothing but their progress changes."""

COUNT_AFTER = 250
"""Milliseconds after a change until the counts are asked for anew."""


class Backend(QObject):
    """Gathers what the connection hears and hands it on in steps."""

    phase_changed = Signal(object, object)
    connected = Signal()
    changed = Signal(object)
    summed = Signal()
    counted = Signal()
    job_types_known = Signal()
    accounts_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.jobs = Jobs()
        self.job_types: list[JobType] = []
        self.launcher: Launcher | None = None
        self.phase: Phase | None = None
        self._api: Api | None = None
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None
        self._heard: list[Message] = []
        self._apply_timer = QTimer(self, singleShot=True, interval=APPLY_EVERY)
        self._apply_timer.timeout.connect(self.apply_now)
        self._sum_timer = QTimer(self, singleShot=True, interval=SUM_EVERY)
        self._sum_timer.timeout.connect(self._sum)
        self._since_sum = QElapsedTimer()
        self._since_sum.start()
        self._count_timer = QTimer(self, singleShot=True, interval=COUNT_AFTER)
        self._count_timer.timeout.connect(self.recount)

    def begin(self, folder: "Path", launcher: "Launcher") -> None:
        """Connects and stays connected, until `end`."""
        import asyncio

        from desktop.client.connection import Connection

        self.launcher = launcher
        self._connection = Connection(folder, launcher, self)
        self._task = asyncio.get_running_loop().create_task(self._connection.run())

    def end(self) -> None:
        """Lets go of the backend; it is not stopped by this."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        for timer in (self._apply_timer, self._sum_timer, self._count_timer):
            timer.stop()

    def try_again(self) -> None:
        """After a failure: connects anew."""
        if self._connection is not None:
            self._connection.try_again()

    @property
    def api(self) -> "Api":
        """The way to call. Raises `ApiError` while there is none."""
        if self._api is None:
            raise ApiError(UNREACHABLE, "not connected yet")
        return self._api

    @property
    def is_connected(self) -> bool:
        """Whether there has been a connection at all."""
        return self._api is not None

    def kind_title(self, name: str) -> str:
        """What people call a kind of job."""
        return next((kind.title for kind in self.job_types if kind.name == name), name.replace("_", " ").capitalize())

    def kind_icon(self, name: str) -> str:
        """The picture of a kind of job."""
        return next((kind.icon for kind in self.job_types if kind.name == name), "box")

    # The connection's listener

    def phase_changed_to(self, phase: "Phase", problem: ApiError | None) -> None:
        """Hands the phase on."""
        self.phase = phase
        self.phase_changed.emit(phase, problem)

    def hears_api(self, api: "Api") -> None:
        """A host answers: asks what it can do."""
        self._api = api
        self.ask(api.job_types, self._know_job_types)
        self.connected.emit()

    def heard(self, message: "Message") -> None:
        """Keeps the message for the next step."""
        self._heard.append(message)
        if not self._apply_timer.isActive():
            self._apply_timer.start()

    def apply_now(self) -> None:
        """Takes in what was heard, and says once what it came to."""
        messages, self._heard = self._heard, []
        changes = self.jobs.apply(messages)
        self._announce(changes)

    def take(self, job: Job) -> None:
        """Takes in what a call answered, without waiting for the event that says the same."""
        changes = Changes()
        self.jobs.take(job, changes)
        self._announce(changes)

    def _announce(self, changes: Changes) -> None:
        is_other = bool(changes.changed or changes.removed or changes.reset)
        if is_other:
            self._count_timer.start()
        self.changed.emit(changes)
        if is_other or (changes.progressed and self._since_sum.hasExpired(SUM_EVERY)):
            self._sum()
        elif changes.progressed:
            # So that the last word counts, too, where nothing follows it.
            self._sum_timer.start()
        if changes.queue:
            self.counted.emit()

    def _sum(self) -> None:
        self._sum_timer.stop()
        self._since_sum.restart()
        self.summed.emit()

    def _know_job_types(self, kinds: list[JobType]) -> None:
        from desktop.ui.language import spoken_kinds

        self.job_types = spoken_kinds(kinds)
        self.job_types_known.emit()

    def ask_job_types(self) -> None:
        """Asks anew which kinds of jobs there are, as after one was switched on."""
        self.ask(lambda: self.api.job_types(), self._know_job_types)

    def recount(self) -> None:
        """Asks how many jobs are in each state."""

        def know(queue: Any) -> None:
            self.jobs.queue = queue
            self.counted.emit()

        self.ask(lambda: self.api.queue(), know)

    def ask(self, work: Callable[[], Coroutine[Any, Any, Any]], success: Callable[[Any], None]) -> None:
        """A call of the window's own, whose failure is nobody's business: the connection says what is wrong."""
        from desktop.ui.calls import call

        call(self, work, success, lambda _problem: None)

    async def artifacts(self, job: int) -> list[Artifact]:
        """The result files of a job."""
        return await self.api.artifacts(job)

"""The loop that looks once a second which schedules are due."""

import logging
import threading
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from backend.core.errors import DeskhandError
from backend.core.views import JobView
from backend.queue.schedules import firing
from backend.queue.schedules.passing import Clocks, MachineClocks, Passing
from backend.store.record import Record

log = logging.getLogger(__name__)
ROUND_SECONDS = 1.0


class Scheduler(threading.Thread):
    """Works until `end`. `queued` is given the jobs that it queued; `changed`: what is shown of schedules is old."""

    def __init__(
        self,
        record: Record,
        queued: Callable[[list[JobView]], object],
        changed: Callable[[], object],
        clocks: Clocks | None = None,
    ) -> None:
        super().__init__(name="scheduler", daemon=True)
        self._record, self._queued, self._changed = record, queued, changed
        self.passing = Passing(clocks or MachineClocks())
        self._over = threading.Event()

    @property
    def clocks(self) -> Clocks:
        """What it goes by."""
        return self.passing.clocks

    def end(self) -> None:
        """Ends the loop and waits for it."""
        self._over.set()
        self.join()

    def run(self) -> None:
        """The loop. A round that fails is logged, and the next one tries again."""
        while not self._over.wait(ROUND_SECONDS):
            try:
                self._round()
            except (SQLAlchemyError, DeskhandError):
                log.exception("a round of the scheduler failed")

    def _round(self) -> None:
        moment, zone, gap = self.passing.look()
        noted = firing.note_what_came(self._record, moment, zone, gap)
        came = firing.queue_due(self._record, moment)
        if came.jobs:
            self._queued(came.jobs)
        if noted or came.changed:
            self._changed()

"""The loop that sends jobs on their way, just in time, and puts lost ones back in line."""

import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from kombu.exceptions import OperationalError as BrokerError
from sqlalchemy.exc import SQLAlchemyError

from backend.core.clock import machine_id
from backend.core.errors import DeskhandError
from backend.core.events import Event, JobChanged
from backend.core.processes import end_process
from backend.core.states import JobState
from backend.queue.calling import has_one_worker
from backend.queue.chains import settle
from backend.queue.dispatch import Delivery, Way, is_idle, next_deliveries, take_back
from backend.queue.force import ask_the_late, overdue
from backend.queue.recovery import Leases, recover
from backend.store.jobs import get_view
from backend.store.record import Record
from backend.worker.app import END, celery_app, send_delivery

log = logging.getLogger(__name__)
ROUND_SECONDS = 0.5
Announce = Callable[[Event], None]


class Dispatcher(threading.Thread):
    """Works until `end`; `nudge` makes it look at once."""

    def __init__(self, record: Record, slots: int, grace: float, announce: Announce) -> None:
        super().__init__(name="dispatcher", daemon=True)
        self._record, self._slots, self._grace, self._announce = record, slots, grace, announce
        self._wake, self._over, self._held = threading.Event(), threading.Event(), threading.Event()
        self._pool, self._leases = slots, Leases()
        self._ahead = False

    def nudge(self) -> None:
        """Something changed that may free a job."""
        self._wake.set()

    def hold(self) -> None:
        """Sends nothing more: the host is about to end."""
        self._held.set()

    def fit_pool(self, slots: int) -> None:
        """Gives the workers' pools a place for each slot; places that are too many stay idle."""
        if slots > self._pool:
            celery_app().control.broadcast("pool_grow", arguments={"n": slots - self._pool})
            self._pool = slots

    def end(self) -> None:
        """Ends the loop and waits for it."""
        self._over.set()
        self._wake.set()
        self.join()

    def run(self) -> None:
        """The loop. However often it is nudged, lost and overdue jobs are looked for twice a second.

        A round that fails is logged, and the next one tries again.
        """
        due = time.monotonic() + ROUND_SECONDS
        while not self._over.is_set():
            nudged = self._wake.wait(max(0.0, due - time.monotonic()))
            self._wake.clear()
            try:
                if not nudged and is_idle(self._record):
                    due = time.monotonic() + ROUND_SECONDS
                    continue
                self._send()
                if time.monotonic() >= due:
                    due = time.monotonic() + ROUND_SECONDS
                    self._force()
                    self._recover()
            except (SQLAlchemyError, DeskhandError, BrokerError):
                log.exception("a round of the dispatcher failed")

    def _send(self) -> None:
        if self._held.is_set():
            return
        for delivery in next_deliveries(self._record, self._slots, ahead=self._ahead):
            self.send(delivery)
        # Those that may go now are sent in the next round, which follows at once.
        for job_id in settle(self._record):
            self._changed(job_id)

    def send(self, delivery: Delivery, announce: Announce | None = None) -> None:
        """Sends one message, after its job was announced; in whatever thread."""
        if delivery.beside is None:
            (announce or self._announce)(JobChanged(job=delivery.job))
        try:
            send_delivery(delivery)
        except BrokerError as error:
            log.warning("job %s could not be sent and waits again: %s", delivery.job.id, error)
            if take_back(self._record, delivery):
                self._announce(JobChanged(job=delivery.job.model_copy(update={"state": JobState.WAITING})))

    def way(self, announce: Announce) -> Way | None:
        """How a job may go on its way while it is queued; None: nothing more is sent."""
        return None if self._held.is_set() else Way(self._slots, partial(self.send, announce=announce), self._ahead)

    def _force(self) -> None:
        for job_id in ask_the_late(self._record):
            self._changed(job_id)
        for forced in overdue(self._record, self._grace):
            log.warning("job %s did not stop in time and is ended by force", forced.job_id)
            if forced.machine == machine_id():
                end_process(forced.pid, forced.pid_start)
            else:
                where = {"machine": forced.machine, "pid": forced.pid, "started": forced.pid_start}
                celery_app().control.broadcast(END, arguments=where)
            self._changed(forced.job_id)

    def _recover(self) -> None:
        with self._record.glance() as lane:
            self._ahead = has_one_worker(lane)
        for job_id in recover(self._record, self._leases):
            self._changed(job_id)

    def _changed(self, job_id: int) -> None:
        with self._record.glance() as lane:
            self._announce(JobChanged(job=get_view(lane, job_id)))
        self._wake.set()

"""The slot of a job that ends is handed on in the same transaction, by the worker, without a round of the dispatcher.

Only where the record is a file and has one worker; elsewhere, and where jobs wait for the one that ended, the
dispatcher is told as before. It looks by itself twice a second in any case.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from backend.queue.calling import has_one_worker
from backend.queue.dispatch import Delivery, deliveries_now
from backend.store.prepared import Lane, Prepared
from backend.store.schema import dependencies

_AWAITED = Prepared(
    sa.select(dependencies.c.job_id)
    .where(dependencies.c.on_id == sa.bindparam("job"), ~dependencies.c.settled)
    .limit(1)
)


@dataclass
class Relay:
    """What became of one slot. `deliveries` are to be sent; `done`: the dispatcher has nothing to add."""

    slots: int
    deliveries: list[Delivery] = field(default_factory=list[Delivery])
    done: bool = False

    def begin(self) -> None:
        """Nothing is handed on yet, or any more: the transaction may be another try."""
        self.deliveries, self.done = [], False

    def hand_on(self, lane: Lane, job_id: int) -> None:
        """In the transaction in which this job has ended."""
        if has_one_worker(lane):
            self.deliveries = deliveries_now(lane, self.slots, ahead=True)
            self.done = _AWAITED.first(lane, {"job": job_id}) is None

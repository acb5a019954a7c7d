"""What recovery believes: boot, process and a steady clock, never the time of day."""

import os
from dataclasses import replace
from typing import Any

import pytest

from backend.core.clock import boot_id, machine_id, now, process_start
from backend.core.states import JobState
from backend.core.views import JobDetail
from backend.jobtypes import job_types
from backend.queue import claims
from backend.queue.claims import LEASE_SECONDS, Claim
from backend.queue.dispatch import next_deliveries
from backend.queue.force import overdue
from backend.queue.recovery import Leases, recover
from backend.queue.submission import submit
from backend.store.jobs import get_detail
from backend.store.record import Record
from backend.store.schema import jobs, workers

HOUR = 3600.0


class SteadyClock:
    """A clock in the test's hands."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def running(record: Record, kind: str = "steps") -> Claim:
    job_id = submit(record, kind, {})[0].id
    (delivery,) = next_deliveries(record, 9)
    held = claims.claim(record, job_id, delivery.number)
    assert held is not None
    return held


def put(record: Record, **values: Any) -> None:
    with record.write() as connection:
        connection.execute(jobs.update().values(**values))


def detail(record: Record, job_id: int) -> JobDetail:
    with record.read() as connection:
        return get_detail(connection, job_id)


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_clock_that_is_set_makes_no_worker_of_this_machine_look_dead(record: Record, hours: int) -> None:
    held = running(record)
    put(record, lease_until=now().timestamp() + hours * HOUR, started_at=now().timestamp() + hours * HOUR)
    assert recover(record, Leases()) == []
    assert claims.finish(record, held, JobState.SUCCEEDED)


def test_another_boot_of_this_machine_has_lost_what_ran(record: Record) -> None:
    held = running(record)
    put(record, boot="the boot before", lease_until=now().timestamp() + HOUR)
    assert recover(record, Leases()) == [held.job_id]


@pytest.mark.parametrize("hours", [-1, 1])
def test_a_worker_elsewhere_is_judged_by_its_renewals_and_not_by_its_clock(record: Record, hours: int) -> None:
    held = running(record)
    put(record, machine="elsewhere", lease_until=now().timestamp() + hours * HOUR)
    clock = SteadyClock()
    leases = Leases(clock)
    for _ in range(4):
        assert recover(record, leases) == []
        clock.seconds += 2 * LEASE_SECONDS - 1
        assert claims.renew(record, held, detail(record, held.job_id).progress)
    assert recover(record, leases) == []
    clock.seconds += 2 * LEASE_SECONDS + 1
    assert recover(record, leases) == [held.job_id]
    assert not claims.renew(record, held, detail(record, held.job_id).progress)


def test_a_clock_that_is_set_back_keeps_no_message_waiting(record: Record) -> None:
    job_id = submit(record, "steps", {})[0].id
    next_deliveries(record, 2)
    put(record, dispatched_at=now().timestamp() + HOUR)
    assert recover(record, Leases()) == [job_id]


def test_a_clock_that_is_set_back_keeps_no_stop_waiting(record: Record) -> None:
    held = running(record)
    put(record, wish="stop", wished_at=now().timestamp() + HOUR)
    assert [forced.job_id for forced in overdue(record, 10.0)] == [held.job_id]


def losses_until_it_fails(record: Record) -> int:
    job_id = submit(record, "steps", {})[0].id
    for number in range(1, 30):
        (delivery,) = next_deliveries(record, 2)
        assert claims.claim(record, job_id, delivery.number)
        put(record, pid_start=1.0)
        assert recover(record, Leases()) == [job_id]
        if detail(record, job_id).state is JobState.FAILED:
            return number
    raise AssertionError("never")


def worker_since(record: Record, moment: float) -> None:

    me = {"machine": machine_id(), "boot": boot_id(), "pid": os.getpid(), "pid_start": process_start(os.getpid())}
    with record.write() as connection:
        connection.execute(workers.insert().values(name="w", ready_at=moment, seen_at=moment, slots=2, own=True, **me))


def test_a_job_that_takes_its_process_down_five_times_is_given_up(record: Record) -> None:
    worker_since(record, 0.0)
    assert losses_until_it_fails(record) == 5


def test_a_job_that_was_cut_off_with_all_the_rest_is_given_more_time(record: Record) -> None:
    worker_since(record, now().timestamp() + HOUR)
    assert losses_until_it_fails(record) == 20


@pytest.mark.parametrize(
    ("rule", "wish", "state"),
    [
        ("start_over", None, JobState.WAITING),
        ("resume", None, JobState.WAITING),
        ("ask", None, JobState.NEEDS_USER),
        ("ask", "stop", JobState.STOPPED),
        ("start_over", "stop", JobState.STOPPED),
        ("start_over", "pause", JobState.HELD),
    ],
)
def test_an_interrupted_job_goes_on_by_its_kinds_rule_and_the_users_wish(
    record: Record, monkeypatch: pytest.MonkeyPatch, rule: str, wish: str | None, state: JobState
) -> None:

    monkeypatch.setitem(job_types(), "steps", replace(job_types()["steps"], after_interruption=rule))
    held = running(record)
    put(record, pid_start=1.0, wish=wish)
    assert recover(record, Leases()) == [held.job_id]
    found = detail(record, held.job_id)
    assert (found.state, found.wish, found.attempts[-1].outcome) == (state, None, "interrupted")

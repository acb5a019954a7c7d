"""What the window makes of events: jobs, what may be done with them, measures."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from backend.core.states import ACTIVE as BACKEND_ACTIVE
from backend.core.states import TERMINAL, TRANSITIONS, JobState
from desktop.client.events import Batch, Event, JobChanged, JobProgressed, JobRemoved, Snapshot
from desktop.client.shapes import Progress, Queue
from desktop.state import standing
from desktop.state.jobs import Jobs
from desktop.state.measures import Day, day_of, left_parts, size_parts, span_parts
from desktop.state.standing import Chip, Deed, doable, possible
from tests.unit.test_desktop_listing import job


def batch(*events: Event) -> Batch:
    return Batch("e", len(events), list(events), len(events))


def jobs(*views: object) -> Jobs:
    made = Jobs()
    made.apply([Snapshot("e", 0, Queue(paused=False, slots=2, counts={}), list(views))])  # type: ignore[arg-type]
    return made


def test_a_job_that_ends_is_no_longer_active_and_is_told_apart() -> None:
    known = jobs(job(1, "running"))
    changes = known.apply([batch(JobChanged(job(1, "succeeded")))])
    assert known.active == {}
    assert [one.id for one in changes.ended] == [1]


def test_a_burst_of_progress_comes_to_its_last_word() -> None:
    known = jobs(job(1, "running"))
    changes = known.apply([batch(*(JobProgressed(1, Progress(done=n, total=9)) for n in range(9)))])
    assert changes.progressed[1].done == 8
    assert not changes.retimed
    changes = known.apply([batch(JobProgressed(1, Progress(done=8, total=9, seconds_left=61)))])
    assert changes.retimed == {1}
    changes = known.apply([batch(JobProgressed(1, Progress(done=8, total=9, seconds_left=60)))])
    assert not changes.retimed
    assert known.active[1].progress.done == 8


def test_progress_of_a_job_that_has_ended_is_not_heard() -> None:
    known = jobs(job(1, "running"))
    changes = known.apply([batch(JobChanged(job(1, "stopped")), JobProgressed(1, Progress(done=1)))])
    assert changes.progressed == {}


def test_a_snapshot_forgets_jobs_that_ended_unheard() -> None:
    known = jobs(job(1, "running"), job(2))
    snapshot = Snapshot("f", 0, Queue(paused=False, slots=2, counts={}), [job(2)])
    changes = known.apply([batch(JobChanged(job(1, "running"))), snapshot])
    assert changes.reset
    assert set(known.active) == {2}
    assert set(changes.changed) == {2}


def test_a_removed_job_is_gone_even_if_it_changed_just_before() -> None:
    changes = jobs(job(1)).apply([batch(JobChanged(job(1, "stopped")), JobRemoved(1))])
    assert changes.removed == {1}
    assert changes.changed == {}


def test_running_jobs_together_are_as_far_as_their_mean_and_take_as_long_as_the_longest() -> None:
    known = jobs(
        job(1, "running", progress=Progress(done=2, total=10, seconds_left=80)),
        job(2, "running", progress=Progress(done=6, total=10, seconds_left=20)),
        job(3),
    )
    together = known.together()
    assert (together.running, together.waiting) == (2, 1)
    assert together.fraction == pytest.approx(0.4)
    assert together.seconds_left == 80


def test_only_what_runs_now_counts_as_running() -> None:
    known = jobs(job(1, "running"), job(2, "paused"), job(3))
    known.apply([batch(JobChanged(job(3, "running")), JobChanged(job(1, "succeeded")))])
    assert known.together().running == 2
    known.apply([batch(JobChanged(job(2, "waiting")), JobRemoved(3))])
    assert (known.together().running, known.together().waiting) == (0, 1)
    known.apply([Snapshot("f", 0, Queue(paused=False, slots=2, counts={}), [job(4, "running")])])
    assert (known.together().running, known.together().waiting) == (1, 0)


def test_nobody_says_how_long_it_takes_while_one_job_does_not_know() -> None:
    known = jobs(job(1, "running", progress=Progress(done=2, total=10, seconds_left=80)), job(2, "running"))
    assert known.together().seconds_left is None


def test_every_state_of_the_backend_is_in_exactly_one_group() -> None:
    groups = [chip.states for chip in Chip if chip is not Chip.ALL]
    for state in JobState:
        assert sum(state.value in group for group in groups) == 1, state
    assert {state.value for state in BACKEND_ACTIVE} == standing.ACTIVE
    assert {state.value for state in TERMINAL} == standing.ENDED


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.SUCCEEDED])
def test_trying_again_is_offered_where_the_backend_allows_it(state: JobState) -> None:
    allowed = state in TERMINAL and JobState.WAITING in TRANSITIONS[state]
    assert possible(job(1, state.value), Deed.RETRY) == allowed


@pytest.mark.parametrize("state", list(JobState))
def test_stopping_is_offered_for_what_has_not_ended_only(state: JobState) -> None:
    assert possible(job(1, state.value), Deed.STOP) == (state in BACKEND_ACTIVE)


def test_what_was_asked_for_is_not_offered_again() -> None:
    assert not possible(job(1, "running", wish="stop"), Deed.STOP)
    assert not possible(job(1, "running", wish="pause"), Deed.PAUSE)
    assert possible(job(1, "running", wish="pause"), Deed.STOP)


def test_a_form_is_opened_for_one_job_only() -> None:
    assert len(doable([job(1, "failed")], Deed.CHANGE)) == 1
    assert doable([job(1, "failed"), job(2, "failed")], Deed.CHANGE) == []


@pytest.mark.parametrize(
    ("size", "parts"),
    [
        (0, (0, "bytes", 0)),
        (999, (999, "bytes", 0)),
        (1000, (1.0, "kB", 1)),
        (999_600, (0.9996, "MB", 1)),
        (182_400, (182.4, "kB", 0)),
        (2_310_000, (2.31, "MB", 1)),
        (5e15, (5000.0, "TB", 0)),
    ],
)
def test_sizes_are_taken_apart(size: float, parts: tuple[float, str, int]) -> None:
    value, unit, decimals = size_parts(size)
    assert (pytest.approx(value), unit, decimals) == parts


@pytest.mark.parametrize(
    ("seconds", "parts"),
    [
        (0.4, [(0, "second")]),
        (59, [(59, "second")]),
        (185, [(3, "minute"), (5, "second")]),
        (3590, [(1, "hour")]),
        (3700, [(1, "hour"), (2, "minute")]),
        (40_000, [(11, "hour")]),
        (90_000, [(1, "day"), (1, "hour")]),
        (900_000, [(10, "day")]),
    ],
)
def test_durations_are_taken_apart(seconds: float, parts: list[tuple[int, str]]) -> None:
    assert span_parts(seconds) == parts


def test_time_left_is_coarse() -> None:
    assert left_parts(2) == [(5, "second")]
    assert left_parts(33) == [(35, "second")]
    assert left_parts(95) == [(2, "minute")]


def test_days_are_those_of_the_calendar_here() -> None:
    here = timezone(timedelta(hours=0))
    now = datetime(2026, 3, 10, 12, tzinfo=here)
    assert day_of(now - timedelta(minutes=5), now) is Day.TODAY
    assert day_of(now - timedelta(days=1), now) is Day.YESTERDAY
    assert day_of(now + timedelta(days=1), now) is Day.TOMORROW
    assert day_of(now - timedelta(days=30), now) is Day.THIS_YEAR
    assert day_of(datetime(2025, 3, 10, tzinfo=UTC), now) is Day.OTHER_YEAR

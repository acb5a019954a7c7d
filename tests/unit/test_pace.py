"""A job's speed and time left: what it did in the last seconds of work, not what it did before a pause."""

import pytest

from backend.worker.pace import Pace


def worked(pace: Pace, start: float, seconds: float, done: float, speed: float) -> float | None:
    """Tells ten times a second how far the job is; the speed at the end."""
    rate = None
    for step in range(1, round(seconds * 10) + 1):
        rate = pace.rate(done + step / 10 * speed, "bytes", start + step / 10)
    return rate


def test_a_steady_job_has_its_speed() -> None:
    pace = Pace(1000.0)
    assert pace.rate(5.0, "bytes", 1000.2) is None, "too early to tell"
    assert worked(pace, 1000.2, 60, 5, 50) == pytest.approx(50)


def test_a_pause_slows_nothing_down() -> None:
    pace = Pace(0.0)
    worked(pace, 0.0, 30, 0, 50)
    for moment in (30.0, 30.1, 3000.0):
        pace.rest(moment)
    assert pace.rate(1500, "bytes", 3001.0) == pytest.approx(50)
    for moment in (3630.0, 3630.1):
        pace.go_on(moment)
    assert worked(pace, 3630.0, 5, 1500, 50) == pytest.approx(50)


def test_a_job_that_becomes_slower_tells_its_new_speed_within_half_a_minute() -> None:
    pace = Pace(0.0)
    worked(pace, 0.0, 600, 0, 1000)
    assert worked(pace, 600.0, 25, 600_000, 10) == pytest.approx(10)


def test_a_job_that_stands_still_tells_no_speed() -> None:
    pace = Pace(0.0)
    worked(pace, 0.0, 30, 0, 50)
    assert worked(pace, 30.0, 40, 1500, 0) is None


def test_a_job_that_counts_anew_or_something_else_begins_anew() -> None:
    pace = Pace(0.0)
    worked(pace, 0.0, 30, 0, 50)
    assert pace.rate(2.0, "bytes", 30.2) is None
    assert worked(pace, 30.2, 30, 2, 7) == pytest.approx(7)
    assert pace.rate(10**9, "rows", 60.4) is None

"""How fast a mailing may go, by the clock."""

import time
from collections.abc import Generator
from datetime import UTC, datetime
from datetime import time as clock_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.mail.pace import Pace, Pacer


def _run(pacer: Pacer, count: int, start: float = 1_000_000_000.0) -> list[float]:
    now, times = start, []
    while len(times) < count:
        wait = pacer.take(now)
        if wait:
            now += wait
        else:
            times.append(now)
            now += 0.01
    return times


@given(st.integers(0, 60), st.integers(0, 500), st.integers(0, 900))
def test_no_limit_is_ever_exceeded(per_minute: int, per_hour: int, per_day: int):
    times = _run(Pacer(Pace(per_minute, per_hour, per_day)), 200)
    for limit, span in ((per_minute, 60), (per_hour, 3600), (per_day, 86400)):
        for first, later in zip(times, times[limit:], strict=False) if limit else ():
            assert later - first >= span - 0.01


def test_messages_of_a_minute_are_spread_over_it():
    times = _run(Pacer(Pace(per_minute=30)), 5)
    assert [round(moment - times[0]) for moment in times] == [0, 2, 4, 6, 8]


def test_what_went_out_before_counts():
    start = 1_000_000_000.0
    times = _run(Pacer(Pace(per_hour=3), [start - 600, start - 300]), 2, start)
    assert [round(moment - start) for moment in times] == [0, 3000]


def test_a_place_that_was_not_used_can_be_given_back():
    pacer = Pacer(Pace(per_day=1))
    assert pacer.take(1e9) == 0
    assert pacer.take(1e9) == 86400
    pacer.give_back()
    assert pacer.take(1e9) == 0


@pytest.mark.parametrize(
    ("pace", "claims"),
    [(Pace(), 32), (Pace(per_minute=30), 1), (Pace(per_minute=600), 10), (Pace(per_minute=600, per_hour=60), 1)],
)
def test_no_more_are_claimed_than_one_second_needs(pace: Pace, claims: int):
    assert pace.claims == claims


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Generator[None, None, None]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def _local(text: str) -> float:
    return datetime.fromisoformat(text).astimezone().timestamp()


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("now", "opens"),
    [
        ("2026-11-24 10:00", "2026-11-24 10:00"),
        ("2026-11-24 07:59", "2026-11-24 08:00"),
        ("2026-11-24 18:00", "2026-11-25 08:00"),
        ("2026-11-27 19:00", "2026-11-30 08:00"),
        ("2026-11-28 12:00", "2026-11-30 08:00"),
    ],
)
def test_office_hours_are_kept(now: str, opens: str):
    pace = Pace(first=clock_time(8), last=clock_time(18), weekdays=frozenset(range(5)))
    assert pace.opens(_local(now)) == _local(opens)


@pytest.mark.usefixtures("berlin")
@pytest.mark.parametrize(
    ("now", "opens"),
    [("2026-11-24 23:00", None), ("2026-11-25 05:59", None), ("2026-11-25 06:00", "2026-11-25 22:00")],
)
def test_hours_may_span_midnight(now: str, opens: str | None):
    pace = Pace(first=clock_time(22), last=clock_time(6))
    assert pace.opens(_local(now)) == _local(opens or now)


@pytest.mark.usefixtures("berlin")
def test_hours_hold_over_the_change_of_clocks():
    pace = Pace(first=clock_time(8), last=clock_time(18))
    saturday = datetime(2026, 10, 24, 18, tzinfo=UTC).timestamp()
    assert pace.opens(saturday) == _local("2026-10-25 08:00")
    assert _local("2026-10-25 08:00") - _local("2026-10-24 08:00") == 25 * 3600


def test_a_pace_that_never_opens_is_an_error_and_no_endless_wait():
    with pytest.raises(ValueError, match="never"):
        Pace(weekdays=frozenset()).opens(1e9)

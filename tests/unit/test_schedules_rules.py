"""The times of rules: against an independent reading of them, and against cronsim, over ten years in four zones."""

import calendar
import datetime as dt
import functools
from collections.abc import Callable, Iterable
from itertools import takewhile
from zoneinfo import ZoneInfo

import holidays
import pytest
from cronsim import CronSim
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from backend.queue.schedules.freedays import countries
from backend.queue.schedules.occurrences import Occurrence, after, occurrences
from backend.queue.schedules.rules import DayOfMonth, Holidays, Repeat, Rule, Span
from backend.queue.schedules.walltime import UTC, moment_of, wall_of

ZONES = ["Europe/Berlin", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"]
CALENDAR: list[Repeat] = ["once", "days", "weeks", "months", "years"]
INTERVAL: list[Repeat] = ["minutes", "hours"]
DAY = dt.timedelta(days=1)
MINUTE = dt.timedelta(minutes=1)
START, END = dt.date(2020, 1, 1), dt.date(2030, 1, 1)

times = st.times().map(lambda time: dt.time(time.hour, time.minute))
starts = st.dates(dt.date(2019, 1, 1), dt.date(2023, 12, 31))
walls = st.datetimes(dt.datetime.fromisoformat("2020-01-01"), dt.datetime.fromisoformat("2030-01-01"))
looked_at = walls.map(lambda wall: wall.replace(tzinfo=UTC))
zones = st.sampled_from(ZONES).map(ZoneInfo)
spans = st.tuples(st.dates(START, END), st.integers(0, 20)).map(
    lambda span: Span(first=span[0], last=span[0] + span[1] * DAY)
)
free = st.lists(spans, max_size=3).map(tuple)
holidays_ = st.none() | st.sampled_from([Holidays(country="DE", region="BY"), Holidays(country="US")])


@st.composite
def calendar_rules(draw: st.DrawFn) -> Rule:
    """Rules that are due once on a day."""
    repeat = draw(st.sampled_from(CALENDAR))
    words: st.SearchStrategy[DayOfMonth] = st.sampled_from(["first", "last", "first_working", "last_working"])
    start = draw(starts)
    return Rule(
        repeat=repeat,
        every=draw(st.integers(1, 5)),
        at=draw(times),
        weekdays=tuple(draw(st.sets(st.integers(0, 6), min_size=1))),
        day=draw(st.integers(1, 31) | words if repeat == "months" else st.integers(1, 31)),
        month=draw(st.integers(1, 12)),
        starts_on=start,
        ends_on=draw(st.none() | st.dates(start, END)),
        not_on=draw(free),
        holidays=draw(holidays_),
    )


@st.composite
def interval_rules(draw: st.DrawFn) -> Rule:
    """Rules that are due more than once on a day."""
    repeat = draw(st.sampled_from(INTERVAL))
    first, last = sorted([draw(times), draw(times)])
    return Rule(
        repeat=repeat,
        every=draw(st.integers(1, 24) if repeat == "hours" else st.sampled_from([5, 7, 15, 30, 45, 60, 90])),
        at=first,
        until=draw(st.sampled_from([None, last])),
        weekdays=tuple(draw(st.sets(st.integers(0, 6)))),
        starts_on=draw(starts),
        not_on=draw(free),
    )


def until_day(found: Iterable[Occurrence], end: dt.date) -> list[Occurrence]:
    return list(takewhile(lambda one: one.wall.date() < end, found))


def from_cronsim(expression: str, zone: ZoneInfo, first: dt.date, end: dt.date) -> list[dt.datetime]:
    begin = dt.datetime.combine(first, dt.time(), zone) - dt.timedelta(seconds=1)
    over = dt.datetime.combine(end, dt.time(), zone)
    moments = (found.astimezone(UTC) for found in CronSim(expression, begin))
    return list(takewhile(lambda moment: moment < over, moments))


def month_length(day: dt.date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def is_working(rule: Rule, day: dt.date) -> bool:
    return day.weekday() < 5 and not is_public_holiday(rule, day)


@functools.cache
def days_of(country: str, region: str | None) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=region)


def is_public_holiday(rule: Rule, day: dt.date) -> bool:
    return rule.holidays is not None and day in days_of(rule.holidays.country, rule.holidays.region)


def due_on(rule: Rule, day: dt.date) -> bool:
    """The rule read day by day, as a person with a calendar would."""
    if day < rule.starts_on or (rule.ends_on is not None and day > rule.ends_on):
        return False
    if any(span.first <= day <= span.last for span in rule.not_on) or is_public_holiday(rule, day):
        return False
    since = rule.starts_on
    match rule.repeat:
        case "once":
            return day == since
        case "days":
            return (day - since).days % rule.every == 0
        case "weeks":
            monday, first = day - day.weekday() * DAY, since - since.weekday() * DAY
            return day.weekday() in rule.weekdays and (monday - first).days // 7 % rule.every == 0
        case "months":
            return (day.year * 12 + day.month - since.year * 12 - since.month) % rule.every == 0 and day_fits(rule, day)
        case "years":
            return (day.year - since.year) % rule.every == 0 and day.month == rule.month and day_fits(rule, day)
        case _:
            return not rule.weekdays or day.weekday() in rule.weekdays


def day_fits(rule: Rule, day: dt.date) -> bool:
    others = (day.replace(day=number) for number in range(1, month_length(day) + 1))
    match rule.day:
        case "first":
            return day.day == 1
        case "last":
            return day.day == month_length(day)
        case "first_working":
            return is_working(rule, day) and not any(is_working(rule, other) for other in others if other < day)
        case "last_working":
            return is_working(rule, day) and not any(is_working(rule, other) for other in others if other > day)
        case number:
            return day.day == min(number, month_length(day))


def clock_minutes(zone: ZoneInfo, day: dt.date) -> list[tuple[dt.datetime, dt.datetime]]:
    """Every minute of a local day with its moment, in order: found by going through time, not by resolving walls."""
    moment = dt.datetime.combine(day, dt.time(), UTC) - DAY
    shown: list[tuple[dt.datetime, dt.datetime]] = []
    for _ in range(3 * 24 * 60):
        wall = moment.astimezone(zone).replace(tzinfo=None, fold=0)
        if wall.date() == day:
            shown.append((wall, moment))
        moment += dt.timedelta(minutes=1)
    return shown


def reading(rule: Rule, zone: ZoneInfo, day: dt.date) -> list[dt.datetime]:
    """The moments of a day at which a rule is due, by watching the clock on the wall."""
    minutes = clock_minutes(zone, day)
    if rule.repeat not in ("minutes", "hours"):
        return [first_showing(minutes, dt.datetime.combine(day, rule.at))]
    step = rule.every * (60 if rule.repeat == "hours" else 1)
    last = dt.datetime.combine(day, rule.until or dt.time(23, 59))
    begin = first_showing(minutes, dt.datetime.combine(day, rule.at))
    if step <= 60:
        return [at for wall, at in minutes if at >= begin and wall <= last and (at - begin) // MINUTE % step == 0]
    marks = [dt.datetime.combine(day, rule.at) + n * dt.timedelta(minutes=step) for n in range(24 * 60 // step + 1)]
    return sorted({first_showing(minutes, mark) for mark in marks if mark <= last})


def first_showing(minutes: list[tuple[dt.datetime, dt.datetime]], wall: dt.datetime) -> dt.datetime:
    """When the clock first shows this or, should it never, something later."""
    return next(at for shown, at in minutes if shown >= wall)


@settings(max_examples=60, deadline=None)
@given(calendar_rules(), zones)
def test_over_ten_years_a_rule_is_due_on_the_days_that_a_calendar_says(rule: Rule, zone: ZoneInfo) -> None:
    found = until_day(occurrences(rule, zone, START), END)
    wanted = [START + n * DAY for n in range((END - START).days) if due_on(rule, START + n * DAY)]
    assert [one.wall.date() for one in found] == wanted
    assert all(one.wall.time() == rule.at for one in found)
    moments = [one.moment for one in found]
    assert moments == sorted(set(moments))
    assert len({one.slot for one in found}) == len(found)


def changes(zone: ZoneInfo) -> list[dt.date]:
    """The days in ten years on which the clocks of a zone change."""
    days = [START + n * DAY for n in range((END - START).days)]
    noon = dt.time(12)
    offsets = [dt.datetime.combine(day, noon, zone).utcoffset() for day in days]
    return [day for day, before, here in zip(days[1:], offsets, offsets[1:], strict=False) if before != here]


@settings(max_examples=60, deadline=None)
@given(st.data(), calendar_rules() | interval_rules(), zones)
def test_nothing_is_lost_and_nothing_comes_twice_when_the_clocks_change(
    data: st.DataObject, rule: Rule, zone: ZoneInfo
) -> None:
    changed = changes(zone)
    day = data.draw(st.sampled_from(changed) if changed else st.dates(START, END))
    often = rule.repeat in ("minutes", "hours")
    plain = Rule(
        repeat=rule.repeat if often else "days",
        every=rule.every if often else 1,
        at=rule.at,
        until=rule.until,
        starts_on=day,
    )
    found = [one.moment for one in until_day(occurrences(plain, zone, day), day + DAY)]
    assert found == reading(plain, zone, day)


CRON: list[tuple[str, Callable[[], Rule]]] = [
    ("30 2 * * *", lambda: Rule(repeat="days", at=dt.time(2, 30), starts_on=START)),
    ("15 2 * * *", lambda: Rule(repeat="days", at=dt.time(2, 15), starts_on=START)),
    ("0 18 * * 1-5", lambda: Rule(repeat="weeks", weekdays=(0, 1, 2, 3, 4), at=dt.time(18), starts_on=START)),
    ("45 1 * * 0", lambda: Rule(repeat="weeks", weekdays=(6,), at=dt.time(1, 45), starts_on=START)),
    ("0 9 L * *", lambda: Rule(repeat="months", day="last", starts_on=START)),
    ("0 9 LW * *", lambda: Rule(repeat="months", day="last_working", starts_on=START)),
    ("10 0 28 * *", lambda: Rule(repeat="months", day=28, at=dt.time(0, 10), starts_on=START)),
    ("0 6 24 12 *", lambda: Rule(repeat="years", day=24, month=12, at=dt.time(6), starts_on=START)),
]
CRON_INTERVALS: list[tuple[str, Callable[[], Rule]]] = [
    ("*/15 * * * *", lambda: Rule(repeat="minutes", every=15, at=dt.time(), starts_on=START)),
    ("*/30 * * * *", lambda: Rule(repeat="minutes", every=30, at=dt.time(), starts_on=START)),
]


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("expression", "make"), CRON, ids=[one[0] for one in CRON])
def test_cronsim_says_the_same_for_ten_years(expression: str, make: Callable[[], Rule], zone: str) -> None:
    place = ZoneInfo(zone)
    mine = [one.moment for one in until_day(occurrences(make(), place, START), END)]
    assert mine == from_cronsim(expression, place, START, END)
    assert len(mine) >= 10


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(("expression", "make"), CRON_INTERVALS, ids=[one[0] for one in CRON_INTERVALS])
def test_cronsim_says_the_same_for_intervals_around_each_change_of_the_clocks(
    expression: str, make: Callable[[], Rule], zone: str
) -> None:
    place = ZoneInfo(zone)
    for day in [dt.date(2024, 2, 29), *changes(place)]:
        first, end = day - DAY, day + 2 * DAY
        mine = [one.moment for one in until_day(occurrences(make(), place, first), end)]
        assert mine == from_cronsim(expression, place, first, end)


@settings(max_examples=60, deadline=None)
@given(calendar_rules() | interval_rules(), zones, looked_at)
def test_the_next_ones_are_the_same_from_wherever_one_looks(rule: Rule, zone: ZoneInfo, moment: dt.datetime) -> None:
    found = after(rule, zone, moment, 5)
    assert all(one.moment > moment for one in found)
    for place, one in enumerate(found[:-1]):
        assert after(rule, zone, one.moment, 1) == [found[place + 1]]
    if found:
        assert after(rule, zone, found[0].moment - dt.timedelta(seconds=1), 1) == [found[0]]


def test_a_time_that_the_clocks_skip_is_said_to_be_moved() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    rule = Rule(repeat="days", at=dt.time(2, 30), starts_on=dt.date(2026, 3, 28))
    found = after(rule, berlin, dt.datetime(2026, 3, 28, tzinfo=UTC), 3)
    assert [one.is_moved(berlin) for one in found] == [False, True, False]
    assert wall_of(found[1].moment, berlin) == dt.datetime.fromisoformat("2026-03-29T03:00")


def test_a_rule_whose_days_are_all_free_comes_to_an_end() -> None:
    rule = Rule(repeat="years", day=25, month=12, starts_on=START, holidays=Holidays(country="DE"))
    assert after(rule, ZoneInfo("Europe/Berlin"), dt.datetime(2026, 1, 1, tzinfo=UTC), 5) == []


def test_holidays_of_many_countries_and_regions_are_known() -> None:
    known = countries()
    assert len(known) > 150
    assert {"BY", "BE"} <= set(known["DE"])


@given(walls, zones)
def test_every_wall_time_has_one_moment_and_order_is_kept(wall: dt.datetime, zone: ZoneInfo) -> None:
    wall = wall.replace(second=0, microsecond=0)
    moment = moment_of(wall, zone)
    shown = moment.astimezone(zone).replace(tzinfo=None, fold=0)
    assert shown >= wall
    assert shown - wall < dt.timedelta(hours=1, minutes=1)
    assert moment_of(wall + dt.timedelta(minutes=1), zone) >= moment


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"repeat": "weeks"}, "Choose at least one day of the week."),
        ({"repeat": "days", "ends_on": "2019-01-01"}, "The last day is before the first one."),
        ({"repeat": "hours", "every": 25}, "That is more than a day."),
        ({"repeat": "minutes", "until": "08:00"}, "The last time of the day is before the first one."),
        ({"repeat": "days", "holidays": {"country": "ZZ"}}, "The holidays of this country are not known."),
        ({"repeat": "days", "holidays": {"country": "DE", "region": "QQ"}}, "this region are not known"),
        ({"repeat": "days", "not_on": [{"first": "2026-01-02", "last": "2026-01-01"}]}, "is before the first one"),
        ({"repeat": "years", "day": "last"}, "Choose the day as a number."),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused_in_a_sentence(wrong: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        Rule.model_validate({"starts_on": "2020-01-01", **wrong})

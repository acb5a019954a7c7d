"""The times of a rule. Days are dateutil's work; gaps and folds are ours (see `walltime`)."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import groupby, islice
from typing import Any, Literal
from zoneinfo import ZoneInfo

from dateutil import rrule

from backend.queue.schedules.freedays import is_holiday
from backend.queue.schedules.rules import INTERVALS, Rule
from backend.queue.schedules.walltime import UTC, moment_of, wall_of

ELAPSED_UP_TO = 60
"""Intervals of so many minutes at most keep their length when the clocks change; longer ones keep their wall times."""

HORIZON = dt.timedelta(days=40 * 366)
"""Nobody looks further ahead: a rule whose days are all free would be followed to the end of time."""

_DAY = dt.timedelta(days=1)
_WORKING = (rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR)


@dataclass(frozen=True, order=True)
class Occurrence:
    """A moment (UTC) at which a rule is due, and the time on the wall it stands for.

    `slot` names it for ever: the wall time, so that a run is not repeated after a journey over time zones; for
    intervals the moment.
    """

    moment: dt.datetime
    wall: dt.datetime
    slot: str

    def is_moved(self, zone: ZoneInfo) -> bool:
        """Whether the clocks skip the time, so that it comes at another one."""
        return wall_of(self.moment, zone).replace(fold=0) != self.wall.replace(fold=0)


def occurrences(rule: Rule, zone: ZoneInfo, since: dt.date) -> Iterator[Occurrence]:
    """All from that local day on, in the order of their moments, no moment twice."""
    last: dt.datetime | None = None
    for day in days(rule, since):
        for found in _of_day(rule, zone, day):
            if last is None or found.moment > last:
                last = found.moment
                yield found


def after(rule: Rule, zone: ZoneInfo, moment: dt.datetime, count: int, known: Collection[str] = ()) -> list[Occurrence]:
    """The next ones strictly after a moment; those whose slots are known are left out."""
    start = wall_of(moment, zone).date() - _DAY
    new = (one for one in occurrences(rule, zone, start) if one.moment > moment and one.slot not in known)
    return list(islice(new, count))


def days(rule: Rule, since: dt.date) -> Iterator[dt.date]:
    """The days on which the rule is due, from that day on; free days are left out."""
    since = max(since, rule.starts_on)
    end = min(rule.ends_on or since + HORIZON, since + HORIZON)
    for day in _planned(rule, since):
        if day > end:
            return
        if not _is_free(rule, day):
            yield day


def _is_free(rule: Rule, day: dt.date) -> bool:
    return any(span.first <= day <= span.last for span in rule.not_on) or _is_holiday(rule, day)


def _is_holiday(rule: Rule, day: dt.date) -> bool:
    return rule.holidays is not None and is_holiday(rule.holidays.country, rule.holidays.region, day)


def _planned(rule: Rule, since: dt.date) -> Iterator[dt.date]:
    if rule.repeat == "once":
        yield from [rule.starts_on] * (since <= rule.starts_on)
        return
    if rule.repeat in ("months", "years"):
        yield from (day for day in _in_months(rule) if day >= since)
        return
    if rule.repeat == "weeks":
        freq, every, step, start = (
            rrule.WEEKLY,
            rule.every,
            7 * rule.every,
            rule.starts_on - _DAY * rule.starts_on.weekday(),
        )
    else:
        every = step = rule.every if rule.repeat == "days" else 1
        freq, start = rrule.DAILY, rule.starts_on
    # Moves the start on by whole steps: a rule of years ago is as quick as one of today.
    start += _DAY * ((since - start).days // step * step)
    on = rule.weekdays if rule.repeat != "days" else ()
    yield from (day for day in _days_of(freq, start, every, byweekday=on or None) if day >= since)


def _in_months(rule: Rule) -> Iterator[dt.date]:
    yearly = rule.repeat == "years"
    start = rule.starts_on.replace(day=1, month=1 if yearly else rule.starts_on.month)
    if rule.day in ("first_working", "last_working"):
        working = _days_of(rrule.MONTHLY, start, rule.every, byweekday=_WORKING)
        for _, month in groupby(working, key=lambda day: (day.year, day.month)):
            open_days = [day for day in month if not _is_holiday(rule, day)]
            yield from open_days[:1] if rule.day == "first_working" else open_days[-1:]
        return
    day = rule.day if isinstance(rule.day, int) else {"first": 1, "last": 31}[rule.day]
    # The last of these that the month has: the 31st is the 30th in a shorter month.
    days_ = range(min(28, day), day + 1)
    freq, month = (rrule.YEARLY, rule.month) if yearly else (rrule.MONTHLY, None)
    yield from _days_of(freq, start, rule.every, bymonth=month, bymonthday=days_, bysetpos=-1)


def _days_of(freq: Literal[0, 1, 2, 3], start: dt.date, every: int, **by: Any) -> Iterator[dt.date]:
    found = rrule.rrule(freq, dtstart=dt.datetime.combine(start, dt.time()), interval=every, wkst=rrule.MO, **by)
    return (day.date() for day in found)


def _of_day(rule: Rule, zone: ZoneInfo, day: dt.date) -> Iterator[Occurrence]:
    first = dt.datetime.combine(day, rule.at)
    if rule.repeat not in INTERVALS:
        yield Occurrence(moment_of(first, zone), first, first.isoformat(timespec="minutes"))
        return
    last = dt.datetime.combine(day, rule.until or dt.time(23, 59))
    step = dt.timedelta(minutes=rule.minutes)
    if rule.minutes <= ELAPSED_UP_TO:
        moment = moment_of(first, zone)
        while (wall := wall_of(moment, zone)).date() == day and wall.replace(fold=0) <= last:
            yield Occurrence(moment, wall, _slot(moment))
            moment += step
        return
    while first <= last:
        moment = moment_of(first, zone)
        yield Occurrence(moment, first, _slot(moment))
        first += step


def _slot(moment: dt.datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="minutes")

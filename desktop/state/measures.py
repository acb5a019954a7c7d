"""Sizes, durations and moments taken apart, for words to be put to them."""

from datetime import datetime
from enum import Enum
from typing import Literal

SizeUnit = Literal["bytes", "kB", "MB", "GB", "TB"]
SpanUnit = Literal["second", "minute", "hour", "day"]


def size_parts(size: float) -> tuple[float, SizeUnit, int]:
    """A number, its unit (powers of 1000, as file managers show them), and how many decimals to show."""
    units: list[SizeUnit] = ["bytes", "kB", "MB", "GB", "TB"]
    step = 0
    while abs(size) >= 999.5 and step < len(units) - 1:
        size /= 1000
        step += 1
    return size, units[step], 1 if step and size < 99.95 else 0


def span_parts(seconds: float) -> list[tuple[int, SpanUnit]]:
    """One or two parts of a duration, the second only where it still says something: `2 hours 10 minutes`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return [(whole, "second")]
    minutes = round(whole / 60)
    if whole < 600 and whole % 60:
        return [(whole // 60, "minute"), (whole % 60, "second")]
    if minutes < 60:
        return [(minutes, "minute")]
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return [(hours, "hour"), (minutes, "minute")] if minutes and hours < 10 else [(hours, "hour")]
    days, hours = divmod(hours, 24)
    return [(days, "day"), (hours, "hour")] if hours and days < 3 else [(days, "day")]


def left_parts(seconds: float) -> list[tuple[int, SpanUnit]]:
    """Time left, coarse on purpose: a figure that jumps about is worse than none."""
    if seconds < 50:
        return [(max(5, 5 * round(seconds / 5)), "second")]
    if seconds < 3600 - 30:
        return [(max(1, round(seconds / 60)), "minute")]
    return span_parts(seconds)


class Day(Enum):
    """Which day a moment is on, seen from now."""

    TODAY = "today"
    YESTERDAY = "yesterday"
    TOMORROW = "tomorrow"
    THIS_YEAR = "this_year"
    OTHER_YEAR = "other_year"


def day_of(moment: datetime, now: datetime) -> Day:
    """The day of a moment; both are aware, and the days are those of the local calendar."""
    there, here = moment.astimezone(), now.astimezone()
    match (there.date() - here.date()).days:
        case 0:
            return Day.TODAY
        case -1:
            return Day.YESTERDAY
        case 1:
            return Day.TOMORROW
        case _:
            return Day.THIS_YEAR if there.year == here.year else Day.OTHER_YEAR


def took(started: datetime | None, ended: datetime | None, now: datetime) -> float | None:
    """Seconds from start to end, or to now while it runs."""
    return None if started is None else ((ended or now) - started).total_seconds()

"""A rule as a person would say it: 'Every weekday at 18:00'."""

import datetime as dt
from collections.abc import Sequence

from backend.queue.schedules.rules import DayOfMonth, Rule, Span

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NAMED_DAYS = {
    "first": "first day",
    "last": "last day",
    "first_working": "first working day",
    "last_working": "last working day",
}
_ENDINGS = {1: "st", 2: "nd", 3: "rd"}
_SHORTEST_MONTH = 28


def words(rule: Rule, today: dt.date) -> str:
    """The rule in one line, without a full stop; when it starts is said if that is after `today`."""
    return _main(rule) + _bounds(rule, today) + _exceptions(rule)


def _main(rule: Rule) -> str:
    at = f"at {rule.at:%H:%M}"
    match rule.repeat:
        case "once":
            return f"Once, on {_date(rule.starts_on)} {at}"
        case "minutes" | "hours":
            return _within_days(rule)
        case "days":
            return f"{_every(rule.every, 'day')} {at}"
        case "weeks":
            return f"{_weeks(rule)} {at}"
        case "months":
            day = _day_of_month(rule.day)
            if rule.every == 1:
                return f"On the {day} of every month {at}{_shorter(rule.day)}"
            return f"{_every(rule.every, 'month')} on the {day} {at}{_shorter(rule.day)}"
        case "years":
            return f"{_every(rule.every, 'year')} on {rule.day} {MONTHS[rule.month - 1]} {at}"


def _every(count: int, unit: str) -> str:
    match count:
        case 1:
            return f"Every {unit}"
        case 2:
            return f"Every second {unit}"
        case _:
            return f"Every {count} {unit}s"


def _within_days(rule: Rule) -> str:
    said = f"Every {rule.repeat[:-1]}" if rule.every == 1 else f"Every {rule.every} {rule.repeat}"
    if rule.weekdays and len(rule.weekdays) < len(WEEKDAYS):
        said += f" on {_plural_days(rule.weekdays)}"
    if rule.until is not None:
        return f"{said} from {rule.at:%H:%M} to {rule.until:%H:%M}"
    return said if rule.at == dt.time() else f"{said} from {rule.at:%H:%M} to the end of the day"


def _weeks(rule: Rule) -> str:
    if rule.every > 1:
        return f"{_every(rule.every, 'week')} on {_plural_days(rule.weekdays)}"
    match rule.weekdays:
        case (0, 1, 2, 3, 4):
            return "Every weekday"
        case (0, 1, 2, 3, 4, 5, 6):
            return "Every day"
        case days:
            return f"Every {listed([WEEKDAYS[day] for day in days])}"


def _plural_days(days: Sequence[int]) -> str:
    if tuple(days) == (0, 1, 2, 3, 4):
        return "weekdays"
    return listed([f"{WEEKDAYS[day]}s" for day in days]) if len(days) < len(WEEKDAYS) else "every day"


def listed(names: Sequence[str]) -> str:
    """'Monday, Tuesday and Friday'."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _day_of_month(day: DayOfMonth) -> str:
    if isinstance(day, str):
        return _NAMED_DAYS[day]
    if day in (11, 12, 13):
        return f"{day}th"
    return f"{day}{_ENDINGS.get(day % 10, 'th')}"


def _shorter(day: DayOfMonth) -> str:
    is_late = isinstance(day, int) and day > _SHORTEST_MONTH
    return " (in shorter months on the last day)" if is_late else ""


def _date(day: dt.date) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _bounds(rule: Rule, today: dt.date) -> str:
    if rule.repeat == "once":
        return ""
    said = f", from {_date(rule.starts_on)} on" if rule.starts_on > today else ""
    return said + (f", until {_date(rule.ends_on)}" if rule.ends_on is not None else "")


def _exceptions(rule: Rule) -> str:
    left_out = ["on public holidays"] if rule.holidays is not None else []
    match rule.not_on:
        case ():
            pass
        case (Span(first=first, last=last),) if first == last:
            left_out.append(f"on {_date(first)}")
        case (Span(first=first, last=last),):
            left_out.append(f"from {_date(first)} to {_date(last)}")
        case spans:
            left_out.append(f"in {len(spans)} other periods" if left_out else f"in {len(spans)} periods")
    return f", but not {' or '.join(left_out)}" if left_out else ""

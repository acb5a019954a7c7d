"""A rule is said as a person would say it."""

import datetime as dt
from typing import Any

import pytest

from backend.queue.schedules.rules import Rule
from backend.queue.schedules.wording import words

TODAY = dt.date(2026, 11, 24)
WORKDAYS = [0, 1, 2, 3, 4]


def said(**rule: Any) -> str:
    return words(Rule.model_validate({"starts_on": TODAY, "at": "18:00", **rule}), TODAY)


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"repeat": "once"}, "Once, on 24 November 2026 at 18:00"),
        ({"repeat": "days"}, "Every day at 18:00"),
        ({"repeat": "days", "every": 2}, "Every second day at 18:00"),
        ({"repeat": "weeks", "weekdays": WORKDAYS}, "Every weekday at 18:00"),
        ({"repeat": "weeks", "weekdays": [6, 0, 2]}, "Every Monday, Wednesday and Sunday at 18:00"),
        ({"repeat": "weeks", "weekdays": list(range(7))}, "Every day at 18:00"),
        ({"repeat": "weeks", "weekdays": [4], "every": 3}, "Every 3 weeks on Fridays at 18:00"),
        ({"repeat": "weeks", "weekdays": WORKDAYS, "every": 2}, "Every second week on weekdays at 18:00"),
        ({"repeat": "months", "day": 1}, "On the 1st of every month at 18:00"),
        ({"repeat": "months", "day": 12}, "On the 12th of every month at 18:00"),
        ({"repeat": "months", "day": 22}, "On the 22nd of every month at 18:00"),
        ({"repeat": "months", "day": 31}, "On the 31st of every month at 18:00 (in shorter months on the last day)"),
        ({"repeat": "months", "day": "last_working"}, "On the last working day of every month at 18:00"),
        ({"repeat": "months", "day": "first", "every": 3}, "Every 3 months on the first day at 18:00"),
        ({"repeat": "years", "day": 24, "month": 12}, "Every year on 24 December at 18:00"),
        ({"repeat": "minutes", "every": 15, "until": "20:30"}, "Every 15 minutes from 18:00 to 20:30"),
        ({"repeat": "minutes", "at": "00:00"}, "Every minute"),
        (
            {"repeat": "hours", "weekdays": [5, 6]},
            "Every hour on Saturdays and Sundays from 18:00 to the end of the day",
        ),
    ],
)
def test_each_kind_of_rule_is_said_in_plain_words(rule: dict[str, Any], expected: str) -> None:
    assert said(**rule) == expected


def test_a_start_that_is_still_to_come_and_an_end_are_said() -> None:
    later = {"starts_on": dt.date(2027, 1, 4), "ends_on": dt.date(2027, 3, 31)}
    assert said(repeat="days", **later) == "Every day at 18:00, from 4 January 2027 on, until 31 March 2027"


def test_days_on_which_nothing_runs_are_said() -> None:
    day = {"first": "2026-12-24", "last": "2026-12-24"}
    week = {"first": "2026-12-24", "last": "2026-12-31"}
    free = {"country": "DE"}
    assert said(repeat="days", not_on=[day]) == "Every day at 18:00, but not on 24 December 2026"
    assert said(repeat="days", not_on=[week], holidays=free) == (
        "Every day at 18:00, but not on public holidays or from 24 December 2026 to 31 December 2026"
    )
    assert said(repeat="days", not_on=[day, week]) == "Every day at 18:00, but not in 2 periods"

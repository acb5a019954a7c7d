"""A schedule's answers become the API's rule, and a rule its answers."""

from typing import Any

import pytest

from backend.queue.schedules.rules import Rule
from desktop.state.rules import answers_of, clock_of, rule_of

RULES: list[dict[str, Any]] = [
    {"repeat": "once"},
    {"repeat": "minutes", "every": 15, "until": "17:00", "weekdays": [0, 4]},
    {"repeat": "hours"},
    {"repeat": "days", "every": 3, "ends_on": "2027-01-01"},
    {"repeat": "weeks", "weekdays": [1, 2], "not_on": [{"first": "2026-12-24", "last": "2026-12-31"}]},
    {"repeat": "months", "day": 31},
    {"repeat": "months", "day": "first_working", "holidays": {"country": "DE", "region": "BY"}},
    {"repeat": "years", "day": 24, "month": 12},
]


@pytest.mark.parametrize("given", RULES)
def test_a_rule_comes_back_from_the_form_as_it_was(given: dict[str, Any]) -> None:
    rule = Rule.model_validate({"starts_on": "2026-11-24", "at": "08:30", **given})
    said = rule.model_dump(mode="json")
    assert Rule.model_validate(rule_of(answers_of(said), said)) == rule


def test_a_time_of_day_is_read_as_people_write_it() -> None:
    assert [clock_of(text) for text in ("18:00", "7.30", "9", " 00:00 ")] == ["18:00", "07:30", "09:00", "00:00"]
    assert [clock_of(text) for text in ("24:00", "12:60", "noon", "12:5")] == [None] * 4

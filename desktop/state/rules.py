"""A schedule's rule as the form asks for it, and back: flat answers here, the API's `Rule` there."""

import re
from collections.abc import Mapping
from typing import Any, Final

INTERVALS: Final = ("minutes", "hours")
ON_A_DATE: Final = "date"
_CLOCK: Final = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?")


def clock_of(text: str) -> str | None:
    """`18:00` from what people write (18:00, 18.00, 18); None where it is no time of day."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    hour, minute = int(found[1]), int(found[2] or 0)
    return f"{hour:02}:{minute:02}" if hour < 24 and minute < 60 else None


def wrong_clocks(answers: Mapping[str, Any]) -> list[str]:
    """The names of the answers that should be a time of day and are none."""
    return [name for name in ("at", "first_at", "until") if answers.get(name) and clock_of(answers[name]) is None]


def rule_of(answers: Mapping[str, Any], before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The rule that the answers ask for. `before`: the rule as it was, for what the form does not ask about."""
    repeat = answers["repeat"]
    rule: dict[str, Any] = {"repeat": repeat, "not_on": list(answers.get("not_on") or ())}
    if repeat == "once":
        rule["starts_on"] = answers["on"]
    else:
        rule |= {"every": answers["every"], "starts_on": answers["starts_on"], "ends_on": answers.get("ends_on")}
    if repeat in INTERVALS:
        until = answers.get("until")
        rule |= {"at": clock_of(answers["first_at"]), "until": clock_of(until) if until else None}
    else:
        rule["at"] = clock_of(answers["at"])
    if repeat in (*INTERVALS, "weeks"):
        rule["weekdays"] = list(answers.get("weekdays") or ())
    if repeat == "months":
        rule["day"] = answers["month_day"] if answers["which_day"] == ON_A_DATE else answers["which_day"]
    if repeat == "years":
        rule |= {"day": answers["year_day"], "month": answers["month"]}
    if country := answers.get("country"):
        known = (before or {}).get("holidays") or {}
        rule["holidays"] = known if known.get("country") == country else {"country": country}
    return rule


def answers_of(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The answers that ask for this rule."""
    at = str(rule["at"])[:5]
    answers: dict[str, Any] = {
        "repeat": rule["repeat"],
        "every": rule["every"],
        "at": at,
        "first_at": at,
        "until": str(rule["until"])[:5] if rule.get("until") else None,
        "on": rule["starts_on"],
        "starts_on": rule["starts_on"],
        "ends_on": rule.get("ends_on"),
        "not_on": list(rule.get("not_on") or ()),
        "country": (rule.get("holidays") or {}).get("country"),
        "month": rule.get("month", 1),
    }
    if rule["repeat"] in (*INTERVALS, "weeks"):
        answers["weekdays"] = list(rule.get("weekdays") or ())
    day = rule.get("day", 1)
    if isinstance(day, int):
        answers |= {"which_day": ON_A_DATE, "month_day": day, "year_day": day}
    else:
        answers["which_day"] = day
    return answers

"""What a schedule's form asks, as a schema like that of a job type: the same controls ask it."""

from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QCoreApplication, QDate, QLocale, Qt

from desktop.state.rules import INTERVALS, ON_A_DATE

WORKDAYS = [0, 1, 2, 3, 4]
_REPEATING = ("minutes", "hours", "days", "weeks", "months", "years")


def country_name(code: str) -> str:
    """What a country is called."""
    territory = QLocale.codeToTerritory(code)
    return code if territory is QLocale.Country.AnyCountry else QLocale.territoryToString(territory)


def schema(countries: Sequence[str]) -> dict[str, Any]:
    """The JSON Schema of the answers that `desktop.state.rules` reads."""
    return {"type": "object", "properties": {**_when(), **_otherwise(), **_finer(countries)}}


def _choice(title: str, labels: dict[Any, str], **more: Any) -> dict[str, Any]:
    found = {str(value): words for value, words in labels.items()}
    return {"title": title, "enum": list(labels), "x-kind": "choice", "x-labels": found, **more}


def _when() -> dict[str, Any]:
    tr = QCoreApplication.translate
    locale = QLocale()
    today = QDate.currentDate().toString(Qt.DateFormat.ISODate)
    repeats = {
        "once": tr("Schedules", "Once"),
        "minutes": tr("Schedules", "By the minute"),
        "hours": tr("Schedules", "By the hour"),
        "days": tr("Schedules", "Daily"),
        "weeks": tr("Schedules", "Weekly"),
        "months": tr("Schedules", "Monthly"),
        "years": tr("Schedules", "Yearly"),
    }
    days = {
        "first_working": tr("Schedules", "First working day"),
        "last_working": tr("Schedules", "Last working day"),
        "first": tr("Schedules", "First day"),
        "last": tr("Schedules", "Last day"),
        ON_A_DATE: tr("Schedules", "Day by number"),
    }
    day_number = {"type": "integer", "minimum": 1, "maximum": 31, "default": 1}
    months = {number: locale.standaloneMonthName(number) for number in range(1, 13)}
    return {
        "repeat": _choice(tr("Schedules", "How often"), repeats, default="weeks"),
        "every": {
            "title": tr("Schedules", "Every"),
            "description": tr("Schedules", "1 is each minute, hour, day, week, month or year, 2 is every second one."),
            "type": "integer",
            "minimum": 1,
            "maximum": 999,
            "default": 1,
            "x-when": {"repeat": list(_REPEATING)},
        },
        "on": {
            "title": tr("Schedules", "On"),
            "type": "string",
            "format": "date",
            "default": today,
            "x-when": {"repeat": ["once"]},
        },
        "weekdays": {
            "title": tr("Schedules", "On these days"),
            "type": "array",
            "items": {"enum": list(range(7))},
            "x-kind": "choices",
            "x-labels": {str(day): locale.standaloneDayName(day + 1) for day in range(7)},
            "default": WORKDAYS,
            "x-when": {"repeat": ["weeks", *INTERVALS]},
        },
        "which_day": _choice(
            tr("Schedules", "On which day of the month"),
            days,
            default="last_working",
            **{"x-when": {"repeat": ["months"]}},
        ),
        "month_day": {
            "title": tr("Schedules", "Day"),
            "description": tr("Schedules", "In a month that is shorter, its last day."),
            **day_number,
            "x-when": {"which_day": [ON_A_DATE]},
        },
        "year_day": {"title": tr("Schedules", "Day"), **day_number, "x-when": {"repeat": ["years"]}},
        "month": _choice(tr("Schedules", "Month"), months, default=1, **{"x-when": {"repeat": ["years"]}}),
        "at": {
            "title": tr("Schedules", "At what time"),
            "type": "string",
            "minLength": 1,
            "default": "18:00",
            "x-when": {"repeat": ["once", "days", "weeks", "months", "years"]},
        },
        "first_at": {
            "title": tr("Schedules", "From what time"),
            "type": "string",
            "minLength": 1,
            "default": "08:00",
            "x-when": {"repeat": list(INTERVALS)},
        },
        "until": {
            "title": tr("Schedules", "Until what time"),
            "description": tr("Schedules", "Empty is until the end of the day."),
            "type": "string",
            "default": "18:00",
            "x-when": {"repeat": list(INTERVALS)},
        },
    }


def _otherwise() -> dict[str, Any]:
    tr = QCoreApplication.translate
    missed = {
        "latest": tr("Schedules", "Run the latest"),
        "all": tr("Schedules", "Run them all"),
        "skip": tr("Schedules", "Skip"),
    }
    overlap = {
        "wait": tr("Schedules", "Wait for it"),
        "skip": tr("Schedules", "Skip"),
        "beside": tr("Schedules", "Run beside it"),
    }
    return {
        "missed": _choice(tr("Schedules", "If the computer was off or asleep"), missed, default="latest"),
        "overlap": _choice(tr("Schedules", "If the last run is still going"), overlap, default="wait"),
    }


def _finer(countries: Sequence[str]) -> dict[str, Any]:
    tr = QCoreApplication.translate
    day = {"type": "string", "format": "date"}
    named = dict(sorted(((code, country_name(code)) for code in countries), key=lambda pair: pair[1]))
    spans = {
        "first": {"title": tr("Schedules", "From"), **day},
        "last": {"title": tr("Schedules", "To"), **day},
    }
    repeating = {"x-when": {"repeat": list(_REPEATING)}, "x-section": "options"}
    return {
        "starts_on": {
            "title": tr("Schedules", "First day"),
            **day,
            "default": QDate.currentDate().toString(Qt.DateFormat.ISODate),
            **repeating,
        },
        "ends_on": {"title": tr("Schedules", "Last day"), "anyOf": [day, {"type": "null"}], **repeating},
        "country": {
            "title": tr("Schedules", "Leave out the public holidays of"),
            "anyOf": [_choice("", named), {"type": "null"}],
            "x-kind": "choice",
            "x-empty": tr("Schedules", "No country"),
            **repeating,
        },
        "not_on": {
            "title": tr("Schedules", "Other days to leave out"),
            "type": "array",
            "items": {"type": "object", "properties": spans, "required": ["first", "last"]},
            "x-kind": "rows",
            "x-add": tr("Schedules", "Add days"),
            "default": [],
            **repeating,
        },
    }

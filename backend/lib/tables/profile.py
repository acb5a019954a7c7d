"""Finds out from a sample of texts what a column holds, without ever harming an identifier.

A column with a leading zero or more than 15 digits anywhere in the sample stays text: account and article
numbers are not quantities, and a double holds 15 digits (IEEE 754).
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, datetime

from backend.lib.tables.columns import Column, ColumnKind, Reading

MISSING = frozenset(
    {"n/a", "na", "#n/a", "n.a.", "nan", "null", "none",
     "-", "--", "—", "?", "#value!", "#ref!", "#div/0!"}
)  # fmt: skip
MOST = 0.98
FEW = 50

_IDENTIFIER = re.compile(r"[+-]?(0\d+|\d{16,})")
_MONEY = "$€£¥￥元 \u00a0\u202f"
_WHOLE = re.compile(r"-?\d{1,15}")
_PLAIN = re.compile(r"-?(\d{1,15}|\d{0,15}\.\d+)([eE][+-]?\d{1,3})?")
_COMMA = re.compile(r"-?\d{1,15}(,\d+)?")
_GROUPED: dict[str, re.Pattern[str]] = {
    ",": re.compile(r"-?\d{1,3}(,\d{3})*(\.\d+)?"),
    ".": re.compile(r"-?\d{1,3}(\.\d{3})*(,\d+)?"),
    " ": re.compile(r"-?\d{1,3}([ \u00a0\u202f]\d{3})*([.,]\d+)?"),
    "'": re.compile(r"-?\d{1,3}(['’]\d{3})*(\.\d+)?"),
}
_DATE_LAYOUTS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y年%m月%d日", "%Y.%m.%d")
_TIME_LAYOUTS = ("%H:%M:%S", "%H:%M")
_MOMENT_LAYOUTS = tuple(
    f"{date}{between}{time}"
    for date in _DATE_LAYOUTS
    for between in (" ", "T")
    for time in ("%H:%M:%S", "%H:%M", "%H:%M:%S%.f", "%H:%M:%S%.fZ", "%H:%M:%SZ")
)
_DATE_LIKE = re.compile(r"\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?([ T]\d{1,2}:\d{2}.*)?|\d{1,2}:\d{2}(:\d{2})?")


def profile(name: str, cells: Sequence[str], *, continental: bool = False) -> Column:
    """The column, judged by `cells`. `continental`: a lone comma in a number is a decimal mark (as in ;-files)."""
    filled = [cell for cell in cells if cell.strip()]
    values = [cell.strip() for cell in filled if cell.strip().lower() not in MISSING]
    if not values:
        return Column(name)
    padded = any(cell != cell.strip() for cell in filled)
    markers = len(values) < len(filled)
    found = _yes_no(values) or _dates(values) or _numbers(values, continental)
    if found is None:
        return Column(name)
    kind, reading, bad = found
    dirty = markers or padded or bad > 0
    direct = reading.direct and not dirty
    reading = Reading(direct, reading.layout, reading.decimal, reading.group, reading.money)
    return Column(name, kind, reading, dirty)


Found = tuple[ColumnKind, Reading, int]


def _share(values: Sequence[str], fits: Callable[[str], object]) -> int | None:
    """How many values do not fit, or None when they are too many to call the rest mistakes."""
    allowed = int(len(values) * (1 - MOST)) if len(values) >= FEW else 0
    bad = 0
    for value in values:
        if not fits(value):
            bad += 1
            if bad > allowed:
                return None
    return bad


def _yes_no(values: Sequence[str]) -> Found | None:
    bad = _share(values, lambda value: value.lower() in {"true", "false"})
    if bad is None:
        return None
    return "yes-no", Reading(direct=all(value in {"true", "false"} for value in values)), bad


def _numbers(values: Sequence[str], continental: bool) -> Found | None:
    if any(_IDENTIFIER.fullmatch(value) for value in values) or any(value.startswith("+") for value in values):
        return None
    bad = _share(values, _WHOLE.fullmatch)
    if bad is not None:
        return "whole", Reading(), bad
    money = any(value[0] in _MONEY or value[-1] in _MONEY or value[:2] in {"-$", "-€", "-£", "-¥"} for value in values)
    plain = [_bare(value) for value in values] if money else list(values)
    if any(_IDENTIFIER.fullmatch(value) for value in plain):
        return None
    for reading, fits in _number_readings(plain, continental):
        bad = _share(plain, fits)
        if bad is not None:
            return "number", Reading(reading.direct and not money, "", reading.decimal, reading.group, money), bad
    return None


def _bare(value: str) -> str:
    bare = value.strip(_MONEY)
    return "-" + bare[1:].lstrip(_MONEY) if bare.startswith("-") else bare


def _number_readings(values: Sequence[str], continental: bool) -> list[tuple[Reading, Callable[[str], object]]]:
    comma = (Reading(False, decimal=","), _COMMA.fullmatch)
    dots = (Reading(False, decimal=",", group="."), _GROUPED["."].fullmatch)
    plain = (Reading(), _PLAIN.fullmatch)
    commas = (Reading(False, group=","), _GROUPED[","].fullmatch)
    spaced_mark = "," if any("," in value for value in values) else "."
    spaced = (Reading(False, decimal=spaced_mark, group=" "), _GROUPED[" "].fullmatch)
    ticks = (Reading(False, group="'"), _GROUPED["'"].fullmatch)
    if continental:
        return [plain, comma, dots, spaced, ticks, commas]
    return [plain, commas, comma, dots, spaced, ticks]


def _dates(values: Sequence[str]) -> Found | None:
    if _share(values, _DATE_LIKE.fullmatch) is None:
        return None
    for kind, layouts in (("date", _DATE_LAYOUTS), ("datetime", _MOMENT_LAYOUTS), ("time", _TIME_LAYOUTS)):
        for layout in layouts:
            bad = _share(values, lambda value, layout=layout: _parses(value, layout))
            if bad is not None:
                return kind, Reading(direct=layout == "%Y-%m-%d", layout=layout), bad  # pyright: ignore[reportReturnType]
    return None


def _parses(value: str, layout: str) -> bool:
    try:
        if layout == "%Y-%m-%d" and len(value) == len("2026-01-01"):
            # The same answer for this layout, and thirty times faster than `strptime`.
            date.fromisoformat(value)
            return True
        datetime.strptime(value, layout.replace("%.f", ".%f"))  # noqa: DTZ007 - a wall-clock time, as written
    except ValueError:
        return False
    return True


def is_ambiguous(column: Column, cells: Sequence[str]) -> bool:
    """Whether the days and months of this column might be the other way round."""
    if not column.reading.layout.startswith(("%d/%m", "%d-%m", "%d.%m")):
        return False
    swapped = column.reading.layout.replace("%d", "%D").replace("%m", "%d").replace("%D", "%m")
    return "/" in column.reading.layout and all(
        _parses(cell.strip(), swapped) for cell in cells if cell.strip() and cell.strip().lower() not in MISSING
    )

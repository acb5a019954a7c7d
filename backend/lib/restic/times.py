"""Moments as restic writes them (RFC 3339 with nanoseconds), to and from whole nanoseconds since 1970 in UTC."""

import functools
import re
from datetime import UTC, date, datetime

_DAY = 86_400
_EPOCH = date(1970, 1, 1).toordinal()
_LAST = date(9999, 12, 31).toordinal()
_SCALES = [10**power for power in range(9, -1, -1)]
_FORM = re.compile(r"(\d{4}-\d\d-\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))", re.ASCII)


def rfc3339(nanoseconds: int) -> str:
    """As Go's `RFC3339Nano` in UTC: trailing zeros dropped. Years outside 1 to 9999 are drawn to the nearest."""
    seconds, fraction = divmod(nanoseconds, 1_000_000_000)
    day, second = divmod(seconds, _DAY)
    clock = f"{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}"
    if not fraction:
        return f"{_date(day)}T{clock}Z"
    return f"{_date(day)}T{clock}.{f'{fraction:09d}'.rstrip('0')}Z"


def nanoseconds(text: str) -> int:
    """The moment a string of RFC 3339 names; raises ValueError where it is none."""
    fraction = text[20:-1]
    if text[19:20] == "." and text[-1:] == "Z" and fraction.isdecimal() and fraction.isascii() and len(fraction) < 10:
        return _whole_seconds(text[:19]) * 1_000_000_000 + int(fraction) * _SCALES[len(fraction)]
    match = _FORM.fullmatch(text)
    if match is None:
        raise ValueError(f"not a time: {text!r}")
    day, hour, minute, second, fraction, sign, off_hour, off_minute = match.groups()
    seconds = _since_epoch(day) + int(hour) * 3600 + int(minute) * 60 + int(second)
    if sign:
        offset = int(off_hour) * 3600 + int(off_minute) * 60
        seconds -= offset if sign == "+" else -offset
    return seconds * 1_000_000_000 + int((fraction or "0").ljust(9, "0"))


@functools.lru_cache(maxsize=4096)
def _whole_seconds(text: str) -> int:
    return nanoseconds(text + "Z") // 1_000_000_000


def moment(text: str) -> datetime:
    """The moment as an aware datetime in UTC, to the microsecond."""
    seconds, fraction = divmod(nanoseconds(text), 1_000_000_000)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=fraction // 1000)


@functools.lru_cache(maxsize=4096)
def _since_epoch(day: str) -> int:
    """Seconds from 1970 to the day's beginning; the year 0 counts as 1."""
    return (date(max(int(day[:4]), 1), int(day[5:7]), int(day[8:])).toordinal() - _EPOCH) * _DAY


@functools.lru_cache(maxsize=4096)
def _date(day: int) -> str:
    return date.fromordinal(min(max(day + _EPOCH, 1), _LAST)).isoformat()

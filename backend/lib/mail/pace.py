"""How fast a mailing may go: so many a minute, an hour, a day, and only at given hours."""

import threading
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import date as calendar_date
from datetime import time as clock_time

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_SLACK = 0.001


@dataclass(frozen=True)
class Pace:
    """Limits; 0 is none. Between `first` and `last` (local time, may span midnight), on `weekdays` (Monday is 0)."""

    per_minute: int = 0
    per_hour: int = 0
    per_day: int = 0
    first: clock_time | None = None
    last: clock_time | None = None
    weekdays: frozenset[int] = frozenset(range(7))

    def opens(self, moment: float) -> float:
        """The earliest moment, not before this one, at which sending is allowed (seconds since 1970).

        A window that begins in the hour that a clock change skips begins right after it.
        """
        today = datetime.fromtimestamp(moment, UTC).astimezone().date()
        for days in range(-1, 9):
            date = today + timedelta(days=days)
            start, end = self._window(date)
            if date.weekday() in self.weekdays and moment < end and start < end:
                return max(moment, start)
        raise ValueError("a pace whose hours never come")

    def _window(self, date: calendar_date) -> tuple[float, float]:
        first, last = self.first or clock_time.min, self.last or clock_time.min
        until = date + timedelta(days=1 if last <= first else 0)
        start, end = datetime.combine(date, first), datetime.combine(until, last)
        return start.astimezone().timestamp(), end.astimezone().timestamp()

    def at_least(self, count: int) -> float:
        """How many seconds so many messages take by the limits alone, hours and days not looked at."""
        limits = ((self.per_minute, _MINUTE), (self.per_hour, _HOUR), (self.per_day, _DAY))
        return max((((count - 1) // limit) * span for limit, span in limits if limit), default=0.0)

    @property
    def claims(self) -> int:
        """How many recipients may be claimed at once: those of one second, between 1 and 32."""
        rates = (self.per_minute / _MINUTE, self.per_hour / _HOUR, self.per_day / _DAY)
        limits = [rate for rate in rates if rate > 0]
        return max(1, min(32, int(min(limits)))) if limits else 32


def tighter(one: int, other: int) -> int:
    """The smaller of two limits, of which 0 is none."""
    return min(one, other) if one and other else one or other


def moment_words(moment: float, now: float) -> str:
    """When something goes on, in local time: 'at 14:05', 'on 25 November at 08:00'."""
    local, today = datetime.fromtimestamp(moment, UTC).astimezone(), datetime.fromtimestamp(now, UTC).astimezone()
    at = f"at {local:%H:%M}"
    return at if local.date() == today.date() else f"on {local.day} {local:%B} {at}"


class Pacer:
    """Says when the next message may go. Thread-safe. `earlier`: the moments of what went out before."""

    def __init__(self, pace: Pace, earlier: Iterable[float] = ()) -> None:
        self._pace = pace
        limits = ((pace.per_minute, _MINUTE), (pace.per_hour, _HOUR), (pace.per_day, _DAY))
        self._limits = [(count, span) for count, span in limits if count]
        self._times = sorted(earlier)
        self._mutex = threading.Lock()
        self._limited = bool(self._limits) or pace.first or pace.last or len(pace.weekdays) < 7

    def take(self, now: float) -> float:
        """Takes a place for a message now, and returns 0; or takes none, and returns the seconds to wait."""
        if not self._limited:
            return 0.0
        with self._mutex:
            wait = max(self._earliest(now), self._pace.opens(now)) - now
            if wait > _SLACK:
                return wait
            if self._limits:
                self._times.append(now)
                self._forget(now)
            return 0.0

    def give_back(self) -> None:
        """Returns the last place that was taken and not used."""
        with self._mutex:
            if self._times:
                self._times.pop()

    def _earliest(self, now: float) -> float:
        earliest = now
        for count, span in self._limits:
            if len(self._times) >= count:
                earliest = max(earliest, self._times[-count] + span)
        if self._pace.per_minute and self._times:
            earliest = max(earliest, self._times[-1] + _MINUTE / self._pace.per_minute)
        return earliest

    def _forget(self, now: float) -> None:
        if len(self._times) > 2 * max(count for count, _ in self._limits):
            del self._times[: bisect_right(self._times, now - _DAY)]

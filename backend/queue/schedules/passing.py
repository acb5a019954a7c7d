"""How time passed between two looks: in order, in sleep, or by somebody setting the clock."""

import datetime as dt
import sys
import time
from typing import Protocol
from zoneinfo import ZoneInfo

from backend.core.clock import now
from backend.queue.schedules.deciding import Gap
from backend.queue.schedules.walltime import local_zone

GAP_SECONDS = 60.0
ZONE_SECONDS = 10.0


class Clocks(Protocol):
    """What the machine says of time."""

    def now(self) -> dt.datetime:
        """The moment that the clock shows (UTC)."""
        ...

    def elapsed(self) -> float | None:
        """Seconds that have passed, asleep or awake, whatever the clock was set to; None where nobody counts them."""
        ...

    def zone(self) -> ZoneInfo:
        """The time zone the machine is in."""
        ...


class MachineClocks:
    """The real ones. The zone is asked for once in ten seconds."""

    def __init__(self) -> None:
        self._zone: ZoneInfo | None = None
        self._asked = 0.0

    def now(self) -> dt.datetime:
        """The moment that the clock shows."""
        return now()

    def elapsed(self) -> float | None:
        """`CLOCK_BOOTTIME` (clock_gettime(2)), which goes on in sleep; only Linux has it."""
        return time.clock_gettime(time.CLOCK_BOOTTIME) if sys.platform == "linux" else None

    def zone(self) -> ZoneInfo:
        """The zone of the system."""
        if self._zone is None or time.monotonic() - self._asked > ZONE_SECONDS:
            self._zone, self._asked = local_zone(), time.monotonic()
        return self._zone


class Passing:
    """Remembers the last look."""

    def __init__(self, clocks: Clocks) -> None:
        self.clocks = clocks
        self._last: tuple[dt.datetime, float | None] | None = None

    def look(self) -> tuple[dt.datetime, ZoneInfo, Gap]:
        """Now, the zone, and why something that came since the last look would be late."""
        moment, elapsed = self.clocks.now(), self.clocks.elapsed()
        last, self._last = self._last, (moment, elapsed)
        return moment, self.clocks.zone(), _gap(last, moment, elapsed)


def _gap(last: tuple[dt.datetime, float | None] | None, moment: dt.datetime, elapsed: float | None) -> Gap:
    if last is None:
        return "off"
    shown = (moment - last[0]).total_seconds()
    passed = elapsed - last[1] if elapsed is not None and last[1] is not None else shown
    if shown - passed > GAP_SECONDS:
        return "clock"
    return "asleep" if passed > GAP_SECONDS else "off"

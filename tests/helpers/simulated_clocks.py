"""A machine whose clock, sleep and time zone a test decides on."""

import datetime as dt
from zoneinfo import ZoneInfo


class SimulatedClocks:
    """Begins at a local time; nothing passes unless it is told to."""

    def __init__(self, wall: str, zone: str = "Europe/Berlin") -> None:
        self._zone = ZoneInfo(zone)
        self._now = dt.datetime.fromisoformat(wall).replace(tzinfo=self._zone).astimezone(dt.UTC)
        self._elapsed = 1000.0

    def now(self) -> dt.datetime:
        """The moment that the clock shows."""
        return self._now

    def elapsed(self) -> float:
        """Seconds that have really passed."""
        return self._elapsed

    def zone(self) -> ZoneInfo:
        """Where the machine is."""
        return self._zone

    def pass_(self, **span: float) -> None:
        """Lets time pass, awake or asleep: `hours=2`."""
        passed = dt.timedelta(**span)
        self._now += passed
        self._elapsed += passed.total_seconds()

    def set(self, **by: float) -> None:
        """Somebody sets the clock, forwards or back."""
        self._now += dt.timedelta(**by)

    def travel(self, zone: str) -> None:
        """The machine is in another time zone from now on."""
        self._zone = ZoneInfo(zone)

    def wall(self) -> str:
        """What the clock on the wall shows."""
        return self._now.astimezone(self._zone).strftime("%Y-%m-%d %H:%M")

"""Wall time to moments: what becomes of the hour that the clocks skip, and of the one that they show twice."""

import datetime as dt
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC = dt.UTC
_MINUTE = dt.timedelta(minutes=1)


def local_zone() -> ZoneInfo:
    """The zone the machine is in now; the clocks of a traveller's machine move with her. UTC where nobody knows."""
    import tzlocal

    try:
        return ZoneInfo(tzlocal.reload_localzone().key or "UTC")
    except (ZoneInfoNotFoundError, AttributeError, ValueError):
        return ZoneInfo("UTC")


def exists(wall: dt.datetime, zone: ZoneInfo) -> bool:
    """Whether the clocks of the zone ever show this."""
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0) == wall


def moment_of(wall: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """The moment (UTC) of a naive wall time.

    One that the clocks skip counts as the first moment after the jump; one that they show twice as the first of both.
    """
    while not exists(wall, zone):
        wall += _MINUTE
    return wall.replace(tzinfo=zone, fold=0).astimezone(UTC)


def wall_of(moment: dt.datetime, zone: ZoneInfo) -> dt.datetime:
    """What the clocks show then: naive, with `fold` 1 in the second pass of a repeated hour."""
    return moment.astimezone(zone).replace(tzinfo=None)

"""What is to become of each time a schedule was due: no clock, no record, only what is given."""

import datetime as dt
from collections import deque
from collections.abc import Collection
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Literal
from zoneinfo import ZoneInfo

from backend.queue.schedules.occurrences import Occurrence, occurrences
from backend.queue.schedules.rules import INTERVALS, Rule
from backend.queue.schedules.walltime import wall_of

Missed = Literal["latest", "all", "skip"]
Overlap = Literal["wait", "skip", "beside"]
Gap = Literal["off", "asleep", "clock", "zone"]
"""Why nobody looked when it was due: Deskhand was not running, the computer slept, its clock or zone was changed."""

ON_TIME = dt.timedelta(minutes=2)
"""What is seen within this is not late."""

LOOK_BACK = dt.timedelta(days=400)
KEPT_SINGLY = 100
"""Missed runs beyond so many are written down as one, with their number."""

_DAY = dt.timedelta(days=1)


@dataclass(frozen=True)
class Standing:
    """A schedule as the record has it."""

    rule: Rule
    missed: Missed
    decided_until: dt.datetime
    zone: ZoneInfo


@dataclass(frozen=True)
class Fate:
    """What becomes of one time, or of `times` in a row of which this is the last."""

    occurrence: Occurrence
    runs: bool
    late: bool
    times: int = 1


@dataclass
class Found:
    """The times that came since the last look: the newest singly, and how many there were before them."""

    newest: deque[Occurrence] = field(default_factory=lambda: deque[Occurrence](maxlen=KEPT_SINGLY))
    before: int = 0
    last_before: Occurrence | None = None

    def add(self, one: Occurrence) -> None:
        """Takes one more in."""
        if len(self.newest) == KEPT_SINGLY:
            self.before += 1
            self.last_before = self.newest[0]
        self.newest.append(one)


def came_due(standing: Standing, now: dt.datetime, zone: ZoneInfo, known: Collection[str]) -> Found:
    """The times since the last look, up to now, that have no run yet.

    In another time zone than before, a time of day that the change leapt over counts as come, and one that was there
    before it does not come again.
    """
    since = max(standing.decided_until, now - LOOK_BACK)
    leapt = wall_of(since, standing.zone) if zone != standing.zone and standing.rule.repeat not in INTERVALS else None
    found = Found()
    start = min(wall_of(since, zone), leapt or wall_of(since, zone)).date() - _DAY
    for one in takewhile(lambda one: one.moment <= now, occurrences(standing.rule, zone, start)):
        is_new = one.moment > since or (leapt is not None and one.wall > leapt)
        if is_new and one.slot not in known:
            found.add(one)
    return found


def decide(found: Found, missed: Missed, now: dt.datetime) -> list[Fate]:
    """Which of them run. What is on time always does; of the late ones none, all, or the latest if nothing is on time.

    The oldest of very many are never run, whatever was chosen: a machine that was off for a year would not do
    anything else any more.
    """
    late = [now - one.moment > ON_TIME for one in found.newest]
    newest_runs = missed == "latest" and all(late)
    fates: list[Fate] = []
    if found.last_before is not None:
        fates.append(Fate(found.last_before, runs=False, late=True, times=found.before))
    for place, one in enumerate(found.newest):
        runs = not late[place] or missed == "all" or (newest_runs and place == len(late) - 1)
        fates.append(Fate(one, runs, late[place]))
    return fates

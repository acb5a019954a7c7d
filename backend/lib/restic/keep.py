"""Which versions stay: the last n, and the newest of each day, week, month and year, for each thing backed up.

The newest version that is whole always stays, whatever the rules say.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo

from pydantic import BaseModel, Field

from backend.core.errors import UserError
from backend.lib.restic.snapshots import Snapshot


class KeepRules(BaseModel):
    """How many versions to keep of each kind; 0 for none by that rule."""

    last: int = Field(default=0, ge=0, title="Latest versions")
    daily: int = Field(default=0, ge=0, title="One a day, for this many days")
    weekly: int = Field(default=0, ge=0, title="One a week, for this many weeks")
    monthly: int = Field(default=0, ge=0, title="One a month, for this many months")
    yearly: int = Field(default=0, ge=0, title="One a year, for this many years")


@dataclass(frozen=True)
class Decision:
    """What becomes of a version. `reasons` says in words why it stays; without any it goes."""

    snapshot: Snapshot
    reasons: tuple[str, ...] = field(default=())

    @property
    def stays(self) -> bool:
        """Whether it is kept."""
        return bool(self.reasons)


_PERIODS: dict[str, tuple[str, Callable[[datetime], object]]] = {
    "daily": ("newest of its day", lambda moment: moment.date()),
    "weekly": ("newest of its week", lambda moment: moment.isocalendar()[:2]),
    "monthly": ("newest of its month", lambda moment: (moment.year, moment.month)),
    "yearly": ("newest of its year", lambda moment: moment.year),
}


def decide(
    snapshots: Iterable[Snapshot],
    rules: KeepRules,
    is_whole: Callable[[Snapshot], bool],
    zone: tzinfo | None = None,
) -> list[Decision]:
    """What the rules keep, newest first; days and weeks are those of `zone`, the machine's by default.

    `is_whole` tells whether a version can be restored; it is asked from the newest on until one is found.
    Raises UserError where no rule keeps anything.
    """
    if not any(rules.model_dump().values()):
        raise UserError("keep.no_rule", "No rule keeps any version.", "Set at least one number above zero.")
    groups: dict[object, list[Snapshot]] = {}
    for snapshot in snapshots:
        groups.setdefault(snapshot.group, []).append(snapshot)
    decisions: list[Decision] = []
    for group in groups.values():
        decisions.extend(_decide_group(sorted(group, key=lambda s: s.moment, reverse=True), rules, is_whole, zone))
    return sorted(decisions, key=lambda decision: decision.snapshot.moment, reverse=True)


def _decide_group(
    newest_first: Sequence[Snapshot], rules: KeepRules, is_whole: Callable[[Snapshot], bool], zone: tzinfo | None
) -> list[Decision]:
    reasons: dict[str, list[str]] = {snapshot.id: [] for snapshot in newest_first}
    for snapshot in newest_first[: rules.last]:
        reasons[snapshot.id].append("one of the latest")
    for rule, (reason, period) in _PERIODS.items():
        left = getattr(rules, rule)
        seen: set[object] = set()
        for snapshot in newest_first:
            when = period(snapshot.moment.astimezone(zone))
            if when not in seen and len(seen) < left:
                seen.add(when)
                reasons[snapshot.id].append(reason)
    last_good = next((snapshot for snapshot in newest_first if is_whole(snapshot)), None)
    if last_good:
        reasons[last_good.id].append("last good version")
    else:
        for snapshot in newest_first:
            reasons[snapshot.id].append("no good version is known")
    return [Decision(snapshot, tuple(reasons[snapshot.id])) for snapshot in newest_first]

"""What a job must be able to reach before it is worth starting: drives, and the network."""

import contextlib
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import psutil

from backend.jobtypes import job_types
from backend.lib.accounts.kinds import account_kinds
from backend.queue.answers import PATHS, Answer, answers_of
from backend.queue.saved import SavedJob
from backend.store import accounts
from backend.store.record import Record

FOLDERS = frozenset({"folder-in", "folder-out"})
Need = Literal["drive", "network"]
PATIENCE_SECONDS = 30 * 60
"""So long a run waits for what it needs; then it starts all the same, and says itself what is missing."""

LOOK_SECONDS = 2.0
"""A folder that does not answer within this, as on a network drive that went away, is not there."""


_under_way: dict[Path, threading.Thread] = {}
"""Looks that have not come back: a place that hangs is not asked anew before it has answered."""


def lacking_of(record: Record, saved: SavedJob) -> Need | None:
    """What a saved job cannot reach now, if anything.

    Of what follows it only the accounts count: files and folders may be made by the steps before.
    """
    if (need := lacking(record, saved.kind, saved.params)) is not None:
        return need
    for step in saved.follow_ups:
        known = job_types().get(step.kind)
        asked = answers_of(known.params, step.params) if known else ()
        for number in (one.value for one in asked if one.asked == "account" and isinstance(one.value, int)):
            if (need := _of_account(record, number)) is not None:
                return need
    return None


def lacking(record: Record, kind: str, params: Mapping[str, Any]) -> Need | None:
    """What is out of reach now, if anything.

    Of a folder to read, the folder must be there; of a file, and of a folder to write to, the folder that it is in.
    An account that is kept in a folder, as a backup is, asks for that; any other account, and a kind of job that
    says so, for the network.
    """
    known = job_types().get(kind)
    if known and known.network and not has_network():
        return "network"
    for answer in answers_of(known.params, params) if known else ():
        if answer.asked == "account" and isinstance(answer.value, int):
            if (need := _of_account(record, answer.value)) is not None:
                return need
        elif not _reachable(answer):
            return "drive"
    return None


def _of_account(record: Record, number: int) -> Need | None:
    account = accounts.find(record, number)
    kind = account_kinds().get(account.kind) if account else None
    if account is None or kind is None:
        return None
    places = [one for one in answers_of(kind.settings, account.settings) if one.asked in FOLDERS and one.texts()]
    if not places:
        return None if has_network() else "network"
    return None if all(map(_reachable, places)) else "drive"


def _reachable(answer: Answer) -> bool:
    if answer.asked not in PATHS:
        return True
    paths = [Path(text) for text in answer.texts()]
    folders = paths if answer.asked == "folder-in" else [path.parent for path in paths]
    return all(is_there(folder) for folder in folders if folder.is_absolute())


def is_there(place: Path) -> bool:
    """Whether the folder is there and says so in time."""
    if place in _under_way and _under_way[place].is_alive():
        return False
    found: list[bool] = []

    def look() -> None:
        with contextlib.suppress(OSError):
            found.append(place.is_dir())

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(LOOK_SECONDS)
    if looking.is_alive():
        _under_way[place] = looking
    else:
        _under_way.pop(place, None)
    return found == [True]


def has_network() -> bool:
    """Whether some connection beside the loopback is up and has an address that others can reach."""
    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    for name, addresses in psutil.net_if_addrs().items():
        for address in addresses if name in up else ():
            text = address.address
            if address.family.name in ("AF_INET", "AF_INET6") and not text.startswith(
                ("127.", "169.254.", "::1", "fe80")
            ):
                return True
    return False

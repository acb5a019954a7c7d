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
from backend.store import accounts
from backend.store.record import Record

Need = Literal["drive", "network"]
PATIENCE_SECONDS = 30 * 60
"""So long a run waits for what it needs; then it starts all the same, and says itself what is missing."""

LOOK_SECONDS = 2.0
"""A folder that does not answer within this, as on a network drive that went away, is not there."""


def lacking(record: Record, kind: str, params: Mapping[str, Any]) -> Need | None:
    """What is out of reach now, if anything.

    Of a folder to read, the folder must be there; of a file, and of a folder to write to, the folder that it is in.
    An account that is kept in a folder, as a backup is, asks for that; any other account for the network.
    """
    known = job_types().get(kind)
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
    places = [answer for answer in answers_of(kind.settings, account.settings) if answer.asked in PATHS]
    if not places:
        return None if has_network() else "network"
    return None if all(map(_reachable, places)) else "drive"


def _reachable(answer: Answer) -> bool:
    if answer.asked not in PATHS:
        return True
    paths = [Path(text) for text in answer.texts()]
    folders = paths if answer.asked == "folder-in" else [path.parent for path in paths]
    return all(_answers(folder) for folder in folders if folder.is_absolute())


def _answers(place: Path) -> bool:
    found: list[bool] = []

    def look() -> None:
        with contextlib.suppress(OSError):
            found.append(place.is_dir())

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    looking.join(LOOK_SECONDS)
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

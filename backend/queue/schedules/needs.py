"""What a job must be able to reach before it is worth starting: drives, and the network."""

import contextlib
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, cast

import psutil

from backend.jobtypes import job_types

Need = Literal["drive", "network"]
PATIENCE_SECONDS = 30 * 60
"""So long a run waits for what it needs; then it starts all the same, and says itself what is missing."""

LOOK_SECONDS = 2.0
"""A folder that does not answer within this, as on a network drive that went away, is not there."""

_INPUTS = frozenset({"file-in", "files-in", "folder-in"})
_NETWORK = frozenset({"account"})


def lacking(kind: str, params: Mapping[str, Any]) -> Need | None:
    """What is out of reach now, if anything.

    Something to read must be there, or at least the folder it is in, for a file; of a folder to write to, the folder
    above. Jobs with an account want a network.
    """
    known = job_types().get(kind)
    if known is None:
        return None
    for name, field in known.params.model_fields.items():
        extra = field.json_schema_extra
        asked = extra.get("x-kind") if isinstance(extra, dict) else None
        value = params.get(name)
        if asked in _NETWORK and value is not None and not has_network():
            return "network"
        if any(not _answers(place) for place in _places(str(asked), value)):
            return "drive"
    return None


def _places(asked: str, value: Any) -> Iterator[Path]:
    values = cast("list[Any]", value) if isinstance(value, list) else [value]
    for each in values:
        if not isinstance(each, str) or not Path(each).is_absolute():
            continue
        if asked == "folder-in":
            yield Path(each)
        elif asked in _INPUTS or asked == "folder-out":
            yield Path(each).parent


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

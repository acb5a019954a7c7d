"""When letters were handed to a mail server, for limits that hold over all mailings of one mailbox.

One file for each mailbox on this computer: eight bytes a letter, added at the end. It is no ledger: a letter that a
crash leaves out of it makes the pace one letter faster, and nothing else.
"""

import hashlib
import struct
from pathlib import Path

from backend.core.paths import private_dir

_MOMENT = struct.Struct("<d")
_DAY = 86400.0


class SentLog:
    """The log of one mailbox, known by its server and the name it is logged in with. Thread-safe."""

    def __init__(self, folder: Path, host: str, user: str) -> None:
        name = hashlib.sha256(f"{host.lower()}\n{user}".encode()).hexdigest()[:24]
        self._path = private_dir(folder) / f"{name}.sent"

    def add(self, *moments: float) -> None:
        """Notes the letters that were handed over at these moments (seconds since 1970)."""
        # A write this small at the end of a file is whole or not there, whoever else writes.
        with self._path.open("ab", buffering=0) as file:
            file.write(b"".join(map(_MOMENT.pack, moments)))

    def since(self, moment: float) -> list[float]:
        """The moments since then, in order."""
        try:
            held = self._path.read_bytes()
        except FileNotFoundError:
            return []
        whole = len(held) - len(held) % _MOMENT.size
        return sorted(found for (found,) in _MOMENT.iter_unpack(held[:whole]) if found >= moment)

    def thin(self, now: float) -> None:
        """Forgets what is older than a day; to be called by the mailbox's one mailing."""
        kept = self.since(now - _DAY)
        if self._path.exists():
            part = self._path.with_suffix(".part")
            part.write_bytes(b"".join(map(_MOMENT.pack, kept)))
            part.replace(self._path)

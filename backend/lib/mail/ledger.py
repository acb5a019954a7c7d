"""Who has got the letter, so recorded that no crash makes anybody get it twice or nobody notice that he did not.

The rules, and why they hold:

1. One lock file per mailing. Only its holder sends, and only its holder recovers; there are no time-outs, so
   neither a suspended machine nor a message delivered twice can start a second sender.
2. Recipients are claimed a few at a time, with the name of this boot, in a commit that reaches the disk before any
   of them is used. `Message-ID` and `Date` are fixed by then, and never change.
3. Before the write that holds the final dot, 'about to' is committed, together with the results that have come in
   since. That commit need not reach the disk: it outlives the process, and a machine that loses it has another boot.
4. On recovery: a result that was recorded stands; 'about to' is *unknown*; claimed in this boot and not marked is
   *waiting* again, since nothing was sent; claimed in another boot is *unknown*, since marks may have been lost.

Over SMTP more cannot be had: between the dot and its answer nobody knows (RFC 1047).
"""

import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backend.core.clock import boot_id
from backend.core.disk import sync_data
from backend.core.errors import UserError
from backend.lib.mail.addresses import Address
from backend.lib.mail.happened import Happened
from backend.lib.mail.ledger_file import SCHEMA, LedgerView, Recipient, State, connected, counts, recipient_row
from backend.lib.mail.letters import Cell
from backend.lib.mail.locks import LockFile

_BROKE_OFF = "The program or the computer stopped while this message was being handed over."
_INSERT = """
INSERT INTO recipient (mailing, row, address, envelope, key, name, cells, state, words)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (mailing, key) DO NOTHING
"""
_NAME = """
UPDATE recipient SET message_id = '<' || lower(hex(randomblob(12))) || '.' || id || '@'
    || (SELECT domain FROM mailing WHERE mailing.name = recipient.mailing) || '>'
WHERE mailing = ? AND message_id = '' AND state IN ('waiting', 'deferred', 'handed over')
"""
# All of them in one value: fetched line by line, each would be a moment in which other threads take over.
_CLAIMABLE = """
SELECT json_group_array(json_array(id, row, address, envelope, key, name, cells, tries + 1, message_id, date))
FROM (
    SELECT * FROM recipient
    WHERE mailing = ? AND state IN ('waiting', 'deferred') AND due <= ? AND id NOT IN (SELECT value FROM json_each(?))
    ORDER BY due, id LIMIT ?
)
"""
# Each takes two waits for the disk, with everybody waiting; but a part of the file that was written before reaches the
# disk several times as fast as one that makes it grow.
_PAGES_BEFORE_A_CHECKPOINT = 2000


@dataclass(frozen=True)
class Claim:
    """A recipient whose message this process may send, once. `tries` counts this one."""

    id: int
    row: int
    address: Address
    name: str
    cells: Mapping[str, Cell]
    tries: int
    message_id: str
    date: float


class Ledger:
    """The ledger of one mailing, for the one process that sends it. Thread-safe; close it at the end.

    Opening takes the lock (ConflictError where another process has it) and recovers what a crash left.
    """

    def __init__(self, path: Path, mailing: str = "mailing") -> None:
        self.view = LedgerView(path, mailing)
        self._path = path
        self._mailing = mailing
        self._mutex = threading.RLock()
        self._marks: set[int] = set()
        self._lock = LockFile(path.with_name(f"{path.name}.{mailing}.lock"))
        try:
            self._db = connected(path)
            self._db.executescript(SCHEMA)
            self._db.execute(f"PRAGMA wal_autocheckpoint={_PAGES_BEFORE_A_CHECKPOINT}")
            self._boot = boot_id()
            self._happened = Happened(self._db, mailing)
            self.recovered = self._recover()
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Commits what has come in and lets go of the lock."""
        with self._mutex:
            try:
                self.flush()
            finally:
                self._db.close()
                self._lock.release()

    def __enter__(self) -> "Ledger":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def prepared(self) -> bool:
        """Whether the recipients have been put in."""
        with self._mutex:
            return self._db.execute("SELECT 1 FROM mailing WHERE name = ?", (self._mailing,)).fetchone() is not None

    def prepare(self, recipients: Iterable[Recipient], domain: str) -> int:
        """Puts all recipients in, in one commit or not at all; how many. `domain` ends the Message-IDs.

        Once it is prepared, the mailing's recipients stay as they are: then this does nothing. Of two recipients with
        one address the first stays.
        """
        if not self.prepared:
            with self._commit(safely=True):
                self._db.execute("INSERT INTO mailing VALUES (?, ?, ?)", (self._mailing, domain, time.time()))
                self._db.executemany(_INSERT, (recipient_row(self._mailing, one) for one in recipients))
                self._db.execute(_NAME, (self._mailing,))
            with self._mutex, _told():
                self._db.execute("PRAGMA wal_checkpoint")
        return sum(self.counts().values())

    def claim(self, limit: int) -> list[Claim]:
        """Takes up to `limit` recipients whose time has come; they are *handed over* from now on."""
        with self._mutex:
            now = time.time()
            gone = json.dumps([*self._happened.touched])
            (found,) = self._db.execute(_CLAIMABLE, (self._mailing, now, gone, limit)).fetchone()
            claims = [_claim(line, float(int(now))) for line in sorted(json.loads(found))]
            if not claims:
                return []
            with self._putting(self._noting(claims)):
                pass
        self._sync()
        return claims

    def _noting(self, claims: list[Claim]) -> Callable[[list[int]], None]:
        claimed = [(claim.id, claim.tries, claim.date, self._boot) for claim in claims]
        return lambda marks: self._happened.write(marks, claimed)

    def _sync(self) -> None:
        """Has what is committed reach the disk, as `synchronous=FULL` would, but with nobody else waiting for it."""
        # Not the ledger's own file: closing that would let go of the locks that SQLite holds on it (fcntl(2)).
        handle = os.open(f"{self._path}-wal", os.O_RDWR)
        try:
            sync_data(handle)
        finally:
            os.close(handle)

    def about_to(self, claim: Claim) -> None:
        """Marks that the write with the final dot is next; commits the results so far with it.

        While one thread commits, others wait with marks of theirs: the next to come commits them all at once.
        """
        self._marks.add(claim.id)
        with self._mutex:
            try:
                if claim.id in self._marks:
                    with self._putting(self._happened.write):
                        pass
            finally:
                self._marks.discard(claim.id)

    def record(self, claim: Claim, state: State, words: str = "", due: float = 0.0) -> None:
        """Notes a result, to be committed with the next mark or by `flush`; others see it after a `flush`.

        `due` (seconds since 1970) is when a *deferred* or *waiting* recipient may be claimed again.
        """
        self._happened.result((state, words, due, time.time(), claim.id, claim.tries, claim.date))

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Makes claims for which nothing was sent *waiting* again, as if they had not been claimed."""
        with self._commit():
            self._db.executemany(
                "UPDATE recipient SET state = 'waiting', tries = tries - 1"
                " WHERE id = ? AND about_to = 0 AND state = 'handed over'",
                [(claim.id,) for claim in claims],
            )

    def flush(self) -> None:
        """Writes the results that have come in into the lines, in one commit."""
        with self._mutex:
            if self._happened.waits:
                with self._commit():
                    pass

    def next_due(self) -> float:
        """When the next recipient may be claimed (seconds since 1970); infinite if there is none left."""
        self.flush()
        query = "SELECT min(due) FROM recipient WHERE mailing = ? AND state IN ('waiting', 'deferred')"
        with self._mutex:
            (due,) = self._db.execute(query, (self._mailing,)).fetchone()
        return float("inf") if due is None else due

    def counts(self) -> dict[State, int]:
        """How many recipients there are in each state."""
        self.flush()
        with self._mutex:
            return counts(self._db, self._mailing)

    def times_since(self, moment: float) -> list[float]:
        """When messages were handed to the server since then, in order: what a pace has to count."""
        query = (
            "SELECT changed FROM recipient WHERE mailing = ? AND changed >= ? AND tries > 0"
            " AND state IN ('sent', 'refused', 'deferred', 'unknown') ORDER BY changed"
        )
        with self._mutex:
            return [changed for (changed,) in self._db.execute(query, (self._mailing, moment))]

    def send_again(self, ids: Iterable[int]) -> int:
        """The user's decision to try these *refused* or *unknown* ones again; how many are *waiting* now."""
        return self._decide(ids, "state = 'waiting', due = 0, tries = 0, words = ''", "'refused', 'unknown'")

    def take_as_sent(self, ids: Iterable[int], words: str) -> int:
        """The user's decision, or that of a look into the Sent folder, that *unknown* ones did go out; how many."""
        with self._mutex:
            return self._decide(ids, "state = 'sent', words = :words", "'unknown'", words=words)

    def _decide(self, ids: Iterable[int], change: str, states: str, **values: str) -> int:
        query = f"UPDATE recipient SET {change}, about_to = 0, changed = :now WHERE id = :id AND mailing = :mailing"
        with self._commit(safely=True):
            changed = 0
            for number in ids:
                bound = {"id": number, "mailing": self._mailing, "now": time.time(), **values}
                changed += self._db.execute(f"{query} AND state IN ({states})", bound).rowcount
            return changed

    def _recover(self) -> dict[State, int]:
        bound = {"mailing": self._mailing, "boot": self._boot, "words": _BROKE_OFF, "now": time.time()}
        claimed = "WHERE mailing = :mailing AND state = 'handed over'"
        with self._commit(safely=True):
            self._db.execute(_NAME, (self._mailing,))
            unknown = self._db.execute(
                "UPDATE recipient SET state = 'unknown', words = :words, changed = :now, about_to = 0"
                f" {claimed} AND (about_to = 1 OR boot <> :boot)",
                bound,
            ).rowcount
            waiting = self._db.execute(
                f"UPDATE recipient SET state = 'waiting', tries = tries - 1 {claimed} AND :boot = boot", bound
            ).rowcount
        return {"unknown": unknown, "waiting": waiting}

    @contextmanager
    def _commit(self, *, safely: bool = False) -> Generator[None, None, None]:
        """One transaction over lines that are up to date. `safely`: on return it is on the disk."""
        with self._mutex:
            if safely:
                self._db.execute("PRAGMA synchronous=FULL")
            try:
                with self._putting(self._happened.fold, "BEGIN IMMEDIATE"):
                    yield
                    self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if safely:
                    self._db.execute("PRAGMA synchronous=NORMAL")

    @contextmanager
    def _putting(self, put: Callable[[list[int]], None], first: str = "") -> Generator[None, None, None]:
        """What has come in, and the marks of all that wait, are put in by `put`; committed when the block has ended."""
        marks = list(self._marks)
        with _told():
            if first:
                self._db.execute(first)
            put(marks)
            yield
        self._happened.settled()
        self._marks.difference_update(marks)


@contextmanager
def _told() -> Generator[None, None, None]:
    """What the database cannot do is put into words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise UserError(
            "mail.ledger",
            f"The record of who has got the letter cannot be written: {error}. The mailing was stopped.",
            "Is the disk full? Make room, then go on: nobody will get the letter twice.",
        ) from error


def _claim(line: list[Any], now: float) -> Claim:
    number, row, text, envelope, key, name, cells, tries, message_id, date = line
    return Claim(number, row, Address(text, envelope, key), name, json.loads(cells), tries, message_id, date or now)

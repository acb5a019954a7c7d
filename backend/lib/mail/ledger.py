"""Who has got the letter, so recorded that no crash makes anybody get it twice or nobody notice that he did not.

The rules, and why they hold:

1. One lock file per mailing. Only its holder sends, and only its holder recovers; there are no time-outs, so
   neither a suspended machine nor a message delivered twice can start a second sender.
2. Recipients are claimed a few at a time, with the name of this boot, in a note that reaches the disk before any
   of them is used. `Message-ID` and `Date` are fixed by then, and never change.
3. Before the write that holds the final dot, 'about to' is noted, together with the results that have come in since.
   That note need not reach the disk: it outlives the process, and a machine that loses it has another boot.
4. On recovery: a result that was recorded stands; 'about to' is *unknown*; claimed in this boot and not marked is
   *waiting* again, since nothing was sent; claimed in another boot is *unknown*, since marks may have been lost.

Over SMTP more cannot be had: between the dot and its answer nobody knows (RFC 1047).
"""

import json
import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from backend.core.clock import boot_id
from backend.core.disk import sync_data
from backend.lib.mail.addresses import Address
from backend.lib.mail.happened import Happened
from backend.lib.mail.ledger_file import (
    SCHEMA,
    LedgerView,
    Recipient,
    State,
    cannot_be_written,
    connected,
    counts,
    recipient_row,
)
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
SELECT json_group_array(json_array(id, row, address, envelope, key, name, json(cells), tries + 1, message_id, date))
FROM (
    SELECT * FROM recipient WHERE mailing = ? AND state IN ('waiting', 'deferred') AND due <= ? ORDER BY due, id LIMIT ?
)
"""
_READ_AHEAD = 1024


class Claim(NamedTuple):
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
        self._claiming = threading.Lock()
        self._next: deque[list[Any]] = deque()
        self._lock = LockFile(path.with_name(f"{path.name}.{mailing}.lock"))
        try:
            self._db = connected(path)
            self._db.executescript(SCHEMA)
            self._boot = boot_id()
            self._happened = Happened(self._db, mailing, path.with_name(f"{path.name}.{mailing}.notes"))
            self.recovered = self._recover()
            self._sync()
            self._happened.end(empty=True)
        except BaseException:
            self._lock.release()
            raise

    def close(self) -> None:
        """Commits what has come in and lets go of the lock."""
        with self._mutex:
            try:
                with self._commit():
                    pass
                self._sync()
            except BaseException:
                self._happened.end(empty=False)
                raise
            else:
                self._happened.end(empty=True)
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
        """Takes up to `limit` recipients whose time has come; they are *handed over* from now on, also on the disk."""
        with self._claiming:
            if not self._next:
                self._next = self._read_ahead()
            now = float(int(time.time()))
            claims = [_claim(line, now) for line in islice(self._next, limit)]
            if claims:
                self._happened.claim([(claim.id, claim.tries, claim.date) for claim in claims], self._boot)
            for _ in claims:
                self._next.popleft()
        return claims

    def _read_ahead(self) -> deque[list[Any]]:
        """Who is next. Nothing but claims changes these lines, however long they wait here."""
        self.flush()
        with self._mutex, _told():
            (found,) = self._db.execute(_CLAIMABLE, (self._mailing, time.time(), _READ_AHEAD)).fetchone()
        return deque(json.loads(found))

    def about_to(self, claim: Claim) -> None:
        """Marks that the write with the final dot is next, and notes the results so far with it."""
        self._happened.mark(claim.id)

    def record(self, claim: Claim, state: State, words: str = "", due: float = 0.0) -> None:
        """Takes a result, to be noted with the next mark or by `flush`; others see it after a `flush`.

        `due` (seconds since 1970) is when a *deferred* or *waiting* recipient may be claimed again.
        """
        self._happened.result((state, words, due, time.time(), claim.id, claim.tries, claim.date))

    def give_back(self, claims: Iterable[Claim]) -> None:
        """Makes claims for which nothing was sent *waiting* again, as if they had not been claimed."""
        with self._claiming:
            self._next.clear()
        with self._commit():
            self._db.executemany(
                "UPDATE recipient SET state = 'waiting', tries = tries - 1"
                " WHERE id = ? AND about_to = 0 AND state = 'handed over'",
                [(claim.id,) for claim in claims],
            )

    def flush(self) -> None:
        """Writes the results that have come in into the lines, in one commit."""
        with self._mutex:
            if self._happened.long:
                with self._happened.nothing_new():
                    with self._commit():
                        pass
                    self._sync()
                    self._happened.begin_again()
            elif self._happened.waits:
                with self._commit():
                    pass

    def _sync(self) -> None:
        """All that was committed reaches the disk: `synchronous=FULL` would do that only where there is a change."""
        # Not the ledger's own file: closing that would let go of the locks that SQLite holds on it (fcntl(2)).
        wal = self._path.with_name(f"{self._path.name}-wal")
        if not wal.exists():
            return
        handle = os.open(wal, os.O_RDWR)
        try:
            sync_data(handle)
        except OSError as error:
            raise cannot_be_written(error) from error
        finally:
            os.close(handle)

    def next_due(self) -> float:
        """When the next recipient may be claimed (seconds since 1970); infinite if there is none left."""
        if self._next:
            return 0.0
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
        with self._mutex, _told():
            if safely:
                self._db.execute("PRAGMA synchronous=FULL")
            try:
                self._db.execute("BEGIN IMMEDIATE")
                with self._happened.folded():
                    yield
                    self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                if safely:
                    self._db.execute("PRAGMA synchronous=NORMAL")


@contextmanager
def _told() -> Generator[None, None, None]:
    """What the database cannot do is put into words."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise cannot_be_written(error) from error


def _claim(line: list[Any], now: float) -> Claim:
    number, row, text, envelope, key, name, cells, tries, message_id, date = line
    return Claim(number, row, Address(text, envelope, key), name, cells, tries, message_id, date or now)

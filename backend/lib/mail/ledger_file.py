"""The file of a ledger: its tables, its states, and reading them while somebody else writes."""

import errno
import json
import sqlite3
from collections.abc import Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from backend.core.errors import UserError
from backend.lib.mail.addresses import Address
from backend.lib.mail.letters import Cell

State = Literal["waiting", "handed over", "sent", "refused", "deferred", "unknown", "skipped"]
STATES: tuple[State, ...] = get_args(State)
LEDGER_NAME = "ledger.sqlite3"
"""What a mailing's ledger is called in the folder of its job."""
DONE: frozenset[State] = frozenset({"sent", "refused", "unknown", "skipped"})
_FULL = {errno.ENOSPC, errno.EDQUOT}

SCHEMA = """
CREATE TABLE IF NOT EXISTS mailing (
    name TEXT PRIMARY KEY,
    domain TEXT NOT NULL,
    created REAL NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS recipient (
    id INTEGER PRIMARY KEY,
    mailing TEXT NOT NULL REFERENCES mailing (name),
    row INTEGER NOT NULL,
    address TEXT NOT NULL,
    envelope TEXT NOT NULL,
    key TEXT NOT NULL,
    name TEXT NOT NULL,
    cells TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('waiting', 'handed over', 'sent', 'refused', 'deferred', 'unknown', 'skipped')
    ),
    tries INTEGER NOT NULL DEFAULT 0,
    due REAL NOT NULL DEFAULT 0,
    boot TEXT NOT NULL DEFAULT '',
    about_to INTEGER NOT NULL DEFAULT 0,
    message_id TEXT NOT NULL DEFAULT '',
    date REAL NOT NULL DEFAULT 0,
    words TEXT NOT NULL DEFAULT '',
    changed REAL NOT NULL DEFAULT 0,
    UNIQUE (mailing, key)
);
CREATE TABLE IF NOT EXISTS noted (
    mailing TEXT PRIMARY KEY,
    up_to INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS recipient_state ON recipient (mailing, state);
CREATE INDEX IF NOT EXISTS recipient_due ON recipient (mailing, due, id) WHERE state IN ('waiting', 'deferred');
"""


@dataclass(frozen=True)
class Recipient:
    """Somebody who is to get the letter. `skip`, if not empty, is why this one gets none."""

    row: int
    address: Address
    name: str = ""
    cells: Mapping[str, Cell] = field(default_factory=dict[str, Cell])
    skip: str = ""


@dataclass(frozen=True)
class Entry:
    """One line of the ledger, for showing. `changed` in seconds since 1970, 0 for never."""

    id: int
    row: int
    address: str
    name: str
    state: State
    tries: int
    changed: float
    words: str
    message_id: str


@dataclass(frozen=True)
class Page:
    """Some lines, how many match in all, and how many recipients there are in each state, at one moment."""

    entries: list[Entry]
    total: int
    counts: dict[State, int]


class LedgerView:
    """Reads a mailing's ledger, also while it is being sent. Each call opens and closes the file."""

    def __init__(self, path: Path, mailing: str = "mailing") -> None:
        self._path = path
        self._mailing = mailing

    def page(
        self, *, search: str = "", states: Collection[State] = (), after: int = 0, limit: int = 200, count: bool = True
    ) -> Page:
        """The lines behind the line `after` (its id), in the list's order; empty before there is a list.

        Without `count`, nothing is counted: that takes longer than the lines where there are very many.
        """
        with closing(connected(self._path)) as db:
            if db.execute("SELECT 1 FROM sqlite_master WHERE name = 'recipient'").fetchone() is None:
                return Page([], 0, dict.fromkeys(STATES, 0))
            db.execute("BEGIN")
            found = counts(db, self._mailing) if count else {}
            entries = list(_entries(db, self._mailing, search, states, after, limit))
            if not count:
                total = 0
            elif search.strip():
                where, values = _matching(self._mailing, search, states, 0)
                (total,) = db.execute(f"SELECT count(*) FROM recipient WHERE {where}", values).fetchone()
            else:
                total = sum(found[state] for state in states or STATES)
        return Page(entries, total, found)

    def counts(self) -> dict[State, int]:
        """How many recipients there are in each state."""
        with closing(connected(self._path)) as db:
            return counts(db, self._mailing)

    def entries(
        self, *, search: str = "", states: Collection[State] = (), after: int = 0, limit: int = 200
    ) -> list[Entry]:
        """A page of lines in the list's order, those behind the line `after` (its id)."""
        with closing(connected(self._path)) as db:
            return list(_entries(db, self._mailing, search, states, after, limit))

    def lines(self, *, search: str = "", states: Collection[State] = ()) -> Iterator[Entry]:
        """All lines that fit, in the list's order."""
        with closing(connected(self._path)) as db:
            yield from _entries(db, self._mailing, search, states, 0, -1)


def connected(path: Path) -> sqlite3.Connection:
    """An open ledger file in autocommit mode, usable from any one thread at a time."""
    db = sqlite3.connect(path, timeout=30.0, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=NORMAL")
    return db


def cannot_be_written(error: Exception) -> UserError:
    """What is raised where the disk takes nothing more."""
    what, hint = "The record of who has got the letter cannot be written", "nobody will get the letter twice."
    if getattr(error, "errno", 0) in _FULL or getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_FULL:
        sentence, do = f"{what}: the disk is full.", "Make room"
    else:
        sentence, do = f"{what}: {error}.", "See to its disk"
    return UserError("mail.ledger", f"{sentence} The mailing was stopped.", f"{do}, then go on: {hint}")


def counts(db: sqlite3.Connection, mailing: str) -> dict[State, int]:
    """How many recipients there are in each state."""
    found: dict[State, int] = dict.fromkeys(STATES, 0)
    found.update(db.execute("SELECT state, count(*) FROM recipient WHERE mailing = ? GROUP BY state", (mailing,)))
    return found


def recipient_row(mailing: str, recipient: Recipient) -> tuple[Any, ...]:
    """The values of a new line, in the order in which the ledger inserts them."""
    address = recipient.address
    cells = json.dumps(dict(recipient.cells), ensure_ascii=False, separators=(",", ":"))
    state: State = "skipped" if recipient.skip else "waiting"
    own = (mailing, recipient.row, address.text, address.envelope, address.key, recipient.name, cells)
    return (*own, state, recipient.skip)


def _matching(mailing: str, search: str, states: Collection[State], after: int) -> tuple[str, list[Any]]:
    where = ["id > ?"]
    # Without a state, the lines are read in their order; an index by mailing would have them all sorted.
    where.append("mailing = ?" if states else "+mailing = ?")
    values: list[Any] = [after, mailing]
    if states:
        where.append(f"state IN ({', '.join('?' * len(states))})")
        values += list(states)
    if search.strip():
        pattern = "%" + search.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        where.append("(address LIKE ? ESCAPE '\\' OR name LIKE ? ESCAPE '\\' OR words LIKE ? ESCAPE '\\')")
        values += [pattern] * 3
    return " AND ".join(where), values


def _entries(
    db: sqlite3.Connection, mailing: str, search: str, states: Collection[State], after: int, limit: int
) -> Iterator[Entry]:
    where, values = _matching(mailing, search, states, after)
    columns = "id, row, address, name, state, tries, changed, words, message_id"
    query = f"SELECT {columns} FROM recipient WHERE {where} ORDER BY id LIMIT ?"
    for line in db.execute(query, (*values, limit)):
        yield Entry(*line)

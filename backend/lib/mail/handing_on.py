"""Those who were refused are handed on to a further mailing, each to one only, so that nobody is written to twice."""

import sqlite3
from contextlib import closing
from pathlib import Path

from backend.core.errors import UserError
from backend.lib.mail.ledger_file import connected

_TABLE = "CREATE TABLE IF NOT EXISTS handed_on (key TEXT PRIMARY KEY, job INTEGER NOT NULL) WITHOUT ROWID"


def refused(path: Path) -> dict[str, int]:
    """The keys of those who were refused, each with the job it was handed on to; 0: to none. Raises UserError."""
    if not path.exists():
        raise _no_ledger()
    with closing(connected(path)) as db:
        return _refused(db)


def hand_on(path: Path, job: int) -> frozenset[str]:
    """Hands those who were refused, and have not been handed on yet, to this job; the keys of all that it has.

    Asked twice by the same job, it answers the same. Raises UserError.
    """
    if not path.exists():
        raise _no_ledger()
    with closing(connected(path)) as db:
        db.execute("PRAGMA synchronous=FULL")
        db.execute("BEGIN IMMEDIATE")
        free = [(key, job) for key, taken in _refused(db).items() if not taken]
        db.execute(_TABLE)
        db.executemany("INSERT INTO handed_on VALUES (?, ?)", free)
        note = f" (Sent again by job #{job}.)"
        db.executemany("UPDATE recipient SET words = words || ? WHERE key = ?", [(note, key) for key, _ in free])
        db.execute("COMMIT")
        return frozenset(key for key, taken in _refused(db).items() if taken == job)


def _refused(db: sqlite3.Connection) -> dict[str, int]:
    tables = {name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if "recipient" not in tables:
        return {}
    taken = "(SELECT job FROM handed_on WHERE handed_on.key = recipient.key)" if "handed_on" in tables else "0"
    return dict(db.execute(f"SELECT key, coalesce({taken}, 0) FROM recipient WHERE state = 'refused' ORDER BY id"))


def _no_ledger() -> UserError:
    return UserError(
        "mail.no_earlier",
        "The earlier mailing whose refused letters are to be sent again is not there any more.",
        "Take its number out of the form: then everybody on the list gets the letter.",
        fields={"again_of": "There is no mailing of this number."},
    )

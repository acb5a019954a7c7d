"""What has happened to letters since the ledger's lines were last written.

Sending waits for every claim and every mark, so claims, marks and results are noted in a file (`notes`) first, at the
cost of one small write each; the lines of the recipients, with their indexes, are brought up to date many at once, in
one transaction that also says up to which note they are. After a crash the later notes are read first, so it does not
matter which of the two has reached the disk: the file begins anew only when the lines have.
"""

import json
import sqlite3
import threading
from collections import deque
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TypeAlias

from backend.lib.mail import notes
from backend.lib.mail.ledger_file import State, cannot_be_written

Result: TypeAlias = tuple[State, str, float, float, int, int, float]
"""State, words, due, when it came in, the recipient's id, the number of the try, the date of the letter."""
Claimed: TypeAlias = tuple[int, int, float]
"""The recipient's id, the number of the try, the date of the letter."""

_JSON = json.JSONEncoder(separators=(",", ":"))
_RESULTS = """
UPDATE recipient SET state = json_extract(one.value, '$[0]'), words = json_extract(one.value, '$[1]'),
    due = json_extract(one.value, '$[2]'), changed = json_extract(one.value, '$[3]'), about_to = 0,
    tries = json_extract(one.value, '$[5]'), date = json_extract(one.value, '$[6]')
FROM json_each(?) AS one WHERE recipient.id = json_extract(one.value, '$[4]')
"""
_CLAIMS = """
UPDATE recipient SET state = 'handed over', about_to = 0, tries = json_extract(one.value, '$[1]'),
    date = json_extract(one.value, '$[2]'), boot = ?
FROM json_each(?) AS one WHERE recipient.id = json_extract(one.value, '$[0]')
"""
_MARKS = "UPDATE recipient SET about_to = 1 WHERE id IN (SELECT value FROM json_each(?))"
_UP_TO = "INSERT INTO noted VALUES (?, ?) ON CONFLICT (mailing) DO UPDATE SET up_to = excluded.up_to"


class Happened:
    """The notes of one mailing, in the file `path`. Thread-safe, but for `folded`, `begin_again` and `end`."""

    def __init__(self, db: sqlite3.Connection, mailing: str, path: Path) -> None:
        self._db = db
        self._mailing = mailing
        self._path = path
        self._mutex = threading.RLock()
        self._new: deque[Result] = deque()
        self._noted = _Noted()
        self._notes: notes.Notes | None = None
        found = db.execute("SELECT up_to FROM noted WHERE mailing = ?", (mailing,)).fetchone()
        self._last: int = found[0] if found else 0
        prepared = db.execute("SELECT 1 FROM mailing WHERE name = ?", (mailing,)).fetchone()
        for number, what in notes.read(path) if prepared else ():
            if number > self._last:
                self._noted.take(*json.loads(what))
                self._last = number

    @property
    def waits(self) -> bool:
        """Whether there is something that the lines do not have."""
        return bool(self._new or self._noted)

    @property
    def long(self) -> bool:
        """Whether the file is to begin anew."""
        return self._notes is not None and self._notes.long

    def result(self, result: Result) -> None:
        """Takes a result, to go with the next note."""
        self._new.append(result)

    def claim(self, claimed: list[Claimed], boot: str) -> None:
        """Notes these, and has them reach the disk. All claims that the lines do not have are of one boot."""
        with self._mutex:
            written = self._write([], claimed, boot)
        try:
            written.sync()
        except OSError as error:
            raise cannot_be_written(error) from error

    def mark(self, number: int) -> None:
        """Notes that the letter to this one is about to go, and the results that have come in."""
        with self._mutex:
            self._write([number], [])

    @contextmanager
    def folded(self) -> Generator[None, None, None]:
        """Inside a transaction: puts all into the lines; forgotten where the block, which commits, ends well."""
        with self._mutex:
            if self._new:
                self._write([], [])
            folding, self._noted = self._noted, _Noted()
            last = self._last
        try:
            self._put(folding, last)
            yield
        except BaseException:
            with self._mutex:
                folding.take(*self._noted.all())
                self._noted = folding
            raise

    @contextmanager
    def nothing_new(self) -> Generator[None, None, None]:
        """While the block runs, whoever wants to note something waits."""
        with self._mutex:
            yield

    def begin_again(self) -> None:
        """Empties the file: only when the lines have all of it and are on the disk, and nothing new came since."""
        if self._notes is not None:
            self._notes.begin_again()

    def end(self, *, empty: bool) -> None:
        """Closes the file; where it is `empty`, since the lines on the disk have all of it, it is removed."""
        if self._notes is not None:
            self._notes.close()
            self._notes = None
        if empty:
            self._path.unlink(missing_ok=True)

    def _write(self, marks: list[int], claimed: list[Claimed], boot: str = "") -> notes.Notes:
        """Notes these together with the results that have come in."""
        # By number: others may add while this goes on.
        results = [self._new[number] for number in range(len(self._new))]
        try:
            if self._notes is None:
                self._notes = notes.Notes(self._path, self._last + 1)
            self._notes.add(_JSON.encode([results, claimed, marks, boot]).encode())
        except OSError as error:
            raise cannot_be_written(error) from error
        self._last = self._notes.last
        for _ in results:
            self._new.popleft()
        self._noted.take(results, claimed, marks, boot)
        return self._notes

    def _put(self, folding: "_Noted", last: int) -> None:
        results, claimed, marks, boot = folding.all()
        if results:
            self._db.execute(_RESULTS, (_JSON.encode([*results]),))
        if claimed:
            self._db.execute(_CLAIMS, (boot, _JSON.encode([*claimed])))
        if marks:
            self._db.execute(_MARKS, (_JSON.encode([*marks]),))
        if folding:
            self._db.execute(_UP_TO, (self._mailing, last))


class _Noted:
    """What came last for each recipient."""

    def __init__(self) -> None:
        self._results: dict[int, Result] = {}
        self._claimed: dict[int, Claimed] = {}
        self._marked: set[int] = set()
        self._boot = ""

    def __bool__(self) -> bool:
        return bool(self._results or self._claimed or self._marked)

    def all(self) -> tuple[Iterable[Result], Iterable[Claimed], Iterable[int], str]:
        """As `take` wants it."""
        return self._results.values(), self._claimed.values(), self._marked, self._boot

    def take(self, results: Iterable[Result], claimed: Iterable[Claimed], marks: Iterable[int], boot: str) -> None:
        """Takes what came later. Of one recipient, a claim comes before its mark, and behind an earlier result."""
        for one in results:
            self._results[one[4]] = one
            self._claimed.pop(one[4], None)
            self._marked.discard(one[4])
        for one in claimed:
            self._claimed[one[0]] = one
            self._results.pop(one[0], None)
            self._marked.discard(one[0])
        self._marked.update(marks)
        self._boot = boot or self._boot

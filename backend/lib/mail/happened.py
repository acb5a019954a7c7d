"""What has happened to letters since the ledger's lines were last written.

Sending waits for every claim and every mark, so claims, marks and results are noted in one small row at a time, a
single page of the file; the lines of the recipients, with their indexes, are brought up to date many at once. Both are
parts of one database, so each commit holds exactly one of the two, and after a crash the notes are read first.
"""

import json
import sqlite3
from collections import deque
from collections.abc import Callable, Collection, Sequence
from typing import TypeAlias

from backend.lib.mail.ledger_file import State

Result: TypeAlias = tuple[State, str, float, float, int, int, float]
"""State, words, due, when it came in, the recipient's id, the number of the try, the date of the letter."""
Claimed: TypeAlias = tuple[int, int, float, str]
"""The recipient's id, the number of the try, the date of the letter, the boot."""

_NOTE = "INSERT INTO happened (mailing, what) VALUES (?, ?)"
_RESULTS = """
UPDATE recipient SET state = json_extract(one.value, '$[0]'), words = json_extract(one.value, '$[1]'),
    due = json_extract(one.value, '$[2]'), changed = json_extract(one.value, '$[3]'), about_to = 0,
    tries = json_extract(one.value, '$[5]'), date = json_extract(one.value, '$[6]')
FROM json_each(?) AS one WHERE recipient.id = json_extract(one.value, '$[4]')
"""
_CLAIMS = """
UPDATE recipient SET state = 'handed over', about_to = 0, tries = json_extract(one.value, '$[1]'),
    date = json_extract(one.value, '$[2]'), boot = json_extract(one.value, '$[3]')
FROM json_each(?) AS one WHERE recipient.id = json_extract(one.value, '$[0]')
"""
_MARKS = "UPDATE recipient SET about_to = 1 WHERE id IN (SELECT value FROM json_each(?))"


class Happened:
    """The notes of one mailing. `result` may be called from any thread; all else by whoever holds the database.

    `write`, `fold` and `settled` go together: what one of the first two has put into a transaction counts as
    written once `settled` is called after its commit, and is put in again by the next one if it is not.
    """

    def __init__(self, db: sqlite3.Connection, mailing: str) -> None:
        self._db = db
        self._mailing = mailing
        self._new: deque[Result] = deque()
        self._noted: list[Result] = []
        self._claimed: dict[int, Claimed] = {}
        self._touched: set[int] = set()
        self._marked: set[int] = set()
        self._settle: Callable[[], None] = _nothing
        for (what,) in db.execute("SELECT what FROM happened WHERE mailing = ? ORDER BY id", (mailing,)):
            self._keep(*json.loads(what))

    @property
    def waits(self) -> bool:
        """Whether there is something that the lines do not have."""
        return bool(self._new or self._noted or self._claimed)

    @property
    def touched(self) -> Collection[int]:
        """Who was claimed since the lines were last written: what they say of these is no longer true."""
        return self._touched

    def result(self, result: Result) -> None:
        """Takes a result, to go with the next commit."""
        self._new.append(result)

    def write(self, marks: list[int], claimed: Sequence[Claimed] = ()) -> None:
        """Notes these, and the results that have come in, in one statement; none where there is nothing."""
        results = self._came_in()

        def settle() -> None:
            self._forget(len(results))
            self._keep(results, marks, claimed)

        self._settle = settle
        if results or marks or claimed:
            self._db.execute(_NOTE, (self._mailing, json.dumps([results, marks, claimed])))

    def fold(self, marks: list[int]) -> None:
        """Puts all into the lines, inside a transaction, and takes the notes away."""
        new = self._came_in()
        results = self._noted + new
        had = {one[4] for one in new}

        def settle() -> None:
            self._forget(len(new))
            self._noted.clear()
            self._claimed.clear()
            self._touched.clear()
            self._marked.clear()

        self._settle = settle
        if results:
            self._db.execute(_RESULTS, (json.dumps(results),))
        if claimed := [one for number, one in self._claimed.items() if number not in had]:
            self._db.execute(_CLAIMS, (json.dumps(claimed),))
        if open_ones := [number for number in {*self._marked, *marks} if number not in had]:
            self._db.execute(_MARKS, (json.dumps(open_ones),))
        self._db.execute("DELETE FROM happened WHERE mailing = ?", (self._mailing,))

    def settled(self) -> None:
        """What was put in last is committed. A second time this does nothing."""
        settle, self._settle = self._settle, _nothing
        settle()

    def _came_in(self) -> list[Result]:
        # By number: others may add while this goes on.
        return [self._new[number] for number in range(len(self._new))]

    def _forget(self, count: int) -> None:
        for _ in range(count):
            self._new.popleft()

    def _keep(self, results: list[Result], marks: list[int], claimed: Sequence[Claimed]) -> None:
        self._noted += results
        for one in results:
            self._marked.discard(one[4])
            self._claimed.pop(one[4], None)
        self._marked.update(marks)
        self._claimed.update((one[0], one) for one in claimed)
        self._touched.update(one[0] for one in claimed)


def _nothing() -> None:
    """Where nothing was put in."""

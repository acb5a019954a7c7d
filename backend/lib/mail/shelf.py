"""The claims at hand: taken from the ledger ahead of their time, since claiming waits for the disk."""

import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Protocol

from backend.lib.mail.ledger import Claim

_LOOKS_UP = 0.25


class Claims(Protocol):
    """What is needed of a ledger."""

    def claim(self, limit: int) -> list[Claim]: ...
    def give_back(self, claims: Iterable[Claim]) -> None: ...


class Shelf:
    """Claims, the next ones while the last are being used up.

    At most `limit` claims have no result at any moment, those that were taken from here included, unless more are
    taken at once: a crash of the machine makes no more than so many *unknown*. With a limit of one, each is claimed
    when it is wanted. Thread-safe. `fail` is told what claiming ahead raises, and `arrived` when there are more.
    """

    def __init__(
        self,
        book: Claims,
        limit: int,
        fail: Callable[[BaseException], None],
        arrived: Callable[[], None] = lambda: None,
    ) -> None:
        self._book = book
        self._limit = limit
        self._few = self._fewest = max(1, limit // 3)
        self._fail = fail
        self._arrived = arrived
        self._claims: deque[Claim] = deque()
        self._taken = 0
        self._mutex = threading.Lock()
        self._low, self._ended = threading.Event(), threading.Event()
        self._fetching = False
        self._thread = threading.Thread(target=self._fetch, name="mail-claims", daemon=True)
        if limit > 1:
            self._thread.start()

    def __bool__(self) -> bool:
        """Whether there are some, or will be in a moment."""
        with self._mutex:
            return self._fetching or bool(self._claims)

    @property
    def in_hand(self) -> int:
        """How many were taken and have no result yet."""
        return self._taken

    def take(self) -> Claim | None:
        """The next one; None where nobody is waiting just now, or more are on their way."""
        with self._mutex:
            if not self._claims and not self._fetching:
                self._few = self._fewest
                self._claims.extend(self._book.claim(max(1, self._room())))
            if not self._claims:
                return None
            self._taken += 1
            self._wake()
            return self._claims.popleft()

    def finished(self, count: int = 1) -> None:
        """So many that were taken have a result, or were given back."""
        with self._mutex:
            self._taken -= count
            self._wake()

    def give_back(self) -> None:
        """Makes all that lie here *waiting* again."""
        with self._mutex:
            claims = list(self._claims)
            self._claims.clear()
        if claims:
            self._book.give_back(claims)

    def end(self) -> None:
        """Fetches no more, and gives back."""
        self._ended.set()
        self._low.set()
        if self._limit > 1:
            self._thread.join()
        self.give_back()

    def _room(self) -> int:
        return self._limit - self._taken - len(self._claims)

    def _wake(self) -> None:
        if self._room() >= self._few and not self._fetching and not self._low.is_set():
            self._low.set()

    def _fetch(self) -> None:
        while not self._ended.is_set():
            if not self._low.wait(_LOOKS_UP):
                continue
            self._low.clear()
            with self._mutex:
                room = self._room() if self._claims else 0
                self._fetching = room >= self._few
            if not self._fetching:
                continue
            found: list[Claim] = []
            try:
                found = self._book.claim(room)
            except BaseException as error:  # noqa: BLE001 - handed to the one who sends
                self._fail(error)
                return
            finally:
                with self._mutex:
                    left = len(self._claims)
                    self._claims.extend(found)
                    self._fetching = False
                self._learn(left)

    def _learn(self, left: int) -> None:
        """Each wait for the disk is one for the mail server, too, if it is on this computer: as few as will do."""
        if not left:
            self._few = max(self._fewest, self._few - 3)
            self._arrived()
        elif left > self._limit // 8:
            self._few = min(self._limit * 5 // 8, self._few + 1)

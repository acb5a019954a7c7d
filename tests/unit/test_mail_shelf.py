"""The claims at hand: fetched ahead, never too many, and given back."""

import threading
from collections.abc import Iterable
from pathlib import Path

from backend.core.errors import UserError
from backend.lib.mail.ledger import Claim, Ledger
from backend.lib.mail.shelf import Shelf
from tests.helpers.mail_jobs import people
from tests.helpers.waiting import until


def prepared(path: Path, count: int) -> Ledger:
    """A ledger with so many who wait."""
    ledger = Ledger(path)
    ledger.prepare(people(*(f"p{n}" for n in range(count))), "example.com")
    return ledger


def fails(error: BaseException) -> None:
    """For a shelf that is not to fail."""
    raise AssertionError from error


def test_everybody_is_taken_once_and_no_more_than_the_limit_have_no_result(tmp_path: Path) -> None:
    with prepared(tmp_path / "l", 300) as ledger:
        shelf = Shelf(ledger, 32, fails)
        taken: list[int] = []
        in_hand: list[Claim] = []
        while len(taken) < 300:
            claim = shelf.take()
            if claim is not None:
                taken.append(claim.row)
                in_hand.append(claim)
            if len(in_hand) > 7 or len(taken) == 300:
                ledger.record(in_hand.pop(0), "sent")
                shelf.finished()
            assert ledger.counts()["handed over"] <= 32
        assert sorted(taken) == list(range(2, 302))
        until(lambda: not shelf)
        assert shelf.take() is None
        shelf.end()


def test_more_are_fetched_before_the_last_are_used_up(tmp_path: Path) -> None:
    with prepared(tmp_path / "l", 100) as ledger:
        shelf = Shelf(ledger, 32, fails)
        for _ in range(10):
            claim = shelf.take()
            assert claim is not None
            ledger.record(claim, "sent")
            shelf.finished()
        until(lambda: ledger.counts()["handed over"] == 32)
        shelf.end()


def test_several_threads_take_from_one_shelf(tmp_path: Path) -> None:
    with prepared(tmp_path / "l", 400) as ledger:
        shelf = Shelf(ledger, 8, fails)
        taken: list[int] = []

        def work() -> None:
            while shelf or ledger.counts()["waiting"]:
                claim = shelf.take()
                if claim is not None:
                    taken.append(claim.row)
                    ledger.record(claim, "sent")
                    shelf.finished()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken) == list(range(2, 402))
        shelf.end()


def test_what_is_not_taken_waits_again_after_the_end(tmp_path: Path) -> None:
    with prepared(tmp_path / "l", 100) as ledger:
        shelf = Shelf(ledger, 32, fails)
        assert shelf.take() is not None
        assert ledger.counts()["handed over"] == 32
        shelf.end()
        counts = ledger.counts()
        assert (counts["handed over"], counts["waiting"]) == (1, 99)


def test_where_all_are_in_hand_one_more_can_be_taken(tmp_path: Path) -> None:
    with prepared(tmp_path / "l", 3) as ledger:
        shelf = Shelf(ledger, 1, fails)
        assert [shelf.take() is not None for _ in range(4)] == [True, True, True, False]
        assert shelf.in_hand == 3
        shelf.end()


def test_a_slow_pace_claims_one_at_a_time_and_only_when_it_is_wanted(tmp_path: Path) -> None:
    with prepared(tmp_path / "l", 3) as ledger:
        shelf = Shelf(ledger, 1, fails)
        assert ledger.counts()["handed over"] == 0
        assert shelf.take() is not None
        assert ledger.counts()["handed over"] == 1
        assert not shelf
        shelf.end()


class Counting:
    """A ledger that remembers how many were claimed at a time."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.sizes: list[int] = []

    def claim(self, limit: int) -> list[Claim]:
        self.sizes.append(limit)
        return self._ledger.claim(limit)

    def give_back(self, claims: Iterable[Claim]) -> None:
        self._ledger.give_back(claims)


def test_claims_that_always_come_in_time_are_fetched_less_often(tmp_path: Path) -> None:
    with prepared(tmp_path / "l", 400) as ledger:
        book = Counting(ledger)
        shelf = Shelf(book, 32, fails)
        for _ in range(300):
            assert shelf.take() is not None
            shelf.finished()
            until(lambda: shelf and shelf._room() < shelf._few)  # pyright: ignore[reportPrivateUsage]
        shelf.end()
        assert book.sizes[:2] == [32, 10]
        assert book.sizes[-1] == 20


class FullDisk:
    """A ledger whose disk is full from the second claim on."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self.claims = 0

    def claim(self, limit: int) -> list[Claim]:
        self.claims += 1
        if self.claims > 1:
            raise UserError("mail.ledger", "The disk is full.")
        return self._ledger.claim(limit)

    def give_back(self, claims: Iterable[Claim]) -> None:
        self._ledger.give_back(claims)


def test_what_goes_wrong_while_claiming_ahead_is_told(tmp_path: Path) -> None:
    told: list[BaseException] = []
    with prepared(tmp_path / "l", 50) as ledger:
        shelf = Shelf(FullDisk(ledger), 32, told.append)
        for _ in range(10):
            assert shelf.take() is not None
            shelf.finished()
        until(lambda: told)
        assert str(told[0]) == "The disk is full."
        shelf.end()
        assert ledger.counts()["handed over"] == 10

"""Who has got the letter: what is recorded, and what is made of it after a crash."""

import json
import os
import resource
import shutil
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import ConflictError, UserError
from backend.lib.mail import ledger as ledger_module
from backend.lib.mail import notes
from backend.lib.mail.addresses import parse
from backend.lib.mail.ledger import Claim, Ledger
from backend.lib.mail.ledger_file import LedgerView, Recipient, connected


def _people(count: int) -> list[Recipient]:
    return [Recipient(n, parse(f"p{n}@example.com"), f"Person {n}", {"n": n}) for n in range(2, count + 2)]


def _prepared(path: Path, count: int = 5) -> Ledger:
    ledger = Ledger(path)
    assert ledger.prepare(_people(count), "example.com") == count
    return ledger


def _states(ledger: Ledger) -> dict[str, int]:
    return {state: count for state, count in ledger.counts().items() if count}


def _crash(ledger: Ledger) -> None:
    """Lets go of the lock as the system does for a killed process; nothing more is written."""
    ledger._happened.end(empty=False)  # pyright: ignore[reportPrivateUsage]
    ledger._lock.release()  # pyright: ignore[reportPrivateUsage]


def test_recipients_are_put_in_once_and_nobody_twice(tmp_path: Path):
    with Ledger(tmp_path / "l") as ledger:
        people = [
            *_people(3),
            Recipient(9, parse("P2@EXAMPLE.com")),
            Recipient(10, parse("no@example.com"), skip="left"),
        ]
        assert ledger.prepare(people, "example.com") == 4
        assert ledger.prepare(_people(50), "example.com") == 4
        assert _states(ledger) == {"waiting": 3, "skipped": 1}


def test_preparing_that_breaks_off_leaves_nothing(tmp_path: Path):
    def breaks() -> Iterator[Recipient]:
        yield from _people(2)
        raise RuntimeError("the list is unreadable")

    with Ledger(tmp_path / "l") as ledger:
        with pytest.raises(RuntimeError, match="unreadable"):
            ledger.prepare(breaks(), "example.com")
        assert not ledger.prepared
        assert ledger.prepare(_people(2), "example.com") == 2


def test_message_id_and_date_are_fixed_at_the_first_claim(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "l"
    with _prepared(path, 2) as ledger:
        first = ledger.claim(5)
        ledger.record(first[0], "deferred", "450 later", due=0.0)
        ledger.give_back(first[1:])
        monkeypatch.setattr(ledger_module.time, "time", lambda: 4_000_000_000.0)
        second = ledger.claim(5)
    assert [(c.id, c.message_id, c.date) for c in second] == [(c.id, c.message_id, c.date) for c in first]
    assert [c.tries for c in second] == [2, 1]
    assert len({c.message_id for c in second}) == 2
    assert all(c.message_id.endswith("@example.com>") for c in second)
    assert first[0].cells == {"n": 2}


def test_nobody_is_claimed_twice_by_threads_at_once(tmp_path: Path):
    with _prepared(tmp_path / "l", 300) as ledger:
        claims: list[Claim] = []

        def work() -> None:
            while taken := ledger.claim(7):
                for claim in taken:
                    ledger.about_to(claim)
                    ledger.record(claim, "sent")
                claims.extend(taken)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(claim.row for claim in claims) == list(range(2, 302))
        assert _states(ledger) == {"sent": 300}


def test_a_second_sender_of_the_same_mailing_is_turned_away(tmp_path: Path):
    with _prepared(tmp_path / "l"):
        with pytest.raises(ConflictError, match="being sent already"):
            Ledger(tmp_path / "l")
        with Ledger(tmp_path / "l", "another") as other:
            assert not other.prepared
    Ledger(tmp_path / "l").close()


def test_after_a_crash_in_the_same_boot_only_marked_ones_are_unknown(tmp_path: Path):
    ledger = _prepared(tmp_path / "l", 5)
    one, two, three, _four = ledger.claim(4)
    ledger.about_to(one)
    ledger.record(one, "sent", "250 ok")
    ledger.about_to(two)
    ledger.record(two, "sent", "250 ok, but this was never committed")
    _crash(ledger)
    with Ledger(tmp_path / "l") as after:
        assert after.recovered == {"unknown": 1, "waiting": 2}
        assert _states(after) == {"sent": 1, "unknown": 1, "waiting": 3}
        assert [claim.row for claim in after.claim(9)] == [three.row, three.row + 1, three.row + 2]


def test_after_a_restart_of_the_machine_all_claimed_ones_are_unknown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    ledger = _prepared(tmp_path / "l", 5)
    one, *_ = ledger.claim(3)
    ledger.about_to(one)
    ledger.record(one, "sent")
    ledger.flush()
    _crash(ledger)
    monkeypatch.setattr(ledger_module, "boot_id", lambda: "another boot")
    with Ledger(tmp_path / "l") as after:
        assert _states(after) == {"sent": 1, "unknown": 2, "waiting": 2}


def _notes(path: Path) -> Path:
    return path.with_name(f"{path.name}.mailing.notes")


def _noted(path: Path) -> list[Any]:
    """What has been noted: results, claims, marks of each note."""
    return [json.loads(what) for _number, what in notes.read(_notes(path))]


def _after_a_kill(path: Path, into: Path) -> dict[str, int]:
    """What would be found if the process were killed now."""
    into.mkdir()
    for file in (path, path.with_name(f"{path.name}-wal"), _notes(path)):
        if file.exists():
            shutil.copy(file, into)
    with Ledger(into / path.name) as after:
        return _states(after)


def test_a_kill_right_after_a_mark_makes_one_unknown_and_loses_no_result_before_it(tmp_path: Path):
    with _prepared(tmp_path / "l", 2) as ledger:
        one, two = ledger.claim(2)
        assert _after_a_kill(tmp_path / "l", tmp_path / "claimed") == {"waiting": 2}
        ledger.about_to(one)
        assert _after_a_kill(tmp_path / "l", tmp_path / "marked") == {"unknown": 1, "waiting": 1}
        ledger.record(one, "sent")
        ledger.about_to(two)
        assert _after_a_kill(tmp_path / "l", tmp_path / "sent") == {"sent": 1, "unknown": 1}
        ledger.flush()
        assert _after_a_kill(tmp_path / "l", tmp_path / "flushed") == {"sent": 1, "unknown": 1}
        ledger.record(two, "refused", "550 no")
        ledger.flush()
        assert _after_a_kill(tmp_path / "l", tmp_path / "all") == {"sent": 1, "refused": 1}


def test_a_letter_that_was_deferred_and_marked_again_is_unknown_after_a_kill(tmp_path: Path):
    with _prepared(tmp_path / "l", 1) as ledger:
        for _ in range(2):
            (one,) = ledger.claim(1)
            ledger.about_to(one)
            assert _after_a_kill(tmp_path / "l", tmp_path / f"marked{one.tries}") == {"unknown": 1}
            ledger.record(one, "deferred", "450 later")
            assert ledger.next_due() == 0
        assert _after_a_kill(tmp_path / "l", tmp_path / "deferred") == {"deferred": 1}


def test_claims_reach_the_disk_before_they_are_used_and_marks_need_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    synced: list[list[int]] = []

    def sync(handle: int) -> None:
        assert os.path.samestat(os.fstat(handle), _notes(tmp_path / "l").stat())
        ((_results, claimed, _marks, _boot),) = _noted(tmp_path / "l")
        synced.append([number for number, *_ in claimed])

    with _prepared(tmp_path / "l", 3) as ledger:
        monkeypatch.setattr(notes, "sync_data", sync)
        (one, two) = ledger.claim(2)
        assert synced == [[one.id, two.id]]
        ledger.about_to(one)
        ledger.record(one, "sent")
        ledger.flush()
        assert len(synced) == 1
        assert ledger._db.execute("PRAGMA synchronous").fetchone() == (1,)  # pyright: ignore[reportPrivateUsage]


def test_each_of_many_marks_at_once_is_there_when_it_returns(tmp_path: Path):
    with _prepared(tmp_path / "l", 40) as ledger:
        claims = ledger.claim(40)
        missed: list[int] = []

        def mark(claim: Claim) -> None:
            ledger.about_to(claim)
            if not any(claim.id in marks for _results, _claimed, marks, _boot in _noted(tmp_path / "l")):
                missed.append(claim.id)

        threads = [threading.Thread(target=mark, args=(claim,)) for claim in claims]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert missed == []
        assert sorted(number for _results, _claimed, marks, _boot in _noted(tmp_path / "l") for number in marks) == [
            c.id for c in claims
        ]


def test_marks_do_not_wait_for_whoever_has_the_lines(tmp_path: Path):
    with _prepared(tmp_path / "l", 1) as ledger:
        (one,) = ledger.claim(1)
        with closing(connected(tmp_path / "l")) as other:
            other.execute("BEGIN IMMEDIATE")
            ledger.about_to(one)
            assert _after_a_kill(tmp_path / "l", tmp_path / "killed") == {"unknown": 1}
            ledger._db.execute("PRAGMA busy_timeout=10")  # pyright: ignore[reportPrivateUsage]
            with pytest.raises(UserError, match="cannot be written"):
                ledger.flush()
            other.execute("ROLLBACK")
        ledger.record(one, "sent")
        assert _states(ledger) == {"sent": 1}


def test_a_mark_that_cannot_be_noted_loses_no_result_and_is_none(tmp_path: Path):
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with _prepared(tmp_path / "l", 2) as ledger:
        one, two = ledger.claim(2)
        ledger.about_to(one)
        ledger.record(one, "refused", "x" * (1 << 20))
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, limits[1]))
        try:
            with pytest.raises(UserError, match="cannot be written"):
                ledger.about_to(two)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        ledger.give_back([two])
        assert _states(ledger) == {"refused": 1, "waiting": 1}


def test_notes_begin_at_the_front_again_and_a_kill_then_loses_nothing(tmp_path: Path):
    words, sent = "250 " + "x" * 400, 0
    with _prepared(tmp_path / "l", 1501) as ledger:
        while sent < 1500:
            for claim in ledger.claim(min(30, 500 - sent % 500)):
                ledger.about_to(claim)
                ledger.record(claim, "sent", words)
                sent += 1
            ledger.flush()
            if sent % 500 == 0:
                assert _after_a_kill(tmp_path / "l", tmp_path / f"{sent}") == {"sent": sent, "waiting": 1501 - sent}
        assert _notes(tmp_path / "l").stat().st_size == 1 << 20
        ledger.about_to(ledger.claim(1)[0])
        assert _after_a_kill(tmp_path / "l", tmp_path / "marked") == {"sent": 1500, "unknown": 1}
        first_number, _ = next(iter(notes.read(_notes(tmp_path / "l"))))
        assert first_number > 1000
    assert not _notes(tmp_path / "l").exists()


def test_notes_are_let_go_of_only_when_the_lines_have_reached_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = tmp_path / "l"
    synced: list[bool] = []

    def sync(handle: int) -> None:
        assert os.path.samestat(os.fstat(handle), path.with_name("l-wal").stat())
        with closing(connected(path)) as db:
            (up_to,) = db.execute("SELECT up_to FROM noted").fetchone()
        synced.append([number for number, _ in notes.read(_notes(path))][-1] == up_to)

    ledger = _prepared(path, 3)
    monkeypatch.setattr(ledger_module, "sync_data", sync)
    for claim in ledger.claim(2):
        ledger.about_to(claim)
        ledger.record(claim, "sent", "x" * 300_000)
    ledger.flush()
    assert synced == []
    ledger.flush()
    assert synced == [True]
    _crash(ledger)
    ledger._db.close()  # pyright: ignore[reportPrivateUsage]
    with Ledger(path) as after:
        assert synced == [True, True]
        assert not _notes(path).exists()
        assert len(after.claim(1)) == 1
    assert synced == [True] * 3
    assert not _notes(path).exists()


def test_deferred_ones_come_when_they_are_due_and_after_those_who_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with _prepared(tmp_path / "l", 3) as ledger:
        (one,) = ledger.claim(1)
        ledger.record(one, "deferred", "450 later", due=5_000_000_000.0)
        assert [claim.row for claim in ledger.claim(9)] == [3, 4]
        assert ledger.claim(9) == []
        assert ledger.next_due() == 5_000_000_000.0
        monkeypatch.setattr(ledger_module.time, "time", lambda: 5_000_000_001.0)
        assert [claim.row for claim in ledger.claim(9)] == [2]
        assert ledger.next_due() == float("inf")


def test_a_claim_that_was_marked_is_not_given_back(tmp_path: Path):
    with _prepared(tmp_path / "l", 2) as ledger:
        one, two = ledger.claim(2)
        ledger.about_to(one)
        ledger.give_back([one, two])
        assert _states(ledger) == {"handed over": 1, "waiting": 1}


def test_refused_and_unknown_ones_can_be_sent_again_and_nobody_else(tmp_path: Path):
    with _prepared(tmp_path / "l", 4) as ledger:
        sent, refused, unknown, _waiting = ledger.claim(4)
        ledger.record(sent, "sent")
        ledger.record(refused, "refused", "550 no")
        ledger.record(unknown, "unknown", "lost")
        ids = [entry.id for entry in ledger.view.entries()]
        assert ledger.take_as_sent(ids, "Found among the sent ones.") == 1
        assert ledger.send_again(ids) == 1
        assert _states(ledger) == {"sent": 2, "waiting": 1, "handed over": 1}
        (again,) = ledger.claim(5)
        assert (again.row, again.tries, again.message_id) == (refused.row, 1, refused.message_id)


def test_who_was_claimed_is_not_claimed_again_before_the_lines_are_written(tmp_path: Path):
    with _prepared(tmp_path / "l", 3) as ledger:
        (one,) = ledger.claim(1)
        ledger.about_to(one)
        ledger.record(one, "sent")
        (two,) = ledger.claim(1)
        ledger.about_to(two)
        assert [claim.row for claim in ledger.claim(5)] == [4]
        assert ledger.claim(5) == []
        assert _after_a_kill(tmp_path / "l", tmp_path / "killed") == {"sent": 1, "unknown": 1, "waiting": 1}


def test_claims_that_were_only_noted_are_unknown_after_a_restart_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    ledger = _prepared(tmp_path / "l", 3)
    ledger.claim(2)
    _crash(ledger)
    monkeypatch.setattr(ledger_module, "boot_id", lambda: "another boot")
    with Ledger(tmp_path / "l") as after:
        assert after.recovered == {"unknown": 2, "waiting": 0}
        assert _states(after) == {"unknown": 2, "waiting": 1}


def test_the_ledger_can_be_searched_and_filtered_while_it_is_written(tmp_path: Path):
    view = LedgerView(tmp_path / "l", "mailing")
    with _prepared(tmp_path / "l", 30) as ledger:
        one, two = ledger.claim(2)
        ledger.record(one, "refused", "550 100% full_box")
        ledger.record(two, "sent", "250 ok")
        ledger.flush()
        assert [entry.row for entry in view.entries(states=["refused", "sent"])] == [2, 3]
        assert [entry.row for entry in view.entries(search="100% full_")] == [2]
        assert view.entries(search="1__ full") == []
        assert [entry.row for entry in view.entries(search="person 1")] == list(range(10, 20))
        page = view.entries(limit=10)
        assert [entry.row for entry in view.entries(after=page[-1].id, limit=3)] == [12, 13, 14]
        assert view.counts()["waiting"] == 28


def test_a_ledger_that_cannot_be_written_says_so_and_keeps_the_results(tmp_path: Path):
    with _prepared(tmp_path / "l", 3) as ledger:
        one, two, _ = ledger.claim(3)
        ledger.about_to(one)
        ledger.record(one, "sent", "250 ok")
        db = ledger._db  # pyright: ignore[reportPrivateUsage]
        pages = db.execute("PRAGMA page_count").fetchone()[0]
        db.execute(f"PRAGMA max_page_count={pages}")
        ledger.record(two, "refused", "x" * 100_000)
        with pytest.raises(UserError, match="cannot be written"):
            ledger.flush()
        db.execute("PRAGMA max_page_count=1000000")
        assert _states(ledger) == {"sent": 1, "refused": 1, "handed over": 1}

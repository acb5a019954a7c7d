"""A whole mailing to a server that misbehaves: stopped, paused, slowed down, and gone on with."""

import contextlib
import functools
import socket
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from backend.core.errors import NeedsUserError, UserError
from backend.lib.mail.accounts import Account, connect
from backend.lib.mail.ledger import Claim, Ledger
from backend.lib.mail.ledger_file import STATES, LedgerView, State
from backend.lib.mail.letters import Letter
from backend.lib.mail.mime import Message
from backend.lib.mail.pace import Pace
from backend.lib.mail.plan import Plan
from backend.lib.mail.sender import Sender
from tests.helpers.mail_faults import Faults
from tests.helpers.mail_jobs import OFFICE, Controls, Stopped, composer, people, sender
from tests.helpers.waiting import until

QUICK = Plan(connections=2, delay=0.05, connect_delay=0.01, stop_grace=1.0)


_wait_until = functools.partial(until, seconds=10.0)


def _states(found: Mapping[State, int]) -> dict[State, int]:
    assert set(found) == set(STATES)
    return {state: count for state, count in found.items() if count}


@pytest.mark.parametrize("connections", [1, 4])
@pytest.mark.parametrize("pipelining", [True, False])
def test_everybody_gets_the_letter_once(tmp_path: Path, connections: int, pipelining: bool):
    names = [f"p{n}" for n in range(200)]
    controls = Controls()
    with Faults(pipelining=pipelining).serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(*names), "example.com")
        found = sender(ledger, server.account(), Plan(connections=connections), controls).run()
        assert _states(found) == {"sent": 200}
        assert server.count() == Counter({f"{name}@example.com": 1 for name in names})
        assert server.connections <= connections
        assert controls.progressed[-1] == (200, 200, "")
        assert b"Dear p7, this is number 9." in dict(server.delivered)["p7@example.com"]


def test_every_fault_ends_in_the_state_that_is_true(tmp_path: Path):
    once = ["cutrcpt", "cutdata", "shut", "defer", "busy", "refuse", "late", "empty", "cutdot", "garbled", "half"]
    for_ever = ["always-cutrcpt", "always-defer"]
    plain = [f"p{n}" for n in range(20)]
    with Faults().serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(*once, *for_ever, *plain), "example.com")
        plan = Plan(connections=2, tries=3, delay=0.05, connect_delay=0.01)
        sender(ledger, server.account(), plan).run()
        states = {entry.name: entry.state for entry in ledger.view.entries()}
        words = {entry.name: entry.words for entry in ledger.view.entries()}
    sent = {name for name, state in states.items() if state == "sent"}
    assert sent == {*plain, "cutrcpt", "cutdata", "shut", "defer", "busy"}
    assert {name for name, state in states.items() if state == "unknown"} == {"cutdot", "garbled", "half"}
    assert {name for name, state in states.items() if state == "refused"} == {"refuse", "late", "empty", *for_ever}
    assert words["always-defer"] == "Given up after 3 tries. 450 4.2.1 come back later"
    assert words["late"] == "554 5.7.1 looks like spam"
    for name, count in server.count().items():
        assert count == 1, name
    assert set(server.count()) == {f"{name}@example.com" for name in sent | {"cutdot", "garbled", "half"}}


def test_a_connection_lost_while_idle_costs_nothing(tmp_path: Path):
    with Faults(pipelining=False).serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people("a", "b", "c"), "example.com")
        controls = Controls()

        def cut_between_letters() -> None:
            if server.delivered and threading.current_thread().name == "mail":
                server.cut_all()

        controls.at_checkpoint = cut_between_letters
        sender(ledger, server.account(), Plan(connections=1, tries=1), controls).run()
        assert [entry.state for entry in ledger.view.entries()] == ["sent"] * 3
        assert server.connections >= 2


def test_a_row_that_cannot_be_made_is_skipped_with_its_reason(tmp_path: Path):
    letter = Letter("Hello", "{{ 100 / (number - 3) }}\n")
    with Faults().serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people("a", "b", "c"), "example.com")
        one = sender(ledger, server.account(), QUICK)
        one._compose = composer(letter)  # pyright: ignore[reportPrivateUsage]
        one.run()
        (entry,) = ledger.view.entries(states=["skipped"])
        assert entry.row == 3
        assert "the letter's text cannot be filled in. Division by zero." in entry.words
        assert len(server.delivered) == 2


def test_a_letter_that_waits_for_its_files_holds_up_no_other(tmp_path: Path):
    names, compose = ["slow", *(f"p{n}" for n in range(20)), "bad"], composer()
    with Faults().serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(*names), "example.com")

        def with_files(claim: Claim) -> Message:
            if claim.name == "slow":
                _wait_until(lambda: len(server.delivered) == 20)
            if claim.name == "bad":
                raise UserError("mail.attachment", "There is no such file.")
            return compose(claim)

        account = server.account()
        connects = functools.partial(connect, account, str)
        sent = Sender(ledger, with_files, OFFICE, connects, QUICK, Controls(), compose_aside=True).run()
        assert _states(sent) == {"sent": 21, "skipped": 1}
        assert [to for to, _ in server.delivered][-1] == "slow@example.com"


def test_too_many_errors_in_a_row_stop_the_mailing_and_it_can_go_on(tmp_path: Path):
    bad = [f"always-refuse{n}" for n in range(30)]
    with Faults().serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people("first", *bad, "last"), "example.com")
        plan = Plan(connections=1, errors_in_a_row=10)
        with pytest.raises(NeedsUserError, match=r"550 5\.1\.1 nobody") as caught:
            sender(ledger, server.account(), plan).run()
        assert caught.value.code == "mail.too_many_errors"
        assert _states(ledger.counts()) == {"sent": 1, "refused": 10, "waiting": 21}
        with pytest.raises(NeedsUserError):
            sender(ledger, server.account(), plan).run()
        sender(ledger, server.account(), Plan(connections=1, errors_in_a_row=100)).run()
        assert _states(ledger.counts()) == {"sent": 2, "refused": 30}


def test_a_refused_sender_ends_it_before_anybody_is_refused(tmp_path: Path):
    with Faults(refuse_sender=True).serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people("a", "b", "c"), "example.com")
        with pytest.raises(UserError, match=r"takes nothing from office@example\.com: 553"):
            sender(ledger, server.account(), QUICK).run()
        assert _states(ledger.counts()) == {"waiting": 3}
        assert all(entry.tries == 0 for entry in ledger.view.entries())


def test_a_server_that_cannot_be_reached_ends_it_after_some_tries(tmp_path: Path):
    with Faults().serving() as server:
        account = server.account()
    with Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people("a", "b"), "example.com")
        with pytest.raises(UserError, match="Nothing answers"):
            sender(ledger, account, Plan(connections=2, connect_tries=3, connect_delay=0.01)).run()
        assert _states(ledger.counts()) == {"waiting": 2}


def test_a_wrong_login_is_tried_once_only(tmp_path: Path):
    tries: list[int] = []

    def refused() -> object:
        tries.append(1)
        raise UserError("mail.login.refused", "The mail server does not accept the login.")

    with Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people("a", "b"), "example.com")
        one = Sender(ledger, composer(), OFFICE, refused, Plan(connections=1), Controls())  # pyright: ignore
        with pytest.raises(UserError, match="does not accept"):
            one.run()
    assert tries == [1]


def test_a_stop_ends_the_mailing_within_a_second_and_it_can_go_on(tmp_path: Path):
    names = [f"p{n}" for n in range(300)]
    controls = Controls()
    with Faults(slow_answer=0.005).serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(*names), "example.com")

        def stop_after_some() -> None:
            if len(server.delivered) >= 30:
                controls.stop.set()

        controls.at_checkpoint = stop_after_some
        one = sender(ledger, server.account(), QUICK, controls)
        with pytest.raises(Stopped):
            one.run()
        counts = _states(ledger.counts())
        assert set(counts) == {"sent", "waiting"}
        assert 30 <= counts["sent"] < 60
        sender(ledger, server.account(), QUICK).run()
        assert server.count() == Counter({f"{name}@example.com": 1 for name in names})


def test_a_stop_does_not_wait_for_an_answer_that_never_comes(tmp_path: Path):
    controls = Controls()
    with Faults(slow_answer=8.0).serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people("a", "b"), "example.com")

        def stop_once_handed_over() -> bool:
            return bool(server.delivered)

        controls.stop_requested = stop_once_handed_over
        controls.checkpoint = lambda: None if not server.delivered else _raise_stopped()
        started = time.monotonic()
        with pytest.raises(Stopped):
            sender(ledger, server.account(), Plan(connections=1, stop_grace=0.3), controls).run()
        assert time.monotonic() - started < 4
        assert _states(ledger.counts()) == {"unknown": 1, "waiting": 1}


def test_a_stop_does_not_wait_for_a_server_that_says_nothing(tmp_path: Path):
    controls = Controls()
    with (
        socket.create_server(("127.0.0.1", 0)) as silent,
        contextlib.ExitStack() as held,
        Ledger(tmp_path / "l") as ledger,
    ):
        ledger.prepare(people("a", "b"), "example.com")
        account = Account("127.0.0.1", silent.getsockname()[1], "none", "none")

        def stop_once_somebody_waits() -> None:
            held.enter_context(silent.accept()[0])
            controls.stop.set()

        thread = threading.Thread(target=stop_once_somebody_waits)
        thread.start()
        started = time.monotonic()
        with pytest.raises(Stopped):
            sender(ledger, account, Plan(connections=2), controls).run()
        assert time.monotonic() - started < 3
        thread.join(10)
        assert _states(ledger.counts()) == {"waiting": 2}


def test_a_letter_under_way_when_a_pause_begins_is_noted_before_it_rests(tmp_path: Path):
    controls = Controls()
    view = LedgerView(tmp_path / "l", "mailing")
    with Faults(slow_answer=0.2).serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(*(f"p{n}" for n in range(12))), "example.com")
        server.at = lambda stage, _to: controls.go_on.clear() if stage == "agreed" else None
        thread = threading.Thread(target=sender(ledger, server.account(), Plan(connections=4), controls).run)
        thread.start()
        _wait_until(lambda: _states(view.counts()).keys() == {"sent", "waiting"})
        assert view.counts()["sent"] == len(server.delivered)
        server.at = lambda _stage, _to: None
        controls.go_on.set()
        thread.join(20)
        assert _states(ledger.counts()) == {"sent": 12}
        assert max(server.count().values()) == 1


def test_a_pause_waits_for_no_answer_and_those_that_come_meanwhile_count(tmp_path: Path):
    controls, rests = Controls(), threading.Event()
    view = LedgerView(tmp_path / "l", "mailing")

    def rest() -> None:
        assert not controls.go_on.is_set()
        rests.set()
        controls.go_on.wait()

    controls.checkpoint = rest
    with Faults(slow_answer=1.5).serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(*(f"p{n}" for n in range(40))), "example.com")
        thread = threading.Thread(target=sender(ledger, server.account(), Plan(connections=2), controls).run)
        thread.start()
        _wait_until(lambda: len(server.delivered) == 2)
        controls.go_on.clear()
        assert rests.wait(1)
        assert view.counts()["sent"] == 0
        _wait_until(lambda: _states(view.counts()) == {"sent": 4, "waiting": 36})
        server.slow_answer = 0.0
        controls.go_on.set()
        thread.join(20)
        assert _states(ledger.counts()) == {"sent": 40}
        assert max(server.count().values()) == 1


def _raise_stopped() -> None:
    raise Stopped


def test_a_pause_holds_no_claims_and_loses_no_results(tmp_path: Path):
    controls = Controls()
    view = LedgerView(tmp_path / "l", "mailing")
    with Faults().serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(*(f"p{n}" for n in range(100))), "example.com")
        paused = threading.Event()

        def pause_once() -> None:
            if len(server.delivered) >= 20 and not paused.is_set():
                controls.go_on.clear()
                paused.set()

        controls.at_checkpoint = pause_once
        thread = threading.Thread(target=sender(ledger, server.account(), QUICK, controls).run)
        thread.start()
        assert paused.wait(10)
        _wait_until(lambda: _states(view.counts()).keys() == {"sent", "waiting"})
        assert view.counts()["sent"] == len(server.delivered) < 40
        controls.go_on.set()
        thread.join(20)
        assert _states(ledger.counts()) == {"sent": 100}
        assert max(server.count().values()) == 1


def test_the_pace_is_kept_with_several_connections(tmp_path: Path):
    with Faults().serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people("a", "b", "c", "d"), "example.com")
        started = time.monotonic()
        sender(ledger, server.account(), Plan(connections=4, pace=Pace(per_minute=200))).run()
        assert 0.85 < time.monotonic() - started < 4
        assert len(server.delivered) == 4


def test_a_pace_that_is_used_up_waits_and_claims_nobody(tmp_path: Path):
    controls = Controls()
    with Faults().serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people("a", "b", "c"), "example.com")

        def stop_when_it_waits() -> None:
            if len(server.delivered) == 2 and controls.progressed and controls.progressed[-1][0] == 2:
                controls.stop.set()

        controls.at_checkpoint = stop_when_it_waits
        with pytest.raises(Stopped):
            sender(ledger, server.account(), Plan(connections=2, pace=Pace(per_hour=2)), controls).run()
        assert _states(ledger.counts()) == {"sent": 2, "waiting": 1}
        again = Controls()
        again.at_checkpoint = lambda: again.stop.set() if len(again.progressed) > 3 else None
        with pytest.raises(Stopped):
            sender(ledger, server.account(), Plan(connections=2, pace=Pace(per_hour=2)), again).run()
        assert len(server.delivered) == 2


def test_where_a_letter_was_lost_that_went_out_with_the_next_ones_commands_each_goes_by_itself(tmp_path: Path):
    names = ["a", "cutdot", *(f"p{n}" for n in range(10))]
    with Faults().serving() as server, Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(*names), "example.com")
        reads: list[int] = []
        server.at = lambda stage, _to: reads.append(server.reads) if stage == "answered" else None
        sender(ledger, server.account(), Plan(connections=1, connect_delay=0.01)).run()
        assert _states(ledger.counts()) == {"sent": 11, "unknown": 1}
        assert [after - before for before, after in zip(reads[-9:], reads[-8:], strict=False)] == [2] * 8
        assert max(server.count().values()) == 1

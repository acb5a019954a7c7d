"""The sender killed (SIGKILL) over and over: nobody gets the letter twice, nobody is left out in silence.

`DESKHAND_MAIL_KILLS` sets how many kills there are (30 unless given).
"""

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.core.errors import ConflictError
from backend.lib.mail.ledger import Ledger
from backend.lib.mail.ledger_file import LedgerView
from tests.helpers.mail_faults import Faults
from tests.helpers.mail_jobs import people

KILLS = int(os.environ.get("DESKHAND_MAIL_KILLS", "30"))
ROOT = Path(__file__).parents[2]
STAGES = ("agreed", "taken", "answered", "any time")


class _Executioner:
    """Kills a process at a stage of the n-th message after it was set on it, or some milliseconds after that one."""

    def __init__(self, server: Faults) -> None:
        self._mutex = threading.Lock()
        self._victim: subprocess.Popen[bytes] | None = None
        self._stage, self._left, self._delay = "", 0, 0.0
        server.at = self._at

    def set_on(self, victim: subprocess.Popen[bytes], stage: str, messages: int, delay: float) -> None:
        with self._mutex:
            self._victim, self._stage, self._left, self._delay = victim, stage, messages, delay

    def _at(self, stage: str, _recipient: str) -> None:
        with self._mutex:
            if self._victim is None or stage != (self._stage if self._stage != "any time" else "agreed"):
                return
            self._left -= 1
            if self._left > 0:
                return
            victim, self._victim = self._victim, None
            if self._stage != "any time":
                victim.kill()
                return
        threading.Timer(self._delay, victim.kill).start()


def _start(**order: object) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.helpers.mail_jobs", json.dumps(order)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)


def _killed(
    server: Faults, rounds: int, start: Callable[[], subprocess.Popen[bytes]], after: Callable[[], None]
) -> int:
    """Runs the sender `rounds` times with a kill each; how many kills came before its end."""
    executioner = _Executioner(server)
    chance = random.Random(rounds)
    kills = 0
    for number in range(rounds):
        victim = start()
        executioner.set_on(victim, STAGES[number % 4], chance.randrange(1, 9), chance.uniform(0, 0.03))
        code = victim.wait(60)
        kills += code == -signal.SIGKILL
        after()
        if code == 0:
            break
    return kills


@pytest.mark.timeout(120 + KILLS * 3)
def test_nobody_gets_the_letter_twice_and_nobody_is_left_out_however_often_it_is_killed(tmp_path: Path):
    path, connections = tmp_path / "ledger", 4
    names = [f"p{n}" for n in range(KILLS * 20)]
    with Ledger(path) as ledger:
        ledger.prepare(people(*names), "example.com")
    view = LedgerView(path, "mailing")
    unknown = [0]

    def check() -> None:
        with Ledger(path):
            pass
        unknown.append(view.counts()["unknown"])
        assert unknown[-1] - unknown[-2] <= connections

    with Faults(slow_answer=0.002).serving() as server:

        def start() -> subprocess.Popen[bytes]:
            return _start(ledger=True, path=str(path), port=server.port, connections=connections)

        assert _killed(server, KILLS, start, check) == KILLS
        assert start().wait(60) == 0
        delivered = server.count()

    doubles = {name: count for name, count in delivered.items() if count > 1}
    assert doubles == {}
    entries = view.entries(limit=-1)
    assert [entry.name for entry in entries] == names
    assert {entry.state for entry in entries} <= {"sent", "unknown"}
    not_delivered = [entry.state for entry in entries if not delivered[entry.address]]
    assert set(not_delivered) <= {"unknown"}
    assert 0 < unknown[-1] <= connections * KILLS
    print(f"{KILLS} kills: 0 doubles, 0 left out, {unknown[-1]} unknown ({len(not_delivered)} of them not delivered)")


@pytest.mark.timeout(120)
def test_without_the_ledger_the_same_kills_do_mail_people_twice(tmp_path: Path):
    path = tmp_path / "done.txt"
    with Faults(slow_answer=0.002).serving() as server:

        def start() -> subprocess.Popen[bytes]:
            return _start(ledger=False, path=str(path), port=server.port, count=400)

        assert _killed(server, 8, start, lambda: None) == 8
        assert start().wait(60) == 0
        assert sum(count > 1 for count in server.count().values()) > 0


@pytest.mark.timeout(60)
def test_a_suspended_sender_keeps_its_mailing_from_being_started_again(tmp_path: Path):
    path = tmp_path / "ledger"
    with Ledger(path) as ledger:
        ledger.prepare(people(*(f"p{n}" for n in range(300))), "example.com")
    with Faults(slow_answer=0.01).serving() as server:
        process = _start(ledger=True, path=str(path), port=server.port, connections=2)
        try:
            deadline = time.monotonic() + 30
            while len(server.delivered) < 10:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            process.send_signal(signal.SIGSTOP)
            with pytest.raises(ConflictError):
                Ledger(path)
            process.send_signal(signal.SIGCONT)
            assert process.wait(60) == 0
        finally:
            process.kill()
            process.wait()
        assert set(server.count().values()) == {1}
        assert len(server.count()) == 300

"""One window for one data folder: who is the first, and how a later start hands over."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Generator
from pathlib import Path

import pytest

from desktop.client.first_window import FirstWindow, SilentWindowError, Wish, first_window
from tests.helpers.waiting import until

HOLDER = """
import sys
from pathlib import Path
from desktop.client.first_window import FirstWindow
window = FirstWindow(Path(sys.argv[1]))
print("first" if window.take() else "later", flush=True)
sys.stdin.read()
"""


class Holder:
    """A process that tries to be the first window, and then does nothing."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def said(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline().strip()

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()


class Listening:
    """A first window that listens, in a thread."""

    def __init__(self, folder: Path) -> None:
        self.heard: list[Wish] = []
        self.is_leaving = False
        self.first = FirstWindow(folder)
        assert self.first.take()
        self._loop = asyncio.new_event_loop()
        self._task = self._loop.create_task(self.first.listen(self._hear))
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        until((folder / "run" / "window.json").exists)

    def _hear(self, wish: Wish) -> bool:
        if self.is_leaving:
            return False
        self.heard.append(wish)
        return True

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner, pytest.raises(asyncio.CancelledError):
            runner.get_loop().run_until_complete(self._task)

    def end(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._task.cancel)
            self._thread.join(10)
        self.first.give_back()


@pytest.fixture
def listening(tmp_path: Path) -> Generator[Listening]:
    made = Listening(tmp_path)
    yield made
    made.end()


def test_of_many_starts_at_the_same_moment_exactly_one_is_the_first(tmp_path: Path) -> None:
    holders = [Holder(tmp_path) for _ in range(6)]
    try:
        assert sorted(holder.said for holder in holders) == ["first", *["later"] * 5]
    finally:
        for holder in holders:
            holder.kill()


def test_what_a_killed_window_left_is_not_in_the_way_of_the_next(tmp_path: Path) -> None:
    holder = Holder(tmp_path)
    assert holder.said == "first"
    announcement = tmp_path / "run" / "window.json"
    announcement.write_text(json.dumps({"port": 9, "token": "old", "pid": holder.process.pid}))
    holder.kill()
    first = first_window(tmp_path, Wish(), patience=0)
    assert first is not None
    assert not announcement.exists()
    first.give_back()


def test_a_later_start_hands_over_what_it_was_asked_for_and_is_not_the_first(
    tmp_path: Path, listening: Listening
) -> None:
    wish = Wish("jobs", os.fsdecode(b"/home/\xe5\x8a\x9e\xff\n.csv"), "activation token", quiet=True)
    assert first_window(tmp_path, wish, patience=5) is None
    assert listening.heard == [wish]


def test_what_a_newer_version_asks_for_beyond_that_is_left_aside(tmp_path: Path, listening: Listening) -> None:
    said = json.loads((tmp_path / "run" / "window.json").read_text())
    with socket.create_connection(("127.0.0.1", said["port"]), 5) as line:
        line.sendall(json.dumps({"token": said["token"], "wish": {"page": "jobs", "novel": 1}}).encode() + b"\n")
        assert line.makefile("rb").readline() == b"taken\n"
    assert listening.heard == [Wish("jobs")]


@pytest.mark.parametrize(
    "sent", [b'{"token": "guessed", "wish": {}}\n', b"GET / HTTP/1.1\r\n\r\n", b"[]\n", b"x" * 99999]
)
def test_who_does_not_know_the_token_is_not_heard_and_harms_nothing(
    tmp_path: Path, listening: Listening, sent: bytes
) -> None:
    announcement = tmp_path / "run" / "window.json"
    assert announcement.stat().st_mode & 0o777 == 0o600
    with socket.create_connection(("127.0.0.1", json.loads(announcement.read_text())["port"]), 5) as line:
        line.sendall(sent)
        line.shutdown(socket.SHUT_WR)
        try:
            answer = line.recv(100)
        except ConnectionResetError:
            answer = b""
    assert answer == b""
    assert first_window(tmp_path, Wish("home"), patience=5) is None
    assert listening.heard == [Wish("home")]


def test_a_start_while_the_first_window_is_leaving_becomes_the_next_window(
    tmp_path: Path, listening: Listening
) -> None:
    listening.is_leaving = True
    threading.Timer(0.2, listening.end).start()
    second = first_window(tmp_path, Wish(), patience=20)
    assert second is not None
    assert listening.heard == []
    second.give_back()


def test_a_window_that_neither_answers_nor_ends_is_said_to_be_silent(tmp_path: Path) -> None:
    holder = Holder(tmp_path)
    assert holder.said == "first"
    try:
        with pytest.raises(SilentWindowError):
            first_window(tmp_path, Wish(), patience=0.1)
    finally:
        holder.kill()


def test_two_data_folders_have_two_windows(tmp_path: Path) -> None:
    one, other = FirstWindow(tmp_path / "one"), FirstWindow(tmp_path / "other")
    assert one.take()
    assert other.take()
    one.give_back()
    other.give_back()

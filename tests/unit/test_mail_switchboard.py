"""Several conversations in one thread."""

import socket
import threading
import time
from collections.abc import Callable, Generator

import pytest

from backend.lib.mail.switchboard import Switchboard, wait_for
from tests.helpers.waiting import until


@pytest.fixture
def board() -> Generator[Switchboard, None, None]:
    one = Switchboard(threading.Event())
    yield one
    one.close()


@pytest.fixture
def pair() -> Generator[tuple[socket.socket, socket.socket], None, None]:
    here, there = socket.socketpair()
    with here, there:
        yield here, there


def test_whoever_waits_for_an_answer_lets_others_go_on(board: Switchboard, pair: tuple[socket.socket, socket.socket]):
    here, there = pair
    order: list[str] = []

    def asks() -> None:
        order.append("asked")
        board.until(here, writable=False, seconds=10)
        order.append(here.recv(9).decode())

    def answers() -> None:
        order.append("hears")
        board.until(there, writable=True, seconds=10)
        there.send(b"answer")

    board.run([asks, answers])
    assert order == ["asked", "hears", "answer"]


def test_an_answer_that_does_not_come_in_time_is_told(board: Switchboard, pair: tuple[socket.socket, socket.socket]):
    told: list[str] = []

    def asks() -> None:
        with pytest.raises(TimeoutError):
            board.until(pair[0], writable=False, seconds=0.01)
        told.append("in time")

    board.run([asks])
    assert told == ["in time"]
    with pytest.raises(TimeoutError):
        wait_for(pair[0], writable=False, seconds=0.01)


def test_time_is_up_also_while_others_always_have_something_to_do(
    board: Switchboard, pair: tuple[socket.socket, socket.socket]
):
    slept: list[bool] = []
    turns = 0

    def sleeps() -> None:
        board.sleep(0.02)
        slept.append(True)

    def talks() -> None:
        nonlocal turns
        give_up = time.monotonic() + 10
        while not slept and time.monotonic() < give_up:
            board.until(pair[0], writable=True, seconds=10)
            turns += 1

    board.run([sleeps, talks])
    assert slept == [True]
    assert turns > 1


def test_ringing_wakes_those_who_sleep_and_nobody_who_waits_for_an_answer(
    board: Switchboard, pair: tuple[socket.socket, socket.socket]
):
    here, there = pair
    woken: list[str] = []

    def sleeps() -> None:
        board.sleep(60)
        woken.append("slept")

    def asks() -> None:
        board.until(here, writable=False, seconds=60)
        woken.append("answered")

    thread = threading.Thread(target=board.run, args=([sleeps, asks, sleeps],))
    thread.start()
    board.ring()
    until(lambda: woken == ["slept", "slept"])
    there.send(b".")
    thread.join(10)
    assert woken == ["slept", "slept", "answered"]


def test_nobody_sleeps_when_it_is_ending():
    ending = threading.Event()
    board = Switchboard(ending)
    ending.set()
    began = time.monotonic()
    board.run([lambda: board.sleep(60)])
    board.close()
    assert time.monotonic() - began < 10


def test_what_holds_a_thread_up_is_done_by_another_and_what_it_raises_comes_back(board: Switchboard):
    go_on = threading.Event()
    came: list[object] = []

    def lets_go_on() -> int:
        assert go_on.wait(10)
        return threading.get_ident()

    def asks(work: Callable[[], int]) -> None:
        future = board.aside(work)
        while not future.done():
            board.sleep(60)
        came.append(future.exception() or future.result())

    def fails() -> int:
        raise ValueError("no")

    board.run([lambda: asks(lets_go_on), lambda: asks(fails), go_on.set])
    failed, done = sorted(came, key=lambda one: isinstance(one, int))
    assert isinstance(failed, ValueError)
    assert done != threading.get_ident()

"""Every way to have a broker: Valkey on a Unix socket or on loopback, and the one in Python."""

import socket
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest
import redis

from backend.core.errors import UnavailableError
from backend.host import broker
from backend.host.broker import BUILT_IN, Broker, choose, shipped_server
from backend.host.builtin_broker import command_in, password_in


def on_a_socket(folder: Path) -> Broker:
    return choose(folder / "b.sock")


def on_loopback(folder: Path) -> Broker:
    return choose(folder / "b.sock", sockets_can_be_files=False)


def in_python(folder: Path) -> Broker:
    return choose(folder / "b.sock", BUILT_IN)


@pytest.fixture(params=[on_a_socket, on_loopback, in_python], ids=lambda way: way.__name__)
def running(request: pytest.FixtureRequest, tmp_path: Path) -> Generator[Broker]:
    """One of each kind, started."""
    chosen: Broker = request.param(tmp_path)
    process = broker.start(chosen, tmp_path / "broker.log")
    yield chosen
    process.terminate()
    process.wait(10)


def client(of: Broker) -> redis.Redis:
    return redis.Redis.from_url(of.url or f"unix://{of.socket}")


def test_it_keeps_lists_and_hands_on_what_is_published(running: Broker) -> None:
    with client(running) as one, client(running) as other, other.pubsub() as channel:
        one.lpush("line", "a", "b")
        assert other.brpop(["line"], 5) == (b"line", b"a")
        channel.subscribe("news")
        assert channel.get_message(timeout=5)
        one.publish("news", "x" * 500_000)
        told = channel.get_message(timeout=5)
        assert told
        assert told["data"] == b"x" * 500_000


def test_nobody_is_served_on_loopback_without_the_password(running: Broker) -> None:
    if running.socket:
        assert running.socket.stat().st_mode & 0o777 == 0o700
        return
    for password in (None, "wrong"):
        with redis.Redis(port=running.port, password=password) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    with socket.create_connection(("127.0.0.1", running.port), timeout=5) as raw:
        raw.sendall(b"*2\r\n$4\r\nKEYS\r\n$1\r\n*\r\n")
        assert raw.recv(100).startswith(b"-NOAUTH")


def test_the_password_stands_in_no_command_line(running: Broker) -> None:
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
    assert not running.password or running.password not in listed


def test_a_server_of_the_users_own_is_taken_in_place_of_the_shipped_one(tmp_path: Path) -> None:
    server = shipped_server()
    assert server
    own = tmp_path / "my server"
    own.symlink_to(server)
    chosen = choose(tmp_path / "b.sock", str(own))
    assert chosen.command[0] == str(own)
    process = broker.start(chosen, tmp_path / "broker.log")
    process.terminate()
    process.wait(10)


def test_a_path_that_leads_to_no_server_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="is not there"):
        choose(tmp_path / "b.sock", str(tmp_path / "nothing"))


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"*2\r\n$4\r\nAUTH\r\n$2\r\npw\r\n*1\r\n", [b"AUTH", b"pw"]),
        (b"*2\r\n$4\r\nAUTH\r\n$2\r\np", None),
        (b"*2\r\n$4\r\nAU", None),
        (b"*2", None),
        (b"PING\r\n", []),
        (b"*1\r\nPING\r\n", []),
        (b"*0\r\n", []),
    ],
)
def test_a_greeting_is_read_as_far_as_it_has_come(said: bytes, words: list[bytes] | None) -> None:
    assert command_in(said) == words


@pytest.mark.parametrize(
    ("words", "password"),
    [
        ([b"auth", b"pw"], b"pw"),
        ([b"AUTH", b"default", b"pw"], b"pw"),
        ([b"HELLO", b"3", b"AUTH", b"default", b"pw", b"SETNAME", b"x"], b"pw"),
        ([b"HELLO", b"3"], b""),
        ([b"KEYS", b"pw"], b""),
        ([], b""),
    ],
)
def test_only_a_greeting_with_a_password_has_one(words: list[bytes], password: bytes) -> None:
    assert password_in(words) == password

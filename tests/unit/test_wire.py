"""The kept connection to the broker."""

import socket
import threading
from pathlib import Path

import pytest
import redis
from redis.exceptions import ResponseError

from backend.worker.wire import Wire
from tests.helpers.broker import TestBroker


def wire_to(broker: TestBroker) -> Wire:
    return Wire(redis.ConnectionPool.from_url(broker.redis_address))


def test_a_lost_connection_is_made_anew(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker, redis.Redis.from_url(broker.redis_address) as other:
        wire = wire_to(broker)
        assert wire.ask("PING") == b"PONG"
        other.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        assert wire.ask("LPUSH", "list", "one") == 1
        wire.close()


def test_a_broker_that_is_not_there_is_said_and_joined_later(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker:
        wire = wire_to(broker)
        assert wire.ask("PING") == b"PONG"
    with pytest.raises(redis.ConnectionError):
        wire.ask("PING")
    with TestBroker(tmp_path):
        assert wire.ask("PING") == b"PONG"
        wire.close()


def test_a_refusal_is_raised_and_the_next_command_is_carried_out(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker:
        wire = wire_to(broker)
        with pytest.raises(ResponseError):
            wire.ask("LPUSH", "list")
        assert wire.ask("PING") == b"PONG"
        wire.close()


def test_a_broker_that_does_not_answer_is_given_up(tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as silent:
        silent.bind(str(tmp_path / "silent"))
        silent.listen()
        taken: list[socket.socket] = []
        taker = threading.Thread(target=lambda: taken.append(silent.accept()[0]))
        taker.start()
        wire = Wire(redis.ConnectionPool.from_url(f"unix://{tmp_path / 'silent'}", socket_timeout=0.2))
        with pytest.raises(redis.TimeoutError):
            wire.ask("PING")
        taker.join()
        taken[0].close()


def test_what_is_told_is_carried_out_in_order_and_answers_do_not_get_mixed_up(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker:
        wire = wire_to(broker)
        for word in ("one", "two", "three"):
            wire.tell("RPUSH", "list", word)
        assert wire.ask("LRANGE", "list", "0", "-1") == [b"one", b"two", b"three"]
        wire.close()


def test_what_is_told_over_a_lost_connection_arrives_over_a_new_one(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker, redis.Redis.from_url(broker.redis_address) as other:
        wire = wire_to(broker)
        wire.tell("RPUSH", "list", "one")
        assert wire.ask("LLEN", "list") == 1
        other.execute_command("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes")
        wire.tell("RPUSH", "list", "two")
        assert wire.ask("LLEN", "list") == 2
        wire.close()


def test_a_refusal_of_what_was_told_is_raised_by_the_next_command(tmp_path: Path) -> None:
    with TestBroker(tmp_path) as broker:
        wire = wire_to(broker)
        wire.tell("LPUSH", "list")
        with pytest.raises(ResponseError):
            wire.tell("LPUSH", "list", "one")
        assert wire.ask("PING") == b"PONG"
        wire.close()

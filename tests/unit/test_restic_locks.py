"""When a lock on a backup is left by the dead: judged by the process, whatever the clock shows."""

import subprocess
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from backend.core import clock
from backend.lib.restic import times
from backend.lib.restic.errors import DestinationGoneError, LockedError
from backend.lib.restic.locks import is_stale, locked
from backend.lib.restic.repository import Repository, host_name
from tests.helpers.restic_judge import make_repository

HOUR = 3600.0


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """An empty one."""
    return make_repository(tmp_path / "repo")


@pytest.fixture
def other() -> Generator[subprocess.Popen[bytes]]:
    """A process of another number."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def document_of(repository: Repository) -> dict[str, Any]:
    """The one lock that is there."""
    ((name, _),) = repository.store.list("locks")
    return repository.load_document("locks", name)


def test_a_clock_that_is_set_does_not_make_a_living_owner_look_dead(repository: Repository) -> None:
    with locked(repository):
        document = document_of(repository)
        for set_by in (-48 * HOUR, -HOUR, 0.0, HOUR, 48 * HOUR):
            assert not is_stale(document, time.time() + set_by)
        for moved in (-48 * HOUR, -2.0, 48 * HOUR):
            made = times.rfc3339(int((time.time() + moved) * 1e9))
            assert not is_stale({**document, "time": made}, time.time())


def test_an_owner_that_has_ended_is_dead_at_once_whatever_the_clock_shows(repository: Repository) -> None:
    with locked(repository):
        document = document_of(repository)
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    for changed in (
        {"pid": gone.pid},
        {"started": document["started"] - 5.0},
        {"boot": "another boot"},
    ):
        for set_by in (-48 * HOUR, 0.0):
            assert is_stale({**document, **changed}, time.time() + set_by)


def test_a_number_that_another_process_has_by_now_keeps_no_lock(
    repository: Repository, other: subprocess.Popen[bytes]
) -> None:
    with locked(repository):
        document = document_of(repository)
    assert is_stale({**document, "pid": other.pid}, time.time())
    assert not is_stale({**document, "pid": other.pid, "started": clock.process_start(other.pid)}, time.time())


def test_locks_of_other_machines_are_judged_by_their_age(repository: Repository) -> None:
    with locked(repository):
        document = {**document_of(repository), "machine": "elsewhere", "hostname": "elsewhere"}
    assert not is_stale(document, time.time() + 0.4 * HOUR)
    assert is_stale(document, time.time() + 0.6 * HOUR)


def test_a_lock_of_the_official_program_is_judged_as_it_does_itself(other: subprocess.Popen[bytes]) -> None:
    document = {"time": times.rfc3339(time.time_ns()), "hostname": host_name(), "pid": other.pid, "exclusive": False}
    assert not is_stale(document, time.time())
    assert not is_stale(document, time.time() - 48 * HOUR)
    assert is_stale(document, time.time() + HOUR)
    other.kill()
    other.wait()
    assert is_stale(document, time.time())
    assert not is_stale({**document, "hostname": "elsewhere"}, time.time())
    for odd in ({"time": "x"}, {"pid": "x"}, {"machine": clock.machine_id(), "started": "x"}):
        assert not is_stale({**document, **odd}, time.time())


def test_a_clock_that_is_set_forward_takes_no_lock_from_who_holds_it(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(repository) as lock:
        real = time.time
        monkeypatch.setattr(time, "time", lambda: real() + 48 * HOUR)
        lock.check()
        with pytest.raises(LockedError), locked(repository, exclusive=True):
            pass
        lock.check()


def test_a_holder_that_was_away_for_long_does_not_rely_on_its_lock(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(repository) as lock:
        slept = clock.elapsed() + 0.4 * HOUR
        monkeypatch.setattr(clock, "elapsed", lambda: slept)
        with pytest.raises(DestinationGoneError, match="away too long"):
            lock.check()

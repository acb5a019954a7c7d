"""Parts that begin as forks of the host."""

import os
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from backend.core.paths import DataPaths
from backend.host.warm import Forked
from tests.helpers.running_host import running_host
from tests.helpers.waiting import until

LOADED_BEFORE = 15e6
"""Bytes: less than what API and worker have in common, more than any two programs share by chance."""


def fork(status: int | None) -> Forked:
    """One that ends with a status, or with none waits for a signal."""
    if pid := os.fork():
        return Forked(pid)
    if status is None:
        signal.pause()
    os._exit(status or 0)


def shared(process: psutil.Process) -> int:
    """Bytes that it has written, or its parent before it was forked, and that another process has as well."""
    return sum(part.shared_dirty for part in process.memory_maps(grouped=True) if not part.path.startswith("/"))


def test_a_fork_says_how_it_ended() -> None:
    ended = fork(7)
    assert ended.wait(10) == 7
    assert ended.poll() == 7


@pytest.mark.parametrize(("end", "status"), [(Forked.terminate, -signal.SIGTERM), (Forked.kill, -signal.SIGKILL)])
def test_a_fork_is_waited_for_and_ended(end: Callable[[Forked], None], status: int) -> None:
    running = fork(None)
    assert running.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        running.wait(0.01)
    end(running)
    assert running.wait(10) == status
    end(running)
    assert running.poll() == status


def test_api_and_worker_begin_with_what_the_host_has_loaded_and_hold_nothing_else_of_it(tmp_path: Path) -> None:
    with running_host(tmp_path / "data") as host:
        (api,), (worker, *_) = host.children("backend api"), host.children("backend worker")
        for part in (api, worker):
            assert part.ppid() == host.said.pid
            assert shared(part) > LOADED_BEFORE
            held = [Path(file.path) for file in part.open_files()]
            assert DataPaths(host.data).lock not in held


def test_a_part_that_was_ended_is_started_again_as_a_program_of_its_own(tmp_path: Path) -> None:
    with running_host(tmp_path / "data") as host:
        (first,) = host.children("backend api")
        first.kill()
        second = until(lambda: [api for api in host.children("backend api") if api.pid != first.pid])[0]
        until(host.is_ready)
        assert shared(second) < LOADED_BEFORE

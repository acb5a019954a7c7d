"""Locks as restic keeps them: files that say who works, refreshed while that lasts (design document, "Locks").

To see whether the owner of a lock of its own machine lives, restic sends that process SIGHUP, which would end it.
So a process that locks ignores hang-ups from then on; where it cannot (Python allows it to the main thread only, and
another handler is respected), the lock carries a host's name that restic does not take for its own.

Beside what restic asks for, a lock of ours names its machine, its boot and when its process began, so that a clock that
is set neither makes a living owner look dead nor a dead one alive. restic passes over what it does not know.
"""

import contextlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from typing import Any

import psutil

from backend.core import clock
from backend.core.errors import DeskhandError
from backend.lib.restic import times
from backend.lib.restic.errors import DamagedError, DestinationGoneError, LockedError
from backend.lib.restic.repository import Repository, host_name, now_text, user_name

_REFRESH = 5 * 60.0
_STALE = 30 * 60.0
SETTLE = 0.2
_ELSEWHERE = " (Deskhand)"
_mine: set[str] = set()
_mine_guard = threading.Lock()


class Lock:
    """A lock that is held. `check` raises once it cannot be relied on any more."""

    def __init__(self, repository: Repository, exclusive: bool) -> None:
        self._repository = repository
        self._exclusive = exclusive
        self._guard = threading.Lock()
        self._name = ""
        self._refreshed = 0.0
        self._ended = threading.Event()
        self._host = host_name() if _hangups_are_ignored() else host_name() + _ELSEWHERE

    def check(self) -> None:
        """Raises DestinationGoneError where the lock was removed or could not be refreshed in time."""
        with self._guard:
            there = self._repository.store.path("locks", self._name).exists()
        if not there or clock.elapsed() - self._refreshed > _STALE / 2:
            raise DestinationGoneError(
                "backup.lock_lost",
                f"The backup's place {self._repository.store.root} was away too long.",
                "Connect it and try again: what is already there is used.",
            )

    def is_alone(self) -> bool:
        """Whether nobody else works on the repository at this moment."""
        return [name for name, _ in self._repository.store.list("locks")] == [self._name]

    def _write(self) -> None:
        document: dict[str, Any] = {"time": now_text(), "exclusive": self._exclusive}
        document |= {"hostname": self._host, "username": user_name(), "pid": os.getpid()}
        if os.name == "posix":
            document |= {"uid": os.getuid(), "gid": os.getgid()}
        document |= _owner()
        with _mine_guard:
            name = self._repository.save_document("locks", json.dumps(document, separators=(",", ":")).encode())
            _mine.add(name)
        with self._guard:
            before, self._name = self._name, name
            self._refreshed = clock.elapsed()
        if before:
            self._remove(before)

    def _keep_fresh(self) -> None:
        while not self._ended.wait(_REFRESH):
            with contextlib.suppress(DeskhandError):  # `check` tells when it did not succeed for too long
                self.check()
                self._write()

    def _release(self) -> None:
        self._ended.set()
        with contextlib.suppress(DeskhandError):  # the place is gone; the lock there turns stale by itself
            self._remove(self._name)

    def _remove(self, name: str) -> None:
        try:
            self._repository.store.remove("locks", name)
        finally:
            with _mine_guard:
                _mine.discard(name)


@contextlib.contextmanager
def locked(
    repository: Repository, exclusive: bool = False, meanwhile: Callable[[], None] = lambda: None
) -> Generator[Lock]:
    """Holds a lock; raises LockedError where another's does not allow it. Locks of dead processes are removed.

    `meanwhile` is done while others get the time to show their locks.
    """
    _refuse(repository, exclusive, "")
    lock = Lock(repository, exclusive)
    lock._write()  # pyright: ignore[reportPrivateUsage]
    keeper = threading.Thread(target=lock._keep_fresh, name="backup-lock", daemon=True)  # pyright: ignore[reportPrivateUsage]
    try:
        started = time.monotonic()
        meanwhile()
        time.sleep(
            max(0.0, started + SETTLE - time.monotonic())
        )  # restic's rule: two who lock in the same moment see each other now
        _refuse(repository, exclusive, lock._name)  # pyright: ignore[reportPrivateUsage]
        keeper.start()
        yield lock
    finally:
        lock._release()  # pyright: ignore[reportPrivateUsage]
        if keeper.is_alive():
            keeper.join()


def is_stale(document: dict[str, Any], at: float) -> bool:
    """Whether the lock's owner is gone: too old, or of this machine and its process ended.

    `at` is the time now, in seconds since 1970. A lock of ours on this machine is judged by its process alone.
    """
    try:
        made = times.nanoseconds(document["time"]) / 1e9
        pid = int(document.get("pid", 0))
        if document.get("machine") == clock.machine_id():
            return document["boot"] != _owner()["boot"] or not clock.is_running(pid, float(document["started"]))
    except (KeyError, ValueError, TypeError):
        return False
    if at - made > _STALE:
        return True
    # A lock of restic's own does not say when its process began: as restic does, a process of that number counts.
    return (
        document.get("hostname") in (host_name(), host_name() + _ELSEWHERE) and pid != 0 and not psutil.pid_exists(pid)
    )


def _owner() -> dict[str, Any]:
    """What tells this process from any other, before or after it. Only on Linux does a start count from the boot."""
    boot = clock.boot_id() if sys.platform == "linux" else ""
    return {"machine": clock.machine_id(), "boot": boot, "started": clock.process_start(os.getpid())}


def _is_left_by_this_process(name: str, document: dict[str, Any]) -> bool:
    """Whether the place was away when this process let go of its lock."""
    if document.get("hostname") not in (host_name(), host_name() + _ELSEWHERE) or document.get("pid") != os.getpid():
        return False
    with _mine_guard:
        return name not in _mine


def _hangups_are_ignored() -> bool:
    if os.name != "posix":
        return True  # restic looks at the process table there
    handler = signal.getsignal(signal.SIGHUP)
    if handler is signal.SIG_DFL and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return True
    return handler is signal.SIG_IGN


def _refuse(repository: Repository, exclusive: bool, own: str) -> None:
    for name, _ in list(repository.store.list("locks")):
        if name == own:
            continue
        try:
            document = repository.load_document("locks", name)
        except DamagedError:
            document = _unreadable(repository, name)
        except DestinationGoneError:
            if (repository.store.root / "locks").is_dir():
                continue
            raise
        if document is None:
            continue
        if is_stale(document, time.time()) or _is_left_by_this_process(name, document):
            repository.store.remove("locks", name)
        elif exclusive or document.get("exclusive"):
            raise LockedError(
                "backup.locked",
                f"{document.get('username') or 'Someone'} on {document.get('hostname') or 'another computer'} is "
                "working with this backup.",
                "Wait until that is done and try again.",
            )


def _unreadable(repository: Repository, name: str) -> dict[str, Any] | None:
    try:
        age = repository.store.path("locks", name).stat().st_mtime
    except OSError:
        return None
    return {"time": times.rfc3339(int(age) * 1_000_000_000), "exclusive": False}

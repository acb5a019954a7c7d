"""Parts that begin as forks of the host, after it has loaded what they share: ready sooner, and with shared memory.

Only at the start, and on Linux only: a fork is safe while there is one thread, no event loop and no open connection. A
part that is started again later is a process of its own (docs/decisions/0010).
"""

import gc
import logging
import os
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from backend.core.processes import die_with_parent, rename_process
from backend.core.roles import command

log = logging.getLogger(__name__)


class Forked:
    """A fork, looked after as `subprocess.Popen` is."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """The exit status, once it has ended. Raises subprocess.TimeoutExpired after so many seconds."""
        if (known := self.poll()) is not None:
            return known
        line = os.pidfd_open(self.pid)
        try:
            ended, _, _ = select.select([line], [], [], timeout)
        finally:
            os.close(line)
        if not ended:
            raise subprocess.TimeoutExpired(["fork"], timeout or 0)
        self.returncode = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.returncode

    def terminate(self) -> None:
        """Asks it to end."""
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        """Ends it by force."""
        self._send(signal.SIGKILL)

    def _send(self, number: signal.Signals) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)


def can_fork() -> bool:
    """Whether a fork is safe here and now."""
    return sys.platform == "linux" and threading.active_count() == 1


def load_record() -> bool:
    """Loads what reads and writes the record. False, and said in the log, where that fails: the parts will say why."""
    return _loaded(_load_record)


def load_shared() -> bool:
    """Loads the rest of what API and worker have in common, likewise."""
    return _loaded(_load_shared)


def _loaded(load: Callable[[], object]) -> bool:
    gc.disable()
    try:
        load()
    except Exception:
        log.exception("what the parts have in common could not be loaded")
        return False
    finally:
        gc.enable()
    return True


def _load_record() -> None:
    from backend.store import preparing

    assert preparing is not None


def _load_shared() -> None:
    from backend.jobtypes import job_types
    from backend.queue import chains, recovery, submission, wording
    from backend.worker import app

    assert (app, chains, recovery, submission, wording) is not None
    job_types()


def hold_still() -> None:
    """Takes what was loaded out of the collector's reach: it writes to what it looks through, which would be copied."""
    gc.collect()
    gc.freeze()


def fork_record(forget: Callable[[], object]) -> Forked:
    """Has the record made ready, as the role `record` does. Here and below, `forget` lets go of what is the host's."""

    def work() -> int:
        from backend.store.preparing import prepare

        return prepare()

    return _fork(["record"], work, None, forget)


def fork_worker(output: Path, forget: Callable[[], object]) -> Forked:
    """The role `worker`."""

    def work() -> int:
        from backend.worker.serving import serve

        return serve()

    return _fork(["worker"], work, output, forget)


def fork_api(where: str, token: str, output: Path, forget: Callable[[], object]) -> Forked:
    """The role `api`."""

    def work() -> int:
        from backend.api.serving import serve

        os.environ["DESKHAND_TOKEN"] = token
        return serve(where)

    return _fork(["api", where], work, output, forget)


def _fork(role: list[str], work: Callable[[], int], output: Path | None, forget: Callable[[], object]) -> Forked:
    sys.stdout.flush()
    sys.stderr.flush()
    host = os.getpid()
    if pid := os.fork():
        return Forked(pid)
    status = 1
    try:
        die_with_parent(host)
        forget()
        rename_process(command(*role))
        _speak_to(output)
        status = work()
    except SystemExit as ending:
        status = ending.code if isinstance(ending.code, int) else 1
    except Exception:
        log.exception("the part ended in a way nobody foresaw")
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # Nothing of the host's that stands below on the stack may be undone here.
        os._exit(status)


def _speak_to(output: Path | None) -> None:
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123
        os.dup2(nothing.fileno(), 0)
    if output is not None:
        with output.open("ab") as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)

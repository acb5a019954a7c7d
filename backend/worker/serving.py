"""The role `worker`: Celery's worker, from its start until it is told to end."""

import gc
import os
import signal
import sys
from typing import Any

import sqlalchemy as sa
from celery import platforms
from celery.apps.worker import Worker
from celery.platforms import EX_FAILURE
from celery.signals import worker_before_create_process, worker_process_init, worker_ready
from celery.worker.control import control_command

from backend.core.clock import boot_id, is_running, machine_id, now, process_start
from backend.core.processes import die_with_parent, end_process
from backend.core.settings import settings
from backend.queue.calling import call_off
from backend.store.record import record
from backend.store.schema import workers
from backend.worker.app import END, celery_app, places, slots
from backend.worker.places import MOST, ThreadPool

_parent = os.getpid()
"""The worker's own process, as its forked children find it."""


def serve() -> int:
    """Runs a worker until it is told to end. Returns its exit status."""
    threads = settings().pool == "threads"
    number = slots()
    record().close()
    if threads:
        places()
    else:
        _load_for_children()
    _hold_still()
    gc.enable()
    worker_process_init.connect(_begin, weak=False)
    worker_ready.connect(_ready, weak=False)
    control_command(name=END, args=[("machine", str), ("pid", int), ("started", float)])(_end)
    made = _Worker(
        app=celery_app(),
        pool=ThreadPool if threads else settings().pool,
        concurrency=MOST if threads else number + 1,
        hostname=f"deskhand-{os.getpid()}@{machine_id()}",
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        loglevel=settings().log_level,
        quiet=True,
    )
    made.start()
    return made.exitcode or 0


def _load_for_children() -> None:
    """Loads here what every child needs, so that they share its pages."""
    from backend.jobtypes import job_types
    from backend.worker import questions, runner

    assert questions is not None
    assert runner is not None
    job_types()
    worker_before_create_process.connect(_hold_still, weak=False)
    # Billiard's own reads a declaration in C with a parser that takes 60 ms to load, in every child.
    platforms.set_pdeathsig = _end_with_parent


def _end_with_parent(_signal: str) -> None:
    die_with_parent(_parent)


def _hold_still(**_: Any) -> None:
    """Takes what is there out of the garbage collector's reach, here and in the child that is forked next.

    It writes to what it looks through, and pages stay shared only while nobody writes (`gc.freeze` in Python's manual).
    What was loaded is not looked through before: that takes a tenth of the start, and finds next to nothing.
    """
    gc.freeze()


class _Worker(Worker):
    """Celery's, which does not wait for its jobs when it has failed itself: the host starts another at once."""

    def stop(self, in_sighandler: bool = False, exitcode: int | None = None) -> None:
        """Ends as it is told; after a failure of its own, at once."""
        if exitcode == EX_FAILURE:
            os._exit(EX_FAILURE)
        super().stop(in_sighandler, exitcode)


def _end(_state: Any, machine: str = "", pid: int = 0, started: float = 0.0) -> dict[str, bool]:
    """Ends a process of this machine whose job the user stopped and which did not listen."""
    return {"ok": machine == machine_id() and end_process(pid, started)}


def _ignore_hangups() -> None:
    """Celery would start itself anew; and restic sends a hang-up to see whether the holder of a lock lives."""
    if sys.platform != "win32":
        signal.signal(signal.SIGHUP, signal.SIG_IGN)


def _begin(**_: Any) -> None:
    record().after_fork()
    _ignore_hangups()
    die_with_parent(_parent)


def _ready(**_: Any) -> None:
    _ignore_hangups()
    pid, moment = os.getpid(), now().timestamp()
    with record().write(durable=False) as connection:
        call_off(connection)
        for known in connection.execute(sa.select(workers).where(workers.c.machine == machine_id())).all():
            if known.boot != boot_id() or not is_running(known.pid, known.pid_start):
                connection.execute(sa.delete(workers).where(workers.c.name == known.name))
        connection.execute(
            sa.insert(workers).values(
                name=f"{machine_id()}-{pid}",
                machine=machine_id(),
                boot=boot_id(),
                pid=pid,
                pid_start=process_start(pid),
                ready_at=moment,
                seen_at=moment,
                slots=settings().slots,
                own=settings().parent_pid != 0,
            )
        )
    record().close()

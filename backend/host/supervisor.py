"""The role `host`."""

import asyncio
import contextlib
import json
import logging
import os
import secrets
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from backend import __version__
from backend.core.clock import process_start
from backend.core.disk import put_large_aside
from backend.core.errors import DeskhandError
from backend.core.job_objects import end_children_with_us
from backend.core.listening import HANDED_OVER, word_for
from backend.core.paths import DataPaths, private_dir
from backend.core.roles import BESIDE, NEWER_RECORD, command
from backend.host import broker, warm
from backend.host.lock import DataLock
from backend.host.own_settings import HostSettings, host_settings
from backend.host.part import Part

log = logging.getLogger(__name__)
SECOND_HOST = 3
WORKER_GRACE = 0.0
"""What runs goes on at the next start in any case; Celery's own way to end takes two seconds, even when idle."""
API_GRACE = 5.0


class Host:
    """One host for one data folder."""

    def __init__(self, chosen: HostSettings) -> None:
        self._settings = chosen
        self._paths = DataPaths(chosen.data_dir).make()
        self._token = secrets.token_urlsafe(32)
        self._listening = socket.socket()
        self._lock = DataLock(self._paths.lock)
        self._port = 0
        self._broker: broker.Broker | None = None

    def run(self) -> int:
        """Until SIGTERM or SIGINT. Returns the exit status: 3 when another host holds the data folder, 4 when a newer
        Deskhand made the record.
        """
        pid = os.getpid()
        started = process_start(pid) or 0.0
        try:
            self._lock.take(pid, started)
        except DeskhandError as error:
            print(error.message, error.hint, file=sys.stderr)
            return SECOND_HOST
        self._listening.bind(("127.0.0.1", 0))
        self._listening.listen(128)
        self._port = self._listening.getsockname()[1]
        parts: list[Part] = []
        try:
            parts += self._parts()
            for part in parts:
                if part.name == "broker":
                    part.begin()
            if status := self._begin(parts):
                return status
            self._announce(pid, started)
            asyncio.run(self._watch(parts))
        except DeskhandError as error:
            print(error.message, error.hint, file=sys.stderr)
            return 1
        finally:
            self._paths.announcement.unlink(missing_ok=True)
            for part in reversed(parts):
                part.end()
            self._lock.release()
        return 0

    async def _watch(self, parts: list[Part]) -> None:
        over, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            if sys.platform == "win32":
                signal.signal(number, lambda *_: loop.call_soon_threadsafe(over.set))
            else:
                loop.add_signal_handler(number, over.set)
        tasks = [asyncio.create_task(part.keep_alive(), name=part.name) for part in parts]
        waiting = asyncio.create_task(over.wait())
        ended, _ = await asyncio.wait([waiting, *tasks], return_when=asyncio.FIRST_COMPLETED)
        for task in (waiting, *tasks):
            task.cancel()
        for task in ended - {waiting}:
            task.result()

    def _parts(self) -> list[Part]:
        made = [
            Part("api", lambda: self._spawn("api", word_for(self._listening, self._port)), API_GRACE),
            Part("worker", lambda: self._spawn("worker"), WORKER_GRACE),
        ]
        if not self._settings.broker_url:
            chosen = self._broker = broker.choose(self._paths.broker_socket, self._settings.valkey)
            if chosen.socket:
                private_dir(chosen.socket.parent)
            made.append(Part("broker", lambda: broker.start(chosen, self._log("broker")), API_GRACE))
        return made[::-1]

    def _spawn(self, role: str, *rest: str) -> subprocess.Popen[bytes]:
        environment, shared = self._environment(), ()
        if role == "api":
            environment["DESKHAND_TOKEN"] = self._token
            shared = (self._listening.fileno(),) if HANDED_OVER else ()
        with self._log(role).open("ab") as output:
            return subprocess.Popen(
                command(role, *rest),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment,
                pass_fds=shared,
                cwd=BESIDE,
            )

    def _begin(self, parts: Sequence[Part]) -> int:
        """Has the record made ready, in a child: Alembic would stay in this process. Returns how that ended."""
        os.environ.update(self._environment())
        if warm.can_fork() and warm.load_record():
            making = warm.fork_record(self._forget)
            has_loaded = warm.load_shared()
            status = making.wait()
            if status == 0 and has_loaded:
                self._fork(parts)
        else:
            status = subprocess.run(command("record"), cwd=BESIDE, check=False).returncode
        return status if status in (0, NEWER_RECORD) else 1

    def _fork(self, parts: Sequence[Part]) -> None:
        where = word_for(self._listening, self._port)
        forks = {
            "api": lambda: warm.fork_api(where, self._token, self._log("api"), self._lock.release),
            "worker": lambda: warm.fork_worker(self._log("worker"), self._forget),
        }
        warm.hold_still()
        for part in parts:
            if part.name in forks:
                part.begin(forks[part.name])

    def _forget(self) -> None:
        """In a fork: lets go of what is the host's alone."""
        self._lock.release()
        self._listening.close()

    def _environment(self) -> dict[str, str]:
        told = {"DESKHAND_BROKER_URL": self._broker.url} if self._broker and self._broker.url else {}
        return {
            **os.environ,
            **told,
            "DESKHAND_DATA_DIR": str(self._settings.data_dir),
            "DESKHAND_PARENT_PID": str(os.getpid()),
        }

    def _log(self, name: str) -> Path:
        return put_large_aside(self._paths.logs / f"{name}.log")

    def _announce(self, pid: int, started: float) -> None:
        said = {
            "pid": pid,
            "process_start": started,
            "port": self._port,
            "token": self._token,
            "version": __version__,
            "data_dir": str(self._settings.data_dir),
        }
        part = self._paths.announcement.with_suffix(".part")
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(said, file)
        part.replace(self._paths.announcement)


def serve() -> int:
    """Runs the host of the data folder in the settings."""
    end_children_with_us()
    chosen = host_settings()
    logging.basicConfig(level=chosen.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    return Host(chosen).run()

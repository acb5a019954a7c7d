"""A PostgreSQL and a Valkey of the test's own, as an administrator would have them on a server."""

import functools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import redis

from backend.core.processes import die_with_parent
from backend.host.broker import shipped_server
from tests.helpers.ports import free_ports
from tests.helpers.waiting import until

PASSWORD = "a password of the broker"


def _unprivileged() -> list[str]:
    return ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []


@contextmanager
def postgresql() -> Generator[str]:
    """Yields the SQLAlchemy address of an empty database; it listens on a Unix socket in a folder of its own."""
    binaries = max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    folder = Path(tempfile.mkdtemp(prefix="deskhand-pg-", dir="/tmp"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    make = [str(binaries / "initdb"), "-D", str(data), "-U", "deskhand", "-A", "trust", "-E", "UTF8", "--no-sync"]
    subprocess.run([*_unprivileged(), *make], check=True, capture_output=True, timeout=60, cwd=folder)
    serve = [str(binaries / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses="]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [*_unprivileged(), "setpriv", "--pdeathsig", "INT", *serve],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=folder,
            preexec_fn=functools.partial(die_with_parent, os.getpid()),
        )
    try:
        until(lambda: _answers(folder))
        yield f"postgresql+psycopg://deskhand@/postgres?host={folder}"
    finally:
        postmaster = data / "postmaster.pid"
        if postmaster.exists():
            os.kill(int(postmaster.read_text().split()[0]), 2)
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def _answers(folder: Path) -> bool:
    try:
        psycopg.connect(host=str(folder), user="deskhand", dbname="postgres").close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def valkey() -> Generator[str]:
    """Yields the address of a Valkey on a port of loopback, with a password."""
    server = shipped_server()
    assert server is not None
    (port,) = free_ports(1)
    with tempfile.TemporaryDirectory(prefix="deskhand-valkey-") as folder:
        options = ["--port", str(port), "--bind", "127.0.0.1", "--requirepass", PASSWORD, "--save", "", "--dir", folder]
        process = subprocess.Popen(
            [str(server), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            preexec_fn=functools.partial(die_with_parent, os.getpid()),
        )
        address = f"redis://:{PASSWORD.replace(' ', '%20')}@127.0.0.1:{port}/0"

        def answers() -> bool:
            try:
                with redis.Redis.from_url(address) as client:
                    return bool(client.ping())
            except redis.ConnectionError:
                return False

        try:
            until(answers)
            yield address
        finally:
            process.terminate()
            process.wait(10)

"""The virtual environment `.venv`: made once, and filled from a lock file whose every hash is checked."""

import contextlib
import fcntl
import hashlib
import importlib.util
import os
import sys
import time
from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.bootstrap.console import quietly, say

LOCKS = {"run": "requirements.lock", "dev": "requirements-dev.lock"}
"""What is installed from what. The lock for developers holds all of the other one (a test checks that)."""


@dataclass(frozen=True)
class Environment:
    """The virtual environment of one source tree."""

    root: Path

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """Its interpreter."""
        return self.folder / "bin" / "python"

    def stamp(self, kind: str) -> Path:
        """The file that says which lock was installed last."""
        return self.folder / f".installed-{kind}"

    def fingerprint(self, kind: str) -> str:
        """What the stamp holds when nothing is to be done: the lock's hash and the Python it was installed for."""
        lock = hashlib.sha256((self.root / LOCKS[kind]).read_bytes()).hexdigest()
        return f"{lock} {sys.version_info.major}.{sys.version_info.minor}"

    def is_ready(self, kind: str) -> bool:
        """Whether the lock is installed as it is now."""
        stamp = self.stamp(kind)
        return self.python.exists() and stamp.exists() and stamp.read_text("ascii") == self.fingerprint(kind)

    def is_made(self) -> bool:
        """Whether there is a whole environment of this version of Python."""
        own = self.folder / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
        return self.python.exists() and own.exists() and any(self.folder.glob("lib/*/site-packages/pip"))

    def can_be_made(self) -> bool:
        """Whether this Python can make virtual environments; Debian's needs python3-venv for that."""
        return self.is_made() or importlib.util.find_spec("ensurepip") is not None

    def ensure(self, kind: str) -> None:
        """Makes the environment and installs the lock, unless both are done. Raises Stop when it fails."""
        if self.is_ready(kind):
            return
        with self._alone():
            if self.is_ready(kind):
                return
            if not self.is_made():
                say("Making the virtual environment .venv")
                quietly([sys.executable, "-m", "venv", "--clear", str(self.folder)], "Making .venv")
            self._install(kind)

    def _install(self, kind: str) -> None:
        lock = self.root / LOCKS[kind]
        count = sum("==" in line for line in lock.read_text("utf-8").splitlines())
        say(f"Installing {count} packages from {lock.name}; this is done once, and takes a minute or two")
        began = time.monotonic()
        quietly(
            [str(self.python), "-m", "pip", "install", "--require-hashes", "--no-deps", "-r", str(lock)],
            f"Installing from {lock.name}",
            {"PIP_DISABLE_PIP_VERSION_CHECK": "1", "PIP_NO_INPUT": "1", "PIP_PROGRESS_BAR": "off"},
        )
        for done in ("run", kind):
            self.stamp(done).write_text(self.fingerprint(done), "ascii")
        say(f"Installed in {time.monotonic() - began:.0f} s")

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        folder = self.root / ".cache"
        folder.mkdir(exist_ok=True)
        with open(os.open(folder / "installing.lock", os.O_CREAT | os.O_RDWR, 0o600), "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

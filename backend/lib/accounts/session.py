"""Secrets for as long as Deskhand runs: in the broker's memory, which is never written to disk.

What lies there is encrypted with a key that only a file of this user holds (`<data>/run/session.key`, 0600), so
that neither the broker's memory and messages nor the disk alone give a secret away. When the broker ends, the
secrets are gone, and the user is asked again.
"""

import contextlib
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from backend.core.addresses import redis_address
from backend.core.errors import UnavailableError
from backend.core.paths import DataPaths, private_dir
from backend.core.settings import settings

if TYPE_CHECKING:
    from cryptography.fernet import Fernet
    from redis import Redis

PREFIX = "deskhand.session."


def put(reference: str, secret: str, *, seconds: int | None = None) -> None:
    """Keeps a secret until Deskhand ends, or for so long. Raises UnavailableError while the broker is away."""
    with _broker() as broker:
        broker.set(PREFIX + reference, _cipher().encrypt(secret.encode()), ex=seconds)


def get(reference: str) -> str | None:
    """The secret, or None when it is not known (any more). Raises UnavailableError while the broker is away."""
    from cryptography.fernet import InvalidToken

    with _broker() as broker:
        found = broker.get(PREFIX + reference)
    if not isinstance(found, bytes):
        return None
    try:
        return _cipher().decrypt(found).decode()
    except InvalidToken:
        return None


def forget(reference: str) -> None:
    """Removes a secret; one that is not there is no error. Raises UnavailableError while the broker is away."""
    with _broker() as broker:
        broker.delete(PREFIX + reference)


@contextmanager
def _broker() -> "Generator[Redis]":
    from redis import Redis, RedisError

    address = redis_address(settings(), DataPaths(settings().data_dir))
    try:
        with Redis.from_url(address, socket_connect_timeout=2, socket_timeout=5) as client:
            yield client
    except RedisError as error:
        raise UnavailableError(
            "secrets.session_away", "Deskhand is just starting a part of itself.", "Try again in a moment."
        ) from error


def _cipher() -> "Fernet":
    from cryptography.fernet import Fernet

    return Fernet(_key(private_dir(DataPaths(settings().data_dir).run) / "session.key"))


def _key(path: Path) -> bytes:
    from cryptography.fernet import Fernet

    if not path.exists():
        part = path.with_suffix(f".{os.getpid()}")
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(Fernet.generate_key())
        with contextlib.suppress(FileExistsError):
            os.link(part, path)
        part.unlink()
    return path.read_bytes()

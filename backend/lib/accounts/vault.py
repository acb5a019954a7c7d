"""A file of secrets under a master password, for computers without a keyring.

Each secret is sealed by AES-256-GCM (NIST SP 800-38D) under a key that scrypt (RFC 7914, n = 2**17, r = 8, p = 1)
makes of the master password; its name is sealed with it, so that two entries cannot be swapped. The key of the open
vault is kept as other secrets of the session are, so that the worker can read what it needs.
"""

import base64
import contextlib
import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

from backend.core.disk import sync_file, sync_folder
from backend.core.errors import ConflictError, NeedsUserError, UserError
from backend.core.settings import settings
from backend.lib.accounts import session
from backend.lib.mail.locks import LockFile

State = Literal["none", "locked", "open"]
SHORTEST = 8
KEY = "vault"
WAIT_SECONDS = 10.0
_WORK = {"n": 2**17, "r": 8, "p": 1}
_CHECK = "deskhand"


def _path() -> Path:
    return settings().data_dir / "vault.json"


def state() -> State:
    """Whether there is a vault, and whether its secrets can be read now."""
    if not _path().exists():
        return "none"
    return "locked" if session.get(KEY) is None else "open"


def make(password: str) -> None:
    """Makes a vault and opens it. Raises ConflictError where there is one, UserError for a short password."""
    if _path().exists():
        raise ConflictError("vault.exists", "There is a vault already.", "Open it with its master password.")
    if len(password) < SHORTEST:
        raise UserError(
            "vault.short",
            "This master password is too short.",
            f"Use at least {SHORTEST} characters; a few words in a row are easy to keep in mind.",
            fields={"password": f"At least {SHORTEST} characters."},
        )
    salt = os.urandom(16)
    key = _derived(password, salt, _WORK)
    with _alone():
        _write({"version": 1, "kdf": {"name": "scrypt", "salt": _text(salt), **_WORK}, "entries": {}}, key, _CHECK, "")
    session.put(KEY, _text(key))


def unlock(password: str) -> None:
    """Opens the vault until Deskhand ends. Raises UserError when the master password is wrong."""
    vault = _read()
    work = vault["kdf"]
    key = _derived(password, base64.b64decode(work["salt"]), work)
    try:
        _open(key, _CHECK, vault["entries"][_CHECK])
    except ValueError as error:
        raise UserError(
            "vault.wrong_password",
            "This is not the master password of the vault.",
            "Try again; capital letters count.",
            fields={"password": "Not right."},
        ) from error
    session.put(KEY, _text(key))


def lock() -> None:
    """Closes the vault; jobs that need a secret of it then ask for the master password."""
    session.forget(KEY)


def get(reference: str) -> str | None:
    """The secret, or None. Raises NeedsUserError while the vault is locked."""
    sealed = _read()["entries"].get(reference) if _path().exists() else None
    return None if sealed is None else _open(_key(), reference, sealed)


def put(reference: str, secret: str) -> None:
    """Keeps a secret. Raises NeedsUserError while the vault is locked."""
    key = _key()
    with _alone():
        _write(_read(), key, reference, secret)


def forget(reference: str) -> None:
    """Removes a secret; for that the vault need not be open."""
    with _alone():
        if _path().exists() and (vault := _read())["entries"].pop(reference, None) is not None:
            _replace(vault)


def _derived(password: str, salt: bytes, work: dict[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=work["n"], r=work["r"], p=work["p"]).derive(password.encode())


def _key() -> bytes:
    found = session.get(KEY)
    if found is None:
        raise NeedsUserError(
            "vault.locked",
            "The vault with the passwords is locked.",
            "Open it under Accounts with the master password, then try again.",
        )
    return base64.b64decode(found)


def _open(key: bytes, reference: str, sealed: str) -> str:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    data = base64.b64decode(sealed)
    try:
        return AESGCM(key).decrypt(data[:12], data[12:], reference.encode()).decode()
    except InvalidTag as error:
        raise ValueError("another key, or a changed entry") from error


def _write(vault: dict[str, Any], key: bytes, reference: str, secret: str) -> None:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = os.urandom(12)
    sealed = nonce + AESGCM(key).encrypt(nonce, secret.encode(), reference.encode())
    vault["entries"][reference] = _text(sealed)
    _replace(vault)


def _read() -> dict[str, Any]:
    try:
        return json.loads(_path().read_text("utf-8"))
    except FileNotFoundError as error:
        raise UserError("vault.none", "There is no vault yet.", "Make one under Accounts.") from error


def _replace(vault: dict[str, Any]) -> None:
    part = _path().with_suffix(".part")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        json.dump(vault, file)
        file.flush()
        sync_file(file.fileno())
    part.replace(_path())
    sync_folder(part.parent)


@contextmanager
def _alone() -> Generator[None]:
    """One writer at a time, over processes."""
    until = time.monotonic() + WAIT_SECONDS
    while True:
        with contextlib.suppress(ConflictError):
            held = LockFile(_path().with_suffix(".lock"))
            break
        if time.monotonic() > until:
            raise ConflictError("vault.busy", "The vault is in use.", "Try again in a moment.")
        time.sleep(0.02)
    try:
        yield
    finally:
        held.release()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()

"""Passwords in the system's keyring. Jobs, messages and logs carry references only; the worker reads secrets itself."""

from collections.abc import Generator
from contextlib import contextmanager

from backend.core.errors import NeedsUserError, UserError

SERVICE = "Deskhand"


class NoKeyringError(UserError):
    """The system offers no place for passwords."""


class KeyringLockedError(NeedsUserError):
    """The keyring is there, and its owner has to open it."""


def get(reference: str) -> str | None:
    """The secret kept under a reference, or None. Raises NoKeyringError, KeyringLockedError."""
    import keyring

    with _plain_words():
        return keyring.get_password(SERVICE, reference)


def put(reference: str, secret: str) -> None:
    """Keeps a secret under a reference, in place of an earlier one. Raises NoKeyringError, KeyringLockedError."""
    import keyring

    with _plain_words():
        keyring.set_password(SERVICE, reference, secret)


def forget(reference: str) -> None:
    """Removes a secret; one that is not there is no error."""
    import keyring

    with _plain_words():
        if keyring.get_password(SERVICE, reference) is not None:
            keyring.delete_password(SERVICE, reference)


@contextmanager
def _plain_words() -> Generator[None]:
    from keyring import errors

    try:
        yield
    except errors.NoKeyringError as error:
        raise NoKeyringError(
            "secrets.no_keyring",
            "This computer has no keyring in which passwords could be kept.",
            "Install or start one (GNOME Keyring, KWallet), then try again.",
        ) from error
    except errors.KeyringLocked as error:
        raise KeyringLockedError(
            "secrets.locked",
            "The keyring of this computer is locked.",
            "Unlock it with its password, then try again.",
        ) from error
    except errors.KeyringError as error:
        raise UserError(
            "secrets.failed",
            f"The keyring of this computer did not work: {error}.",
            "Open the program that manages the keyring and see whether it is in order.",
        ) from error

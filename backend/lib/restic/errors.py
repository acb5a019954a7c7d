"""What can go wrong with a backup, apart by whose fault it is: the place, the password, or the data kept there.

An error of the destination is never an unreadable source file: it ends the backup without a snapshot.
"""

import errno
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from backend.core.errors import DeskhandError, NeedsUserError, RetryableError, UserError

_GONE = {errno.ENOENT, errno.ENODEV, errno.ENXIO, errno.ENOTCONN, errno.ESTALE, errno.EHOSTDOWN, errno.ENOTDIR}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_DENIED = {errno.EACCES, errno.EPERM, errno.EROFS}


class DestinationError(NeedsUserError):
    """The place the backup is kept in failed: full, gone, read-only or broken."""


class DestinationFullError(DestinationError):
    """No space is left where the backup is kept."""


class DestinationGoneError(DestinationError):
    """The drive or share the backup is kept on is not there any more."""


class WrongPasswordError(UserError):
    """No key of the repository opens with this password."""

    def __init__(self) -> None:
        super().__init__(
            "backup.password",
            "The password does not open this backup.",
            "Enter the password the backup was set up with; it stands on its recovery sheet.",
        )


class NoRepositoryError(UserError):
    """There is no repository at the place, or one of a version that is not understood."""


class DamagedError(UserError):
    """Something kept in the repository cannot be read or is not what was written."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(
            "backup.damaged",
            f"The backup is damaged: {what} {why}.",
            "Verify the backup to see which versions are still good.",
        )
        self.what = what
        self.why = why


class MissingBlobError(DamagedError):
    """A piece of data that a snapshot needs is in no pack the index knows."""


class LockedError(RetryableError):
    """Somebody else works on the repository in a way that does not go together with what is wanted."""


class SourceGoneError(UserError):
    """None of the folders to back up is there."""


def destination_error(error: OSError, place: Path) -> DeskhandError:
    """The failure in plain words; `place` is the folder of the repository."""
    if error.errno in _FULL:
        return DestinationFullError(
            "backup.destination.full",
            f"There is no space left in {place}.",
            "Free some space there or choose another place, then try again: what is already there is used.",
        )
    if error.errno in _GONE or not place.is_dir():
        return DestinationGoneError(
            "backup.destination.gone",
            f"The backup's place {place} is not there any more.",
            "Connect the drive or the network share again, then try again: earlier versions are unharmed.",
        )
    if error.errno in _DENIED:
        return DestinationError(
            "backup.destination.denied",
            f"Deskhand may not write to {place}.",
            "Check that the drive is not write-protected and that you may write to the folder.",
        )
    return DestinationError(
        "backup.destination.failed",
        f"The backup's place {place} failed: {error.strerror or error}.",
        "Check the drive and its cable, or the network, then try again.",
    )


@contextmanager
def destination(place: Path) -> Generator[None]:
    """Turns every `OSError` of its body into a `DestinationError` about `place`."""
    try:
        yield
    except OSError as error:
        raise destination_error(error, place) from error

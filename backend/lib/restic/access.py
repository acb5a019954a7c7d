"""Opening a backup with the password from the keyring, or from its recovery sheet; and setting one up.

A backup is known in the keyring by the name of its key file, which stays the same wherever its drive is mounted.
"""

import datetime
import secrets as randomness
from dataclasses import dataclass
from pathlib import Path

from backend.core.errors import NeedsUserError, UserError
from backend.lib import secrets
from backend.lib.restic.errors import DestinationGoneError, NoRepositoryError, WrongPasswordError
from backend.lib.restic.repository import Repository, host_name
from backend.lib.restic.store import Store

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
_LABEL = "Password:"
_MOST_SHEET = 64 << 10


@dataclass(frozen=True)
class Opened:
    """An open backup; `password` is what opened it, `note` says where the keyring could not keep it."""

    repository: Repository
    password: str
    note: str = ""


def is_backup(place: Path) -> bool:
    """Whether the folder holds a backup."""
    return Store(place).has_config()


def open_backup(place: Path, sheet: Path | None = None, *, remember: bool = True) -> Opened:
    """Opens what is there; with `remember` the keyring then knows the password.

    Raises NoRepositoryError, WrongPasswordError, DestinationGoneError, NeedsUserError.
    """
    if not place.is_dir():
        raise DestinationGoneError(
            "backup.destination.gone",
            f"The folder {place} is not there.",
            "Connect the drive or the network share, then try again.",
            fields={"destination": "This folder is not there."},
        )
    store = Store(place)
    if not store.has_config():
        raise NoRepositoryError(
            "backup.none",
            f"There is no backup in {place}.",
            "Choose the folder that was named when the backup was made; it holds a file called 'config'.",
            fields={"destination": "There is no backup in this folder."},
        )
    references = [_reference(name) for name, _ in store.list("keys")]
    if sheet is not None:
        password = read_sheet(sheet)
        repository = Repository.open(place, password)
        return Opened(repository, password, _keep(references, password) if remember else "")
    for password in filter(None, map(secrets.get, [*references, _pending(place)])):
        try:
            repository = Repository.open(place, password)
        except WrongPasswordError:
            continue
        return Opened(repository, password, _keep(references, password) if remember else "")
    raise NeedsUserError(
        "backup.password_unknown",
        f"Deskhand does not know the password of the backup in {place}.",
        "Choose its recovery sheet in the form; from then on the keyring knows the password.",
        fields={"sheet": "Choose the recovery sheet of this backup."},
    )


def set_up(place: Path, sheet: Path | None = None) -> Opened:
    """Makes a backup in an empty folder, with a password made for it or taken from a sheet of the user's own.

    The keyring has the password before the backup exists. Without a keyring only a sheet will do.
    """
    if place.is_dir() and any(place.iterdir()):
        raise UserError(
            "backup.not_empty",
            f"The folder {place} is not empty, and no backup is in it.",
            "Choose an empty folder, or a new name.",
            fields={"destination": "Choose an empty folder."},
        )
    if not place.parent.is_dir():
        raise DestinationGoneError(
            "backup.destination.gone",
            f"The folder {place.parent} is not there.",
            "Connect the drive or the network share, then try again.",
            fields={"destination": "This folder is not there."},
        )
    if sheet is not None:
        password = read_sheet(sheet)
        repository = Repository.create(place, password)
        return Opened(repository, password, _keep(_references(repository), password))
    password = new_password()
    secrets.put(_pending(place), password)
    repository = Repository.create(place, password)
    for reference in _references(repository):
        secrets.put(reference, password)
    secrets.forget(_pending(place))
    return Opened(repository, password)


def new_password() -> str:
    """A password of 24 letters and digits in groups, easy to read and to type: about 118 bits."""
    groups = ("".join(randomness.choice(_LETTERS) for _ in range(4)) for _ in range(6))
    return "-".join(groups)


def write_sheet(place: Path, password: str, today: datetime.date) -> str:
    """The text of a recovery sheet."""
    return f"""Recovery sheet of a backup by Deskhand

Print this sheet, keep it away from the computer, and delete the file.
Whoever has this sheet and the backup can read all of it; without the password nobody can.

Backup:    {place}
Computer:  {host_name()}
Made on:   {today.isoformat()}
{_LABEL}  {password}

With Deskhand: choose this file as 'Recovery sheet' when restoring.

Without Deskhand: restic is free for Windows, macOS and Linux, at https://restic.net
It asks for the password above. FOLDER is the folder of the backup.

  restic -r FOLDER snapshots                              the versions
  restic -r FOLDER ls latest                              what is in the newest
  restic -r FOLDER restore latest --target NEW_FOLDER     everything, under NEW_FOLDER
  restic -r FOLDER check --read-data                      proof that all of it is whole
  restic -r FOLDER unlock                                 if it says 'already locked' and nothing runs
"""


def read_sheet(sheet: Path) -> str:
    """The password on a sheet, or on any text file with a line 'Password: ...'. Raises UserError."""
    try:
        with sheet.open("rb") as file:
            text = file.read(_MOST_SHEET).decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(
            "backup.sheet_unreadable",
            f"The recovery sheet {sheet.name} cannot be read.",
            "Choose the text file that was written when the backup was set up.",
            fields={"sheet": "This file cannot be read."},
        ) from error
    for line in text.splitlines():
        if line.startswith(_LABEL) and (password := line.removeprefix(_LABEL).strip()):
            return password
    raise UserError(
        "backup.sheet_empty",
        f"There is no password on {sheet.name}.",
        f"It must have a line that begins with '{_LABEL}'.",
        fields={"sheet": "There is no password in this file."},
    )


def _references(repository: Repository) -> list[str]:
    return [_reference(name) for name, _ in repository.store.list("keys")]


def _reference(key_name: str) -> str:
    return f"backup:{key_name[:16]}"


def _pending(place: Path) -> str:
    return f"backup in the making:{place.resolve()}"


def _keep(references: list[str], password: str) -> str:
    """Lets the keyring know the password; says why where it cannot, since the sheet does as well."""
    try:
        for reference in references:
            if secrets.get(reference) != password:
                secrets.put(reference, password)
    except (UserError, NeedsUserError) as error:
        return f"{error.message} The recovery sheet is needed each time."
    return ""

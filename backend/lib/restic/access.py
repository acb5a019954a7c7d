"""Opening a backup that stands under Accounts, and making it the first time."""

import secrets as randomness
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.core.errors import NeedsUserError, UserError
from backend.lib.accounts.kinds.backup import NAME, BackupSettings
from backend.lib.accounts.opening import Opened, open_account
from backend.lib.restic.errors import DestinationGoneError, NoRepositoryError, destination
from backend.lib.restic.repository import Repository
from backend.lib.restic.store import KINDS, Store
from backend.lib.results import file_name
from backend.store import accounts
from backend.store.record import record

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


@dataclass(frozen=True)
class Backup:
    """A backup as it stands under Accounts; whether it is made already, its folder tells."""

    account: Opened[BackupSettings]

    @property
    def name(self) -> str:
        """What its owner calls it."""
        return self.account.name

    @property
    def folder(self) -> Path:
        """Where it is kept."""
        return self.account.settings.folder

    @property
    def is_made(self) -> bool:
        """Whether it is there. Raises DestinationGoneError where it was, and is not any more."""
        return is_made(self.account.settings)

    @property
    def password(self) -> str:
        """Read where it is kept. Raises NeedsUserError."""
        return self.account.secret("password")

    @property
    def is_password_kept_for_good(self) -> bool:
        """Whether it outlasts the end of Deskhand."""
        known = accounts.find(record(), self.account.id)
        return known is not None and known.secrets.get("password") != "session"

    @property
    def sheet_name(self) -> str:
        """What the file of the recovery sheet is called."""
        return file_name(f"Recovery sheet {self.name}", "pdf")

    def open(self) -> Repository:
        """Raises NoRepositoryError, WrongPasswordError, DestinationGoneError, NeedsUserError."""
        if not self.is_made:
            raise NoRepositoryError(
                "backup.none",
                f"There is no backup in {self.folder} yet.",
                "Back up first, or name the folder that holds a file called 'config' under Accounts.",
                fields={"backup": "There is no backup in its folder yet."},
            )
        repository = open_with(self.folder, self.password)
        self._note(repository)
        return repository

    def make(self) -> Repository:
        """Makes it in its empty folder, with the password that was typed, or one made for it and kept first."""
        check_new(self.folder)
        try:
            password = self.password
        except NeedsUserError:
            password = new_password()
            self.account.keep("password", password)
        for name, _ in Store(self.folder).list("keys") if (self.folder / "keys").is_dir() else ():
            Store(self.folder).remove("keys", name)  # of an attempt that was killed before it was whole
        repository = Repository.create(self.folder, password)
        self._note(repository)
        return repository

    def _note(self, repository: Repository) -> None:
        known = accounts.find(record(), self.account.id)
        if known is not None and known.settings.get("made") != repository.id:
            settings = {**known.settings, "made": repository.id}
            accounts.update(record(), known.id, known.name, settings, known.secrets)


def backup_of(account_id: int) -> Backup:
    """The backup of that number. Raises NeedsUserError where it does not stand under Accounts any more."""
    return Backup(open_account(account_id, NAME, BackupSettings))


@contextmanager
def opened(account_id: int) -> Generator[Repository]:
    """The backup of that number, open meanwhile. Raises as `Backup.open`."""
    repository = backup_of(account_id).open()
    try:
        yield repository
    finally:
        repository.close()


def is_made(settings: BackupSettings) -> bool:
    """Whether the backup is there. Raises DestinationGoneError where it was once, and is not any more."""
    there = Store(settings.folder).has_config()
    if settings.made and not there:
        raise DestinationGoneError(
            "backup.destination.gone",
            f"The backup is not in {settings.folder} at the moment.",
            "Connect the drive or the network share, then try again. If you moved it, change its folder under "
            "Accounts.",
            fields={"backup": "Its folder is not there."},
        )
    return there


def open_with(folder: Path, password: str) -> Repository:
    """Opens what lies in a folder."""
    return Repository.open(folder, password)


def check_new(folder: Path) -> None:
    """Raises UserError or DestinationGoneError where no backup can be made."""
    if not folder.parent.is_dir():
        raise DestinationGoneError(
            "backup.destination.gone",
            f"The folder {folder.parent} is not there.",
            "Connect the drive or the network share, then try again.",
            fields={"backup": "Its folder is not there.", "folder": "This folder is not there."},
        )
    with destination(folder):
        others = {path.name for path in folder.iterdir()} - set(KINDS) if folder.is_dir() else set[str]()
        is_foreign = bool(others) or ((folder / "data").is_dir() and any(True for _ in Store(folder).list("data")))
    if is_foreign:
        raise UserError(
            "backup.not_empty",
            f"The folder {folder} is not empty, and no backup is in it.",
            "Choose an empty folder, or a new name.",
            fields={"backup": "Its folder is not empty.", "folder": "Choose an empty folder."},
        )


def new_password() -> str:
    """A password of 24 letters and digits in groups, easy to read and to type: about 118 bits."""
    groups = ("".join(randomness.choice(_LETTERS) for _ in range(4)) for _ in range(6))
    return "-".join(groups)

"""A backup: the folder it is kept in, and the password without which nobody can read it."""

from pathlib import Path

from pydantic import SecretStr

from backend.core import fields
from backend.lib.accounts.contract import AccountKind, AccountSettings, Open

NAME = "backup"


class BackupSettings(AccountSettings):
    """What a backup asks for. `made` is the name of the repository once there is one; it is noted by the first job."""

    folder: Path = fields.folder_out(
        "Where the backup is kept",
        "A folder for the backup alone, best on another drive or a network share. Empty the first time.",
    )
    password: SecretStr | None = fields.secret(
        "Password",
        "For a new backup leave this empty: one is made for you and printed on a recovery sheet. "
        "For one that exists, type the password of its recovery sheet.",
    )
    made: str = fields.text("Name of the repository", default="", max_length=64, when={"folder": []})


def test(account: Open[BackupSettings]) -> str:
    """Opens the backup, or says that there is room for a new one."""
    from backend.lib.restic import access, words
    from backend.lib.restic.snapshots import load_snapshots

    settings = account.settings
    if not access.is_made(settings):
        access.check_new(settings.folder)
        return "There is no backup yet. The first job makes it, with a password of its own if you typed none."
    repository = access.open_with(settings.folder, account.secret("password"))
    try:
        found = load_snapshots(repository, lambda _damage: None)
    finally:
        repository.close()
    newest = f", the newest of {words.version(found[-1])}" if found else ""
    return f"The backup opens. It holds {words.counted(len(found), 'version')}{newest}."


ACCOUNT_KIND = AccountKind(
    name=NAME,
    title="Backup",
    summary="A folder where versions of your files are kept, encrypted.",
    icon="archive",
    settings=BackupSettings,
    test=test,
    order=30,
)

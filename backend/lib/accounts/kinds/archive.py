"""A password for ZIP files, under a name, so that no job has to carry it."""

from pydantic import SecretStr

from backend.core import fields
from backend.lib.accounts.contract import AccountKind, AccountSettings, Open

NAME = "archive"


class ArchiveSettings(AccountSettings):
    """Nothing but the password."""

    password: SecretStr | None = fields.secret("Password", "ZIP files are locked and opened with it.")


def test(account: Open[ArchiveSettings]) -> str:
    """Whether the password can be read."""
    length = len(account.secret("password"))
    return "The password is there." if length >= 10 else "The password is there. A longer one would be safer."


ACCOUNT_KIND = AccountKind(
    name=NAME,
    title="Password for ZIP files",
    summary="A password that ZIP files are locked and opened with.",
    icon="file-archive",
    settings=ArchiveSettings,
    test=test,
    needs=lambda _settings: ["password"],
    order=60,
)

"""What the forms of all jobs with backups ask in the same way."""

import os
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from backend.core import fields
from backend.lib.accounts.kinds.backup import NAME

if TYPE_CHECKING:
    from backend.lib.restic.keep import KeepRules
    from backend.store.accounts import Account


class KeepAnswers(Protocol):
    """The numbers that say which versions stay."""

    @property
    def keep_last(self) -> int: ...
    @property
    def keep_daily(self) -> int: ...
    @property
    def keep_weekly(self) -> int: ...
    @property
    def keep_monthly(self) -> int: ...
    @property
    def keep_yearly(self) -> int: ...


def backup(title: str = "Backup", help: str = "", **rest: Any) -> Any:
    """Which backup, of those that stand under Accounts. The field's name is `backup`, which the errors know."""
    return fields.account(title, help, kinds=[NAME], **rest)


def _keep(title: str, default: int, **rest: Any) -> Any:
    return fields.number(title, default=default, ge=0, le=1000, **rest)


keep_last = partial(_keep, "Keep the latest versions", 3)
keep_daily = partial(_keep, "Keep one for each of so many days", 7)
keep_weekly = partial(_keep, "Keep one for each of so many weeks", 4)
keep_monthly = partial(_keep, "Keep one for each of so many months", 12)
keep_yearly = partial(_keep, "Keep one for each of so many years", 3)


class BackupAnswers(Protocol):
    """That one of the answers is a backup."""

    @property
    def backup(self) -> int: ...


def target(answers: BackupAnswers) -> str:
    """What jobs that write to the same place share, so that they never run side by side."""
    known = _known(answers.backup)
    place = os.path.normpath(str(known.settings.get("folder"))) if known else answers.backup
    return f"backup:{place}"


def name_of(answers: BackupAnswers) -> str:
    """What the backup is called, for the name of a job."""
    known = _known(answers.backup)
    return known.name if known else "a backup"


def _known(account_id: int) -> "Account | None":
    from backend.store import accounts
    from backend.store.record import record

    return accounts.find(record(), account_id)


def rules(answers: KeepAnswers) -> "KeepRules":
    """The answers as rules."""
    from backend.lib.restic.keep import KeepRules

    return KeepRules(
        last=answers.keep_last,
        daily=answers.keep_daily,
        weekly=answers.keep_weekly,
        monthly=answers.keep_monthly,
        yearly=answers.keep_yearly,
    )

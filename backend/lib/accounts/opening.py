"""Opening an account where it is used: settings from the record, secrets from where they are kept.

The worker does this by itself. Jobs, messages and logs carry an account's number and nothing else.
"""

from typing import Any, Generic, TypeVar

from pydantic import ValidationError

from backend.core.errors import NeedsUserError, UserError
from backend.lib.accounts import places
from backend.lib.accounts.contract import AccountSettings
from backend.lib.accounts.kinds import account_kind
from backend.store import accounts
from backend.store.accounts import Account
from backend.store.record import record

S = TypeVar("S", bound=AccountSettings)


def reference(key: str, name: str) -> str:
    """The name under which one secret of an account is kept."""
    return f"account:{key}:{name}"


class Opened(Generic[S]):
    """An account on the record; see `contract.Open`."""

    def __init__(self, account: Account, settings: S) -> None:
        self.id, self.name, self.kind = account.id, account.name, account.kind
        self.settings = settings
        self._account = account

    def secret(self, name: str) -> str:
        """Read anew each time. Raises NeedsUserError."""
        place = self._account.secrets.get(name)
        found = places.get(place, reference(self._account.key, name)) if place else None
        if not found:
            raise missing(self.name)
        return found

    def has(self, name: str) -> bool:
        """Whether one is noted."""
        return name in self._account.secrets

    def keep(self, name: str, value: str) -> None:
        """In the place where the earlier one is."""
        place = self._account.secrets.get(name) or places.standing().default
        places.put(place, reference(self._account.key, name), value)
        if place != self._account.secrets.get(name):
            self._account = accounts.note_secret(record(), self.id, name, place)


def missing(name: str) -> NeedsUserError:
    """That an account has no password (any more)."""
    return NeedsUserError(
        "account.secret_missing",
        f"The password of the account “{name}” is not known (any more).",
        "Enter it under Accounts, then try again.",
    )


def open_account(account_id: int, kind: str, settings: type[S]) -> Opened[S]:
    """The account of that number, whose settings are of this class.

    Raises NeedsUserError where it is gone, or does not fit (any more): a job then waits for a person.
    """
    account = accounts.find(record(), account_id)
    if account is None or account.kind != kind:
        raise NeedsUserError(
            "account.gone",
            "The account that this job was to use is not there any more.",
            "Start the job anew with “Change and run”, and choose another account.",
        )
    return Opened(account, _settings(account, settings))


def _settings(account: Account, settings: type[S]) -> S:
    try:
        return settings.model_validate(account.settings)
    except ValidationError as error:
        raise NeedsUserError(
            "account.outdated",
            f"The settings of the account “{account.name}” do not fit any more.",
            "Open it under Accounts, look it over and save it.",
        ) from error


class Tried:
    """An account that may not be on the record yet: its secrets are in the session, under one reference."""

    def __init__(self, settings: AccountSettings, under: str, saved: Opened[Any] | None) -> None:
        self.settings: Any = settings
        self._under, self._saved = under, saved

    def secret(self, name: str) -> str:
        """What was typed just now, else what is kept already."""
        typed = places.get("session", f"{self._under}:{name}")
        if typed:
            return typed
        if self._saved is not None:
            return self._saved.secret(name)
        raise UserError(
            "account.secret_missing",
            "The password is missing.",
            "Enter it, then test again.",
            fields={name: "Please fill this in."},
        )

    def has(self, name: str) -> bool:
        """Whether it was typed, or is noted."""
        return bool(places.get("session", f"{self._under}:{name}")) or (
            self._saved is not None and self._saved.has(name)
        )

    def keep(self, name: str, value: str) -> None:
        """In the place of the one that was used: what was typed, or that of the saved account."""
        if places.get("session", f"{self._under}:{name}"):
            places.put("session", f"{self._under}:{name}", value)
        elif self._saved is not None:
            self._saved.keep(name, value)


def try_account(kind_name: str, under: str, answers: dict[str, Any], account_id: int | None) -> str:
    """Tries settings with the secrets that lie in the session under `under`; returns a sentence for people."""
    kind = account_kind(kind_name)
    saved = open_account(account_id, kind.name, kind.settings) if account_id else None
    return kind.test(Tried(kind.settings.model_validate(answers), under, saved))

"""What a kind of account is: what it asks for, which secrets it needs, and how it is tried."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel, ConfigDict

SECRET_KINDS = ("secret", "sign-in")
"""The kinds of fields whose values are kept apart."""


class AccountSettings(BaseModel):
    """What an account asks for, made of `backend.core.fields`. Fields made with `fields.secret` are kept apart."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


S = TypeVar("S", bound=AccountSettings)
S_co = TypeVar("S_co", bound=AccountSettings, covariant=True)


class Open(Protocol[S_co]):
    """An account that is about to be used."""

    @property
    def settings(self) -> S_co:
        """Its settings; secrets in them are always None."""
        ...

    def secret(self, name: str) -> str:
        """One of its secrets, read where it is kept. Raises NeedsUserError where it is not known (any more)."""
        ...

    def has(self, name: str) -> bool:
        """Whether there is such a secret, as far as is known without reading it."""
        ...

    def keep(self, name: str, value: str) -> None:
        """Puts a secret in the place of an earlier one, as a service may hand out a new one at each use."""
        ...


@dataclass(frozen=True)
class Preset:
    """Answers that fit a well-known provider; the user may change every one of them."""

    name: str
    title: str
    settings: Mapping[str, Any]
    note: str = ""


def _nothing(_settings: Any) -> Sequence[str]:
    return ()


@dataclass(frozen=True)
class AccountKind(Generic[S]):
    """A declaration. A module of `backend.lib.accounts.kinds` has one under the name `ACCOUNT_KIND`.

    `test` tries the account and returns a sentence for people, or raises a UserError; it changes nothing elsewhere.
    `needs` names the secrets without which an account with these settings is of no use.
    A `hidden` kind is not offered: no job in the window uses it.
    """

    name: str
    title: str
    summary: str
    icon: str
    settings: type[S]
    test: Callable[[Open[S]], str]
    needs: Callable[[S], Sequence[str]] = _nothing
    presets: Sequence[Preset] = ()
    order: int = 100
    hidden: bool = False

    def secret_names(self) -> list[str]:
        """The fields whose values are secrets."""
        return [
            name
            for name, field in self.settings.model_fields.items()
            if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("x-kind") in SECRET_KINDS
        ]

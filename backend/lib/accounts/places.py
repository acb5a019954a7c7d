"""The places where a secret may be kept: the system's keyring, the vault, or memory until Deskhand ends."""

from types import ModuleType
from typing import Literal

from pydantic import BaseModel

from backend.core.errors import NeedsUserError, UserError
from backend.lib import secrets
from backend.lib.accounts import session, vault
from backend.store.accounts import Place

_PLACES: dict[Place, ModuleType] = {"keyring": secrets, "vault": vault, "session": session}


class Standing(BaseModel):
    """How the places stand, and where a new secret goes unless the user says otherwise."""

    keyring: Literal["ready", "locked", "none"]
    vault: vault.State
    default: Place
    words: str = ""


def standing() -> Standing:
    """Looks at each place. Raises UnavailableError while the broker is away."""
    keyring, said = _keyring()
    in_vault = vault.state()
    default: Place = "session"
    if keyring != "none":
        default = "keyring"
    elif in_vault != "none":
        default = "vault"
    return Standing(keyring=keyring, vault=in_vault, default=default, words=said)


def _keyring() -> tuple[Literal["ready", "locked", "none"], str]:
    try:
        secrets.get("deskhand is looking whether there is a keyring")
    except NeedsUserError as error:
        return "locked", error.message
    except UserError as error:
        return "none", error.message
    return "ready", ""


def get(place: Place, reference: str) -> str | None:
    """The secret, or None. Raises NeedsUserError where the place is locked, UserError where it is not there."""
    return _PLACES[place].get(reference)


def put(place: Place, reference: str, secret: str) -> None:
    """Keeps a secret, in place of an earlier one. Raises as `get`."""
    _PLACES[place].put(reference, secret)


def forget(place: Place, reference: str) -> None:
    """Removes a secret; one that is not there is no error. Raises as `get`."""
    _PLACES[place].forget(reference)

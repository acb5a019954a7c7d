"""Accounts: what kinds there are, those of the user, and where their secrets are kept. Secrets only ever come in."""

import asyncio
import logging
import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field, SecretStr, ValidationError

from backend.api.asking import ask
from backend.api.state import State
from backend.core.errors import UserError
from backend.lib.accounts import places, session, vault
from backend.lib.accounts.contract import AccountKind, AccountSettings
from backend.lib.accounts.kinds import account_kind, account_kinds
from backend.lib.accounts.opening import reference
from backend.lib.accounts.places import Place, Standing
from backend.lib.accounts.tickets import redeemed, renew
from backend.lib.secrets import NoKeyringError
from backend.queue.wording import field_sentences
from backend.store import accounts
from backend.store.accounts import Account

log = logging.getLogger(__name__)
router = APIRouter(tags=["accounts"])
TEST_SECONDS = 180


class PresetView(BaseModel):
    """Answers that fit a well-known provider."""

    name: str
    title: str
    settings: dict[str, Any]
    note: str


class AccountKindView(BaseModel):
    """A kind of account, with the JSON Schema of its settings; fields of `x-kind` *secret* are never read back."""

    name: str
    title: str
    summary: str
    icon: str
    settings_schema: dict[str, Any]
    presets: list[PresetView]


class AccountView(BaseModel):
    """An account; `secrets` says where each secret that is known is kept."""

    id: int
    kind: str
    name: str
    settings: dict[str, Any]
    secrets: dict[str, Place]


class AccountAnswers(BaseModel):
    """What an account is made of. A secret that is null or left out stays as it was. `keep`: where new ones go."""

    settings: dict[str, Any]
    name: str = Field(default="", max_length=200)
    keep: Place | None = None


class NewAccount(AccountAnswers):
    """An account to be made."""

    kind: str


class Trial(BaseModel):
    """Settings to be tried; `account` is the saved one whose secrets count where none are given."""

    kind: str
    settings: dict[str, Any]
    account: int | None = None


class Tested(BaseModel):
    """That it works, in a sentence."""

    message: str


class VaultWish(BaseModel):
    """Make a vault, open it, or close it."""

    how: Literal["make", "open", "close"]
    password: SecretStr = SecretStr("")


@router.get("/account-kinds")
def kinds() -> list[AccountKindView]:
    """The kinds of accounts that can be made."""
    return [
        AccountKindView(
            name=kind.name,
            title=kind.title,
            summary=kind.summary,
            icon=kind.icon,
            settings_schema=kind.settings.model_json_schema(),
            presets=[
                PresetView(name=one.name, title=one.title, settings=dict(one.settings), note=one.note)
                for one in kind.presets
            ],
        )
        for kind in account_kinds().values()
        if not kind.hidden
    ]


@router.get("/accounts")
def listing(parts: State, kind: Annotated[list[str] | None, Query()] = None) -> list[AccountView]:
    """The user's accounts, or those of some kinds."""
    return [_view(account) for account in accounts.listing(parts.record, kind or ())]


@router.get("/accounts/{account_id}")
def read(account_id: int, parts: State) -> AccountView:
    """One account."""
    return _view(accounts.get(parts.record, account_id))


@router.post("/accounts", status_code=201)
def create(new: NewAccount, parts: State) -> AccountView:
    """Makes an account; its secrets go where `keep` says, or where it is best on this computer."""
    kind = account_kind(new.kind)
    checked, secrets = divided(kind, new.settings)
    _refuse_missing(kind, checked, secrets)
    key = accounts.new_key()
    kept = _put_away(key, secrets, new.keep)
    name = new.name.strip() or kind.title
    return _view(accounts.insert(parts.record, key, kind.name, name, checked.model_dump(mode="json"), kept))


@router.put("/accounts/{account_id}")
def change(account_id: int, new: AccountAnswers, parts: State) -> AccountView:
    """Gives an account other answers; secrets that are not given stay."""
    known = accounts.get(parts.record, account_id)
    kind = account_kind(known.kind)
    checked, secrets = divided(kind, new.settings)
    _refuse_missing(kind, checked, {**known.secrets, **secrets})
    kept = _put_away(known.key, secrets, new.keep)
    for name in set(kept) & set(known.secrets):
        if kept[name] != known.secrets[name]:
            places.forget(known.secrets[name], reference(known.key, name))
    name = new.name.strip() or known.name
    places_now: dict[str, Place] = {**known.secrets, **kept}
    return _view(accounts.update(parts.record, account_id, name, checked.model_dump(mode="json"), places_now))


@router.delete("/accounts/{account_id}", status_code=204)
def remove(account_id: int, parts: State) -> Response:
    """Takes an account away, and its secrets from where they are kept; jobs that use it will ask for another."""
    known = accounts.get(parts.record, account_id)
    for name, place in known.secrets.items():
        try:
            places.forget(place, reference(known.key, name))
        except NoKeyringError:
            log.warning("the keyring that held a secret of account %s is not there any more", account_id)
    accounts.delete(parts.record, account_id)
    return Response(status_code=204)


@router.post("/accounts/test")
async def test(trial: Trial, parts: State) -> Tested:
    """Tries settings, saved or not; worked out in the worker. 422 says what is wrong, with fields."""
    kind = account_kind(trial.kind)
    checked, secrets = divided(kind, trial.settings)
    under = f"trial:{uuid.uuid4().hex}"
    await asyncio.to_thread(_lay_ready, under, secrets)
    try:
        answers = {"settings": checked.model_dump(mode="json"), "account": trial.account}
        return Tested(message=await ask(parts, "account", kind.name, under, answers))
    finally:
        await asyncio.to_thread(_take_away, under, secrets, trial.settings)


def _lay_ready(under: str, secrets: dict[str, str]) -> None:
    for name, secret in secrets.items():
        session.put(f"{under}:{name}", secret, seconds=TEST_SECONDS)


def _take_away(under: str, secrets: dict[str, str], answers: dict[str, Any]) -> None:
    for name, secret in secrets.items():
        left = session.get(f"{under}:{name}")
        if left and left != secret:
            renew(str(answers.get(name)), left)
        session.forget(f"{under}:{name}")


@router.get("/secret-places")
def where() -> Standing:
    """Where secrets can be kept on this computer."""
    return places.standing()


@router.post("/secret-places/vault")
def change_vault(wish: VaultWish) -> Standing:
    """Makes, opens or closes the vault under a master password."""
    password = wish.password.get_secret_value()
    if wish.how == "make":
        vault.make(password)
    elif wish.how == "open":
        vault.unlock(password)
    else:
        vault.lock()
    return places.standing()


def _view(account: Account) -> AccountView:
    return AccountView.model_validate(account.model_dump())


def divided(kind: AccountKind[Any], answers: dict[str, Any]) -> tuple[AccountSettings, dict[str, str]]:
    """The settings, checked and without secrets; and the secrets that were given. Raises UserError by field."""
    try:
        checked: AccountSettings = kind.settings.model_validate(answers)
    except ValidationError as error:
        sentences = field_sentences(error)
        raise UserError(
            "answers.invalid",
            "Some answers in the form are missing or not right.",
            sentences.pop("", "Look at the marked fields."),
            fields=sentences,
        ) from None
    given = {name: getattr(checked, name) for name in kind.secret_names()}
    secrets = {name: value.get_secret_value() for name, value in given.items() if isinstance(value, SecretStr)}
    bare = checked.model_copy(update=dict.fromkeys(given))
    return bare, {name: redeemed(name, secret) for name, secret in secrets.items() if secret}


def _refuse_missing(kind: AccountKind[Any], settings: AccountSettings, known: dict[str, Any]) -> None:
    missing = [name for name in kind.needs(settings) if name not in known]
    if missing:
        raise UserError(
            "answers.invalid",
            "Some answers in the form are missing or not right.",
            "Look at the marked fields.",
            fields=dict.fromkeys(missing, "Please fill this in."),
        )


def _put_away(key: str, secrets: dict[str, str], keep: Place | None) -> dict[str, Place]:
    if not secrets:
        return {}
    place = keep or places.standing().default
    for name, secret in secrets.items():
        places.put(place, reference(key, name), secret)
    return dict.fromkeys(secrets, place)

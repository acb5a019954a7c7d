"""Accounts, as the API says and takes them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from desktop.client.api import Api
from desktop.client.problems import ApiError
from desktop.client.shapes import Json

Place = Literal["keyring", "vault", "session"]


@dataclass(frozen=True)
class Preset:
    """Answers that fit a well-known provider."""

    name: str
    title: str
    settings: dict[str, Any]
    note: str

    @classmethod
    def read(cls, data: Json) -> "Preset":
        return cls(data["name"], data["title"], dict(data["settings"]), data.get("note", ""))


@dataclass(frozen=True)
class AccountKind:
    """A kind of account; `schema` is the JSON Schema of its settings."""

    name: str
    title: str
    summary: str
    icon: str
    schema: dict[str, Any]
    presets: tuple[Preset, ...] = ()

    @classmethod
    def read(cls, data: Json) -> "AccountKind":
        presets = tuple(Preset.read(one) for one in data.get("presets", ()))
        return cls(data["name"], data["title"], data["summary"], data["icon"], data["settings_schema"], presets)


@dataclass(frozen=True)
class Account:
    """One account; `secrets` says where each secret that is known is kept."""

    id: int
    kind: str
    name: str
    settings: dict[str, Any]
    secrets: dict[str, Place] = field(default_factory=dict[str, Place])

    @classmethod
    def read(cls, data: Json) -> "Account":
        return cls(data["id"], data["kind"], data["name"], dict(data["settings"]), dict(data["secrets"]))


@dataclass(frozen=True)
class Places:
    """How the places stand where secrets can be kept; `words` says why there is no keyring."""

    keyring: Literal["ready", "locked", "none"]
    vault: Literal["none", "locked", "open"]
    default: Place
    words: str = ""

    @classmethod
    def read(cls, data: Json) -> "Places":
        return cls(data["keyring"], data["vault"], data["default"], data.get("words", ""))


@dataclass(frozen=True)
class SignIn:
    """A sign-in in the browser; `state` is `waiting`, `done` (then `ticket` stands for the permission) or `failed`."""

    id: str
    url: str
    state: str
    ticket: str
    problem: ApiError | None

    @classmethod
    def read(cls, data: Json) -> "SignIn":
        problem = ApiError.read(422, data["problem"]) if data.get("problem") else None
        return cls(data["id"], data["url"], data["state"], data.get("ticket", ""), problem)


class AccountCalls:
    """The calls that have to do with accounts, over the API in force."""

    def __init__(self, api: Api) -> None:
        self._api = api

    async def kinds(self) -> list[AccountKind]:
        """The kinds that can be made."""
        return [AccountKind.read(item) for item in await self._api.ask("GET", "/account-kinds")]

    async def accounts(self, kinds: Sequence[str] = ()) -> list[Account]:
        """The user's accounts."""
        query = [("kind", kind) for kind in kinds]
        return [Account.read(item) for item in await self._api.ask("GET", "/accounts", query=query)]

    async def save(
        self, account: int | None, kind: str, name: str, settings: dict[str, Any], keep: Place | None
    ) -> Account:
        """Makes an account, or changes the one of that number."""
        body: dict[str, Any] = {"name": name, "settings": settings, "keep": keep}
        if account is None:
            return Account.read(await self._api.ask("POST", "/accounts", body={**body, "kind": kind}))
        return Account.read(await self._api.ask("PUT", f"/accounts/{account}", body=body))

    async def test(self, account: int | None, kind: str, settings: dict[str, Any]) -> str:
        """Tries settings; returns a sentence."""
        body = {"kind": kind, "settings": settings, "account": account}
        return (await self._api.ask("POST", "/accounts/test", body=body, patience=90))["message"]

    async def begin_sign_in(self, settings: dict[str, Any], account: int | None) -> SignIn:
        """Has the backend wait for the browser, which is to open the `url`."""
        return SignIn.read(await self._api.ask("POST", "/sign-ins", body={"settings": settings, "account": account}))

    async def look_at_sign_in(self, sign_in: str) -> SignIn:
        """How it stands."""
        return SignIn.read(await self._api.ask("GET", f"/sign-ins/{sign_in}"))

    async def cancel_sign_in(self, sign_in: str) -> None:
        """Waits no longer."""
        await self._api.ask("DELETE", f"/sign-ins/{sign_in}")

    async def remove(self, account: int) -> None:
        """Takes an account and its secrets away."""
        await self._api.ask("DELETE", f"/accounts/{account}")

    async def places(self) -> Places:
        """Where secrets can be kept."""
        return Places.read(await self._api.ask("GET", "/secret-places"))

    async def change_vault(self, how: Literal["make", "open", "close"], password: str = "") -> Places:
        """Makes, opens or closes the vault."""
        body = {"how": how, "password": password}
        return Places.read(await self._api.ask("POST", "/secret-places/vault", body=body))

"""A web service: where it is, how one logs in there, and whether it may be on the computer's own network."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationInfo, field_validator

from backend.core import fields
from backend.core.errors import NeedsUserError, UserError
from backend.lib.accounts.contract import AccountKind, AccountSettings, Open

if TYPE_CHECKING:
    from backend.lib.web.calls import Login

NAME = "web"
_TOKEN = "!#$%&'*+-.^_`|~"


class WebSettings(AccountSettings):
    """What an account with a web service asks for. Its login goes to the server of `address` and to no other."""

    address: str = fields.text(
        "Address of the service",
        "The login is sent to this server only.",
        placeholder="https://api.example.com",
        min_length=1,
        max_length=2000,
    )
    login: Literal["none", "basic", "bearer", "header"] = fields.choice(
        "How one logs in",
        default="bearer",
        labels={"none": "Not at all", "basic": "User and password", "bearer": "Token (Bearer)", "header": "API key"},
    )
    user: str = fields.text("User name", default="", when={"login": ["basic"]}, max_length=500)
    password: SecretStr | None = fields.secret("Password", when={"login": ["basic"]})
    header: str = fields.text(
        "Name of the header",
        "As the service's description calls it.",
        default="X-Api-Key",
        when={"login": ["header"]},
        max_length=100,
    )
    token: SecretStr | None = fields.secret("Token or key", when={"login": ["bearer", "header"]})
    private: bool = fields.yes_no(
        "Addresses of a local network",
        "Also allows this server to be on this computer or its own network. Switch on only for services you trust.",
        default=False,
        section="options",
        validate_default=True,
    )
    ca_file: Path | None = fields.file_in(
        "Certificate of your own authority",
        "Only where the server's certificate is made by your company and this computer does not know it.",
        default=None,
        suffixes=[".pem", ".crt"],
        section="options",
    )

    @field_validator("address")
    @classmethod
    def _web_address(cls, value: str) -> str:
        return checked_address(value)

    @field_validator("header")
    @classmethod
    def _one_name(cls, value: str) -> str:
        if not value.strip() or any(not (sign.isascii() and sign.isalnum()) and sign not in _TOKEN for sign in value):
            raise ValueError("A header's name has letters, digits and hyphens only.")
        return value

    @field_validator("private")
    @classmethod
    def _never_in_the_clear(cls, value: bool, info: ValidationInfo) -> bool:
        if not value and info.data.get("login") != "none" and str(info.data.get("address")).lower().startswith("http:"):
            raise ValueError(
                "A login is never sent over the internet without encryption. Use an address that begins with https://, "
                "or switch this on for a service on your own network."
            )
        return value


def checked_address(value: str) -> str:
    """The address of a web page or service, tidied. Raises ValueError with a sentence."""
    address = value.strip()
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError as error:
        raise ValueError("This is no web address.") from error
    if parts.scheme.lower() not in ("http", "https"):
        raise ValueError("It must begin with https:// or http://.")
    if not host or any(sign.isspace() or not sign.isprintable() for sign in address):
        raise ValueError("This is no web address.")
    if parts.username is not None:
        raise ValueError("A name and password do not belong in the address; they go into an account.")
    return address.split("#", 1)[0]


def needs(settings: WebSettings) -> Sequence[str]:
    """The secret that its way to log in has."""
    return {"none": [], "basic": ["password"], "bearer": ["token"], "header": ["token"]}[settings.login]


def login_of(account: Open[WebSettings], name: str) -> Login:
    """What the account adds to calls; reads its secret. Raises NeedsUserError."""
    from backend.lib.web.calls import Login, origin_of

    settings = account.settings
    header, secret = None, ""
    if settings.login == "basic":
        secret = account.secret("password")
        both = f"{settings.user}:{secret}".encode()
        header = ("Authorization", f"Basic {base64.b64encode(both).decode()}")
    elif settings.login != "none":
        secret = _token(account)
        header = (settings.header, secret) if settings.login == "header" else ("Authorization", f"Bearer {secret}")
    return Login(name, origin_of(settings.address), header, secret, settings.private, settings.ca_file)


def _token(account: Open[WebSettings]) -> str:
    token = account.secret("token").strip()
    if not token.isascii() or not token.isprintable():
        message = "The token or key has signs in it that cannot be sent."
        raise NeedsUserError("web.token", message, "Copy it again, whole and alone.", fields={"token": message})
    return token


def test(account: Open[WebSettings]) -> str:
    """Asks for the address itself and looks whether the login is taken."""
    import tempfile

    from backend.lib.web.calling import Caller
    from backend.lib.web.calls import Bounds, Call

    address = account.settings.address
    bounds = Bounds(bytes=20_000_000, seconds=15.0, again=0)
    login = login_of(account, "")
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch, Caller(login, bounds) as caller:
        try:
            status = caller.fetch(Call("GET", address), Path(scratch) / "answer").status
        except (UserError, NeedsUserError) as error:
            if not error.code.startswith("web.status_4") or error.code == "web.status_403":
                raise _said_here(error, needs(account.settings)) from error
            status = int(error.code.rpartition("_")[2])
    host = urlsplit(address).hostname
    if login.header is None:
        return f"{host} answers ({status})."
    return f"{host} answers ({status}) and does not refuse the login."


def _said_here(error: UserError | NeedsUserError, secrets: Sequence[str]) -> UserError:
    """The same, beside the fields of the account."""
    if error.code == "web.login" and secrets:
        hint = "Check it; when a token is copied, its ends are easily lost."
        return UserError(error.code, "The login is not accepted.", hint, fields={secrets[0]: "Not accepted."})
    return UserError(error.code, error.message, error.hint, fields={"address": error.message})


ACCOUNT_KIND = AccountKind(
    name=NAME,
    title="Web service",
    summary="A server that jobs call, with the login for it.",
    icon="globe",
    settings=WebSettings,
    test=test,
    needs=needs,
    order=40,
)

"""A mailbox to send from: where its servers are, how one logs in, and how much they let through."""

from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SecretStr, ValidationInfo, field_validator, model_validator

from backend.core import fields
from backend.core.errors import UserError
from backend.lib.accounts.contract import AccountKind, AccountSettings, Open, Preset
from backend.lib.mail import accounts, addresses, imap, oauth
from backend.lib.mail.accounts import Account
from backend.lib.mail.presets import PRESETS, PROVIDERS
from backend.lib.mail.smtp import Link

if TYPE_CHECKING:
    from imapclient import IMAPClient

_SIGNED_IN = {"login": ["oauth2"]}


class MailSettings(AccountSettings):
    """What a mail account asks for. Limits of 0 mean: none."""

    address: str = fields.text("Your address", "What recipients see as the sender.", placeholder="anna@example.com")
    name: str = fields.text("Your name", "Shown before the address.", default="", max_length=200)
    login: Literal["password", "oauth2", "none"] = fields.choice(
        "How you log in",
        default="password",
        labels={
            "password": "User name and password",
            "oauth2": "Sign in with the provider",
            "none": "No login (a server in the house)",
        },
    )
    user: str = fields.text(
        "User name", "Leave empty if it is your address.", default="", when={"login": ["password", "oauth2"]}
    )
    password: SecretStr | None = fields.secret(
        "Password", "Some providers want one made for a single program (app password).", when={"login": ["password"]}
    )
    client_id: str = fields.text(
        "Client id",
        "Your own, from the provider's page for developers, for a program on a desktop.",
        default="",
        max_length=500,
        needed=True,
        when=_SIGNED_IN,
    )
    client_secret: SecretStr | None = fields.secret(
        "Client secret", "Only where the provider gave you one with the client id.", when=_SIGNED_IN
    )
    refresh_token: SecretStr | None = fields.sign_in(
        "Permission", "Your browser opens, and the provider asks you whether Deskhand may send mail.", when=_SIGNED_IN
    )
    authorize_url: str = fields.text(
        "Address for signing in", default="", max_length=500, section="options", when=_SIGNED_IN
    )
    token_url: str = fields.text("Address for tokens", default="", max_length=500, section="options", when=_SIGNED_IN)
    scope: str = fields.text(
        "What is asked for (scope)", default="", max_length=1000, section="options", when=_SIGNED_IN
    )
    host: str = fields.text("Server for sending (SMTP)", placeholder="smtp.example.com", min_length=1, max_length=253)
    port: int = fields.number("Port", "587 with STARTTLS, 465 with TLS.", default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = fields.choice(
        "Encryption",
        "Certificates are always checked. A password is never sent without encryption.",
        default="starttls",
        labels={"starttls": "STARTTLS", "tls": "TLS from the start", "none": "None"},
    )
    reply_to: str = fields.text("Answers go to", "Leave empty for your address.", default="", section="options")
    per_minute: int = fields.number("At most each minute", default=0, ge=0, unit="letters", section="options")
    per_hour: int = fields.number("At most each hour", default=0, ge=0, unit="letters", section="options")
    per_day: int = fields.number(
        "At most each day", "0: no limit. What the provider allows.", default=0, ge=0, unit="letters", section="options"
    )
    connections: int = fields.number("Connections at once", default=2, ge=1, le=4, section="options")
    unsubscribe_mailto: str = fields.text(
        "Address for unsubscribing",
        "Mail programs then show a button for unsubscribing. Leave empty for your address.",
        default="",
        section="options",
    )
    unsubscribe_url: str = fields.text(
        "Web page for unsubscribing with one click",
        "Begins with https. Wanted by Gmail and Yahoo from those who send more than 5,000 letters a day.",
        default="",
        section="options",
    )
    imap_host: str = fields.text(
        "Server for reading (IMAP)",
        "To look into the Sent folder, and for mail that came back. Nothing in the mailbox is changed.",
        default="",
        max_length=253,
        section="options",
    )
    imap_port: int = fields.number(
        "Port for reading", "993 with TLS, 143 with STARTTLS.", default=993, ge=1, le=65535, section="options"
    )
    imap_security: Literal["tls", "starttls"] = fields.choice(
        "Encryption for reading",
        default="tls",
        labels={"tls": "TLS from the start", "starttls": "STARTTLS"},
        section="options",
    )
    internal: bool = fields.yes_no(
        "Addresses of a local network",
        "Also takes addresses such as anna@server.local.",
        default=False,
        section="options",
    )
    ca_file: Path | None = fields.file_in(
        "Certificate of your own authority",
        "Only where the servers' certificates are made by your company and this computer does not know it.",
        default=None,
        suffixes=[".pem", ".crt"],
        section="options",
    )

    @field_validator("authorize_url", "token_url")
    @classmethod
    def _provider(cls, value: str) -> str:
        return oauth.check_address(value) if value.strip() else ""

    @model_validator(mode="after")
    def _signs_in_somewhere(self) -> "MailSettings":
        if self.login == "oauth2" and not (self.client_id.strip() and self.authorize_url and self.token_url):
            raise ValueError("To sign in with the provider, client id and both addresses of the provider are needed.")
        return self

    @field_validator("host", "imap_host", "user", "unsubscribe_url")
    @classmethod
    def _one_word(cls, value: str) -> str:
        stripped = value.strip()
        if any(sign.isspace() or not sign.isprintable() for sign in stripped):
            raise ValueError("There is a space in it.")
        return stripped

    @field_validator("unsubscribe_url")
    @classmethod
    def _https(cls, value: str) -> str:
        if value and not value.lower().startswith("https://"):
            raise ValueError("It must begin with https://.")
        return value

    @field_validator("address", "reply_to", "unsubscribe_mailto")
    @classmethod
    def _address(cls, value: str, info: ValidationInfo) -> str:
        if not value.strip() and info.field_name != "address":
            return ""
        try:
            return addresses.parse(value, internal=True).text
        except UserError as error:
            raise ValueError(error.message) from error

    @property
    def login_name(self) -> str:
        """What the server knows the user by."""
        return self.user or self.address

    def server(self) -> Account:
        """Where and how to connect for sending."""
        return Account(self.host, self.port, self.security, self.login, self.login_name)


def connect(account: Open[MailSettings], timeout: float = 30.0) -> Link:
    """A connection for sending, logged in. Raises as `backend.lib.mail.accounts.connect`, and NeedsUserError."""
    settings = account.settings
    context = accounts.trust(settings.ca_file) if settings.security != "none" else None
    return accounts.connect(settings.server(), lambda: login_secret(account), context=context, timeout=timeout)


def mailbox(account: Open[MailSettings]) -> "AbstractContextManager[IMAPClient]":
    """The account's mailbox for reading. Raises as `backend.lib.mail.imap.mailbox`, and NeedsUserError."""
    settings = account.settings
    where = imap.ImapAccount(
        settings.imap_host,
        settings.imap_port,
        settings.imap_security,
        settings.login,
        settings.login_name,
        settings.ca_file,
    )
    return imap.mailbox(where, lambda: login_secret(account))


def login_secret(account: Open[MailSettings]) -> str:
    """The password, or a token of the provider that is good for a while. Raises NeedsUserError, UserError."""
    if account.settings.login != "oauth2":
        return account.secret("password")
    return _tokens.get(
        oauth_client(account),
        account.secret("refresh_token"),
        lambda token: account.keep("refresh_token", token),
    )


def oauth_client(account: Open[MailSettings]) -> oauth.Client:
    """How the user's own client is known to the provider. Raises UserError where that is not filled in."""
    settings = account.settings
    return oauth.Client(
        settings.client_id.strip(),
        settings.authorize_url,
        settings.token_url,
        settings.scope,
        account.secret("client_secret") if account.has("client_secret") else "",
        settings.ca_file,
    )


_tokens = oauth.AccessTokens()


def test(account: Open[MailSettings]) -> str:
    """Logs in and asks whether mail from this address is taken, and opens the mailbox; sends and changes nothing."""
    settings = account.settings
    sender = addresses.parse(settings.address, internal=settings.internal)
    link = connect(account, timeout=15.0)
    try:
        code, words = link.mail(sender.envelope)
        if code >= 400:
            said = words.decode("utf-8", "replace")
            raise UserError(
                "mail.sender_refused",
                f"The login works, but the server takes nothing from {sender.text}: {code} {said}",
                "Check your address; it may have to be the one you log in with.",
                fields={"address": "The server takes nothing from this address."},
            )
        link.rset()
    finally:
        link.leave()
    how = "" if settings.security == "none" else ", encrypted and with a certificate that is in order"
    reading = ""
    if settings.imap_host:
        with _at_its_field(), mailbox(account) as client:
            client.select_folder("INBOX", readonly=True)
        reading = f" Mail can be read from {settings.imap_host}."
    return f"{settings.host} takes mail from {sender.text}{how}.{reading}"


@contextmanager
def _at_its_field() -> Generator[None, None, None]:
    try:
        yield
    except UserError as error:
        if error.code.startswith("imap."):
            error.message = f"Sending works, but reading does not. {error.message}"
            error.fields = {"imap_host": "Mail cannot be read."}
        raise


def needs(settings: MailSettings) -> Sequence[str]:
    """The password, or the provider's permission, where there is a login."""
    return {"password": ["password"], "oauth2": ["refresh_token"], "none": []}[settings.login]


def _preset_settings() -> Sequence[Preset]:
    made: list[Preset] = []
    for preset in PRESETS:
        values: dict[str, Any] = {
            "host": preset.host,
            "port": preset.port,
            "security": preset.security,
            "per_minute": preset.per_minute,
            "per_hour": preset.per_hour,
            "per_day": preset.per_day,
            "connections": preset.connections,
            "imap_host": preset.imap,
        }
        values["login"] = preset.login
        if preset.sign_in:
            values.update(asdict(PROVIDERS[preset.sign_in]))
        made.append(Preset(preset.name, preset.title, values, preset.note))
    return made


ACCOUNT_KIND = AccountKind(
    name="mail",
    title="Mail",
    summary="A mailbox to send letters from.",
    icon="mail",
    settings=MailSettings,
    test=test,
    needs=needs,
    presets=_preset_settings(),
    order=10,
)

"""A mailbox to send from: where its servers are, how one logs in, and how much they let through."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import SecretStr, ValidationInfo, field_validator

from backend.core import fields
from backend.core.errors import UserError
from backend.lib.accounts.contract import AccountKind, AccountSettings, Open, Preset
from backend.lib.mail import accounts, addresses
from backend.lib.mail.accounts import Account
from backend.lib.mail.presets import PRESETS
from backend.lib.mail.smtp import Link


class MailSettings(AccountSettings):
    """What a mail account asks for. Limits of 0 mean: none."""

    address: str = fields.text("Your address", "What recipients see as the sender.", placeholder="anna@example.com")
    name: str = fields.text("Your name", "Shown before the address.", default="", max_length=200)
    login: Literal["password", "none"] = fields.choice(
        "How you log in",
        default="password",
        labels={"password": "User name and password", "none": "No login (a server in the house)"},
    )
    user: str = fields.text("User name", "Leave empty if it is your address.", default="", when={"login": ["password"]})
    password: SecretStr | None = fields.secret(
        "Password", "Some providers want one made for a single program (app password).", when={"login": ["password"]}
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

    @field_validator("host", "user", "unsubscribe_url")
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
    return accounts.connect(settings.server(), lambda: account.secret("password"), context=context, timeout=timeout)


def test(account: Open[MailSettings]) -> str:
    """Logs in and asks whether mail from this address is taken; sends nothing."""
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
    return f"{settings.host} takes mail from {sender.text}{how}."


def needs(settings: MailSettings) -> Sequence[str]:
    """The password, where there is a login."""
    return ["password"] if settings.login == "password" else []


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
        }
        if preset.login == "password":
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

"""The usual providers: where their servers are, how one logs in, and how much they let through.

Limits are starting values, not yet checked against the providers' own pages; 0 means that none is known. The user may
change every value.
"""

from dataclasses import dataclass
from typing import Literal

from backend.lib.mail.accounts import Login, Security


@dataclass(frozen=True)
class Preset:
    """A provider. `domains` are those of its addresses; `imap` is the server that keeps the Sent folder."""

    name: str
    title: str
    host: str
    port: int
    security: Security
    login: Login
    imap: str = ""
    domains: tuple[str, ...] = ()
    per_minute: int = 0
    per_hour: int = 0
    per_day: int = 0
    connections: int = 2
    note: str = ""
    sign_in: Literal["", "microsoft", "google"] = ""


@dataclass(frozen=True)
class Provider:
    """Where one signs in, and the scope that lets mail be sent and read."""

    authorize_url: str
    token_url: str
    scope: str


PROVIDERS = {
    "microsoft": Provider(
        "https://login.microsoftonline.com/common/oauth2/v2.0/authorize",
        "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "https://outlook.office.com/SMTP.Send https://outlook.office.com/IMAP.AccessAsUser.All offline_access",
    ),
    "google": Provider(
        "https://accounts.google.com/o/oauth2/v2/auth",
        "https://oauth2.googleapis.com/token",
        "https://mail.google.com/",
    ),
}
"""As the providers' own pages for XOAUTH2 say."""

_APP_PASSWORD = "Wants a password made for one program (app password), not the one of the account."

PRESETS: tuple[Preset, ...] = (
    Preset(
        "microsoft365",
        "Microsoft 365",
        "smtp.office365.com",
        587,
        "starttls",
        "oauth2",
        "outlook.office365.com",
        per_minute=30,
        per_day=10_000,
        connections=3,
        note="The administrator has to allow authenticated SMTP for the mailbox.",
        sign_in="microsoft",
    ),
    Preset(
        "outlook",
        "Outlook.com and Hotmail",
        "smtp-mail.outlook.com",
        587,
        "starttls",
        "oauth2",
        "outlook.office365.com",
        ("outlook.com", "hotmail.com", "live.com", "msn.com"),
        per_minute=30,
        per_day=300,
        connections=1,
        sign_in="microsoft",
    ),
    Preset(
        "gmail",
        "Gmail",
        "smtp.gmail.com",
        465,
        "tls",
        "password",
        "imap.gmail.com",
        ("gmail.com", "googlemail.com"),
        per_day=500,
        note=_APP_PASSWORD,
    ),
    Preset(
        "google-workspace",
        "Google Workspace",
        "smtp.gmail.com",
        465,
        "tls",
        "oauth2",
        "imap.gmail.com",
        per_day=2000,
        note="More than 5,000 a day to Gmail need SPF, DKIM, DMARC and unsubscribing with one click.",
        sign_in="google",
    ),
    Preset(
        "icloud",
        "iCloud Mail",
        "smtp.mail.me.com",
        587,
        "starttls",
        "password",
        "imap.mail.me.com",
        ("icloud.com", "me.com", "mac.com"),
        per_day=1000,
        connections=1,
        note=_APP_PASSWORD,
    ),
    Preset(
        "yahoo",
        "Yahoo Mail",
        "smtp.mail.yahoo.com",
        465,
        "tls",
        "password",
        "imap.mail.yahoo.com",
        ("yahoo.com", "yahoo.de", "yahoo.co.uk", "yahoo.fr"),
        per_day=500,
        connections=1,
        note=_APP_PASSWORD,
    ),
    Preset(
        "gmx", "GMX", "mail.gmx.net", 465, "tls", "password", "imap.gmx.net", ("gmx.de", "gmx.net", "gmx.at", "gmx.ch")
    ),
    Preset("web.de", "WEB.DE", "smtp.web.de", 587, "starttls", "password", "imap.web.de", ("web.de",)),
    Preset(
        "fastmail",
        "Fastmail",
        "smtp.fastmail.com",
        465,
        "tls",
        "password",
        "imap.fastmail.com",
        ("fastmail.com", "fastmail.fm"),
        note=_APP_PASSWORD,
    ),
    Preset(
        "qq",
        "QQ Mail",
        "smtp.qq.com",
        465,
        "tls",
        "password",
        "imap.qq.com",
        ("qq.com", "foxmail.com"),
        connections=1,
        note="Wants the authorisation code from the mailbox's settings instead of the password.",
    ),
    Preset(
        "163",
        "NetEase 163",
        "smtp.163.com",
        465,
        "tls",
        "password",
        "imap.163.com",
        ("163.com", "126.com", "yeah.net"),
        connections=1,
        note="Wants the authorisation code from the mailbox's settings instead of the password.",
    ),
    Preset("other", "Another provider", "", 587, "starttls", "password"),
)


def preset_for(address: str) -> Preset:
    """The provider of an address by its domain; 'Another provider' if none is known."""
    domain = address.rpartition("@")[2].strip().lower()
    return next((preset for preset in PRESETS if domain in preset.domains), PRESETS[-1])

"""The user's own mailbox, read by IMAP (RFC 9051) over a checked connection. Nothing in it is changed."""

import logging
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from backend.core.errors import UserError
from backend.lib.mail.accounts import Login
from backend.lib.trust import refusal, trust

if TYPE_CHECKING:
    from imapclient import IMAPClient

TIMEOUT = 20.0


@dataclass(frozen=True)
class ImapAccount:
    """Where the mailbox is and how one logs in. The secret is never part of it."""

    host: str
    port: int = 993
    security: Literal["tls", "starttls"] = "tls"
    login: Login = "password"
    user: str = ""
    ca_file: Path | None = None


@contextmanager
def mailbox(account: ImapAccount, secret: Callable[[], str]) -> Generator["IMAPClient", None, None]:
    """The mailbox, logged in to, while the block runs. Raises UserError `imap.*` in plain words, also within it."""
    from imapclient.exceptions import IMAPClientError, LoginError

    if not account.host:
        raise UserError(
            "imap.none",
            "This account says no server for reading mail (IMAP).",
            "Fill it in under Accounts, then try again.",
            fields={"account": "It has no server for reading mail."},
        )
    try:
        client = _connected(account)
        try:
            _log_in(client, account, secret())
            yield client
        finally:
            client.shutdown()
    except LoginError as error:
        raise UserError(
            "imap.login",
            f"The mail server {account.host} does not accept the login of “{account.user}” for reading: {error}.",
            "Check user name and password; some providers let mail be read only where that is switched on.",
        ) from error
    except ssl.SSLCertVerificationError as error:
        raise UserError(
            "imap.certificate",
            f"The certificate of the mail server {account.host} is not accepted: {refusal(error)}.",
            "Check the server's name. If it is right, ask whoever looks after the server.",
        ) from error
    except (OSError, IMAPClientError) as error:
        raise UserError(
            "imap.connect",
            f"Mail cannot be read from {account.host} at port {account.port}: {error}.",
            "Check server and port, or try again later.",
        ) from error


def _connected(account: ImapAccount) -> "IMAPClient":
    from imapclient import IMAPClient

    # At DEBUG, it would write the user's mail into the log.
    logging.getLogger("imapclient").setLevel(logging.INFO)
    context = trust(account.ca_file)
    tls = account.security == "tls"
    client = IMAPClient(account.host, account.port, ssl=tls, ssl_context=context if tls else None, timeout=TIMEOUT)
    if not tls:
        try:
            client.starttls(context)
        except BaseException:
            client.shutdown()
            raise
    return client


def _log_in(client: "IMAPClient", account: ImapAccount, secret: str) -> None:
    if account.login == "oauth2":
        client.oauth2_login(account.user, secret)
    elif client.has_capability("AUTH=PLAIN"):
        # The command LOGIN has no way to say a password with letters beyond ASCII (RFC 9051, 6.2.3).
        client.plain_login(account.user, secret)
    else:
        client.login(account.user, secret)

"""Connecting to the mail server of an account: encrypted, its certificate checked, logged in; or a plain sentence."""

import smtplib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from backend.core.errors import UserError
from backend.lib.mail.replies import MalformedReplyError, Reply
from backend.lib.mail.smtp import Link
from backend.lib.trust import refusal, trust

Security = Literal["tls", "starttls", "none"]
Login = Literal["none", "password", "oauth2"]


@dataclass(frozen=True)
class Account:
    """Where and how to connect. The secret (password or OAuth2 access token) is never part of it."""

    host: str
    port: int
    security: Security = "starttls"
    login: Login = "password"
    user: str = ""


def connect(
    account: Account, secret: Callable[[], str], *, context: ssl.SSLContext | None = None, timeout: float = 30.0
) -> Link:
    """A connection that is ready for messages. `secret` is called just before the login, if there is one.

    Raises UserError in plain words: `mail.login.*` where trying again by itself would do harm, `mail.certificate`
    and `mail.encryption` where it would not help, `mail.connect` for what may pass.
    """
    if account.security == "none" and account.login != "none":
        raise UserError(
            "mail.encryption",
            "A password is never sent over a connection that is not encrypted.",
            "Choose STARTTLS or TLS for this account.",
            fields={"security": "Needed for a login."},
        )
    checking = None if account.security == "none" else context or trust()
    link = Link(account.host, checking if account.security == "tls" else None, timeout)
    try:
        _greet(link, account, checking)
        if account.login != "none":
            _log_in(link, account, secret)
    except BaseException:
        link.close()
        raise
    return link


def _greet(link: Link, account: Account, checking: ssl.SSLContext | None) -> None:
    try:
        code, words = link.connect(account.host, account.port)
        if code != 220:
            raise _unwilling(account, Reply(code, words))
        _hello(link, account)
        if account.security == "starttls" and checking is not None:
            if not link.has_extn("starttls"):
                raise UserError(
                    "mail.encryption",
                    f"The mail server {account.host} offers no encryption at port {account.port}.",
                    "Check the port, or choose TLS; most providers use 587 with STARTTLS or 465 with TLS.",
                )
            code, words = link.docmd("STARTTLS")
            if code != 220:
                raise _unwilling(account, Reply(code, words))
            _encrypt(link, account, checking)
            _hello(link, account)
    except ssl.SSLCertVerificationError as error:
        raise _certificate(account, error) from error
    except ssl.SSLError as error:
        raise UserError(
            "mail.encryption",
            f"No encrypted connection could be made to {account.host} at port {account.port}.",
            "The port may belong to the other kind: 465 is for TLS, 587 for STARTTLS.",
        ) from error
    except (OSError, smtplib.SMTPException, MalformedReplyError) as error:
        raise _unreachable(account, error) from error


def _encrypt(link: Link, account: Account, checking: ssl.SSLContext) -> None:
    plain = link.sock
    if plain is None:
        raise smtplib.SMTPServerDisconnected("the server closed the connection")
    # What the server said before is forgotten, and so is what came in with the answer to STARTTLS (RFC 3207).
    link.forget()
    link.sock = checking.wrap_socket(plain, server_hostname=account.host)


def _hello(link: Link, account: Account) -> None:
    code, words = link.ehlo()
    if code != 250:
        code, words = link.helo()
    if code != 250:
        raise _unwilling(account, Reply(code, words))


def _log_in(link: Link, account: Account, secret: Callable[[], str]) -> None:
    if not link.encrypted:
        raise UserError("mail.encryption", "A password is never sent over a connection that is not encrypted.")
    offered = link.esmtp_features.get("auth", "").upper().split()
    wanted = ["XOAUTH2"] if account.login == "oauth2" else ["PLAIN", "LOGIN"]
    mechanism = next((name for name in wanted if name in offered), None)
    if mechanism is None:
        raise _no_way_in(account, offered)
    try:
        reply = _authenticated(link, mechanism, account.user, secret())
    except (smtplib.SMTPException, OSError, MalformedReplyError) as error:
        raise _unreachable(account, error) from error
    if reply.code == 235:
        return
    if reply.code < 500:
        raise UserError(
            "mail.connect", f"The mail server {account.host} cannot check the login just now: {reply.words}", "Wait."
        )
    if account.login == "oauth2":
        hint = "Sign in to the account again; the permission may have been withdrawn or have run out."
    else:
        hint = "Check user name and password. Some providers want a password made for one program (app password)."
    raise UserError(
        "mail.login.refused",
        f"The mail server {account.host} does not accept the login of “{account.user}”: {reply.words}",
        hint,
        fields={"password": "Not accepted."},
    )


def _authenticated(link: Link, mechanism: str, user: str, secret: str) -> Reply:
    if mechanism == "PLAIN":
        return link.authenticate("PLAIN", f"\0{user}\0{secret}".encode())
    if mechanism == "LOGIN":
        return link.authenticate("LOGIN", b"", user.encode(), secret.encode())
    return link.authenticate("XOAUTH2", f"user={user}\x01auth=Bearer {secret}\x01\x01".encode())


def _no_way_in(account: Account, offered: list[str]) -> UserError:
    if account.login == "password" and "XOAUTH2" in offered:
        return UserError(
            "mail.login.method",
            f"The mail server {account.host} takes no passwords any more.",
            "Choose “Sign in with the provider” for this account.",
            fields={"login": "Passwords are not taken here."},
        )
    listed = ", ".join(offered) or "no login at all"
    return UserError(
        "mail.login.method",
        f"The mail server {account.host} offers no login that Deskhand can use ({listed}).",
        "Check the port: 25 is for servers among themselves, 587 and 465 are for people.",
    )


def _certificate(account: Account, error: ssl.SSLCertVerificationError) -> UserError:
    return UserError(
        "mail.certificate",
        f"The certificate of the mail server {account.host} is not accepted: {refusal(error)}. Nothing was sent.",
        "Check the server's name. If it is right, ask whoever looks after the server.",
        fields={"host": "The certificate does not fit."},
    )


def _unreachable(account: Account, error: Exception) -> UserError:
    where = f"{account.host} at port {account.port}"
    if isinstance(error, socket.gaierror):
        message, hint = f"There is no mail server called “{account.host}”.", "Check the name and the connection."
    elif isinstance(error, ConnectionRefusedError):
        message, hint = f"Nothing answers on {where}.", "Check the port."
    elif isinstance(error, TimeoutError):
        message, hint = f"The mail server {where} does not answer.", "A firewall may block the port."
    elif isinstance(error, MalformedReplyError):
        message, hint = f"What answers on {where} is not a mail server.", "Check the port."
    else:
        message, hint = f"The connection to the mail server {where} was lost: {error}.", "Try again later."
    return UserError("mail.connect", message, hint, fields={"host": "Not reached."})


def _unwilling(account: Account, reply: Reply) -> UserError:
    return UserError(
        "mail.connect",
        f"The mail server {account.host} does not want to talk to this computer: {reply.words}",
        "Try again later, or ask whoever looks after the server.",
    )

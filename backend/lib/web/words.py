"""What went wrong with a call, in plain words."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator

import httpcore

from backend.core.errors import DeskhandError, NeedsUserError, UserError
from backend.lib.trust import refusal
from backend.lib.web.addresses import NotAllowed
from backend.lib.web.connecting import TooSlow

PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may well succeed a little later (RFC 9110, RFC 6585, RFC 8470)."""

_STATUS: dict[int, tuple[str, str]] = {
    400: ("did not understand the request", "Check the address, the headers and what is sent."),
    403: ("does not allow this", "The login may lack the right to it; ask whoever looks after the service."),
    404: ("knows nothing at this address", "Check the address, capital letters and the ends of words too."),
    405: ("does not take this kind of request here", "Choose another method."),
    406: ("cannot answer in the wanted form", "Check the header Accept."),
    409: ("says that this does not fit to what it has", "Look at the service; it may have been done already."),
    410: ("says that this has been taken away for good", "Ask whoever looks after the service for the new address."),
    413: ("finds the request too large", "Send less at once."),
    415: ("does not take this kind of content", "Check the header Content-Type."),
    422: ("finds something wrong with what was sent", "The log has what it says; correct what is sent."),
    429: ("has been asked too often for now", "Wait some minutes, or run this job less often."),
}


class Broken(Exception):
    """A call that brought no answer. `sent`: the server may have got the request; `passing`: it may work later."""

    def __init__(self, problem: UserError, *, sent: bool, passing: bool) -> None:
        super().__init__(problem.message)
        self.problem, self.sent, self.passing = problem, sent, passing


def broken(error: Exception, host: str) -> Broken:
    """What an exception of the connection means. Raises it again when it is none."""
    causes = list(_causes(error))
    certificate = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
    if isinstance(error, NotAllowed):
        return Broken(_not_allowed(error), sent=False, passing=False)
    if isinstance(error, TooSlow):
        return _broken("slow", f"{host} had not answered in full when the time was up.", "Allow it more time.", True)
    if certificate is not None:
        return _broken(
            "certificate",
            f"The certificate of {host} is not accepted: {refusal(certificate)}. Nothing was sent.",
            "Check the address. If it is right, ask whoever looks after the server.",
            passing=False,
        )
    if any(isinstance(each, ssl.SSLError) for each in causes) and isinstance(error, httpcore.ConnectError):
        return _broken(
            "encryption",
            f"No encrypted connection could be made to {host}.",
            "The address may have to begin with http:// instead, or have another port.",
            passing=False,
        )
    if isinstance(error, socket.gaierror | UnicodeError):
        if isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN:
            return _broken(
                "name", f"The name {host} cannot be looked up just now.", "Check the connection to the network."
            )
        return _broken("name", f"There is no server called {host}.", "Check the address.", passing=False)
    if any(isinstance(each, ConnectionRefusedError) for each in causes):
        return _broken("refused", f"Nothing answers at {host}.", "Check the address and its port, or try later.")
    if isinstance(error, httpcore.ConnectTimeout | httpcore.ConnectError):
        hint = "Check the connection to the network; a firewall may be in the way."
        return _broken("unreachable", f"{host} cannot be reached.", hint)
    if isinstance(error, httpcore.NetworkError | httpcore.RemoteProtocolError | httpcore.TimeoutException):
        return _broken("lost", f"The connection to {host} was lost before the answer was there.", "Try again.", True)
    raise error


def _broken(code: str, message: str, hint: str, sent: bool = False, passing: bool = True) -> Broken:
    problem = UserError(f"web.{code}", message, hint, fields={"url": f"{message} {hint}"})
    return Broken(problem, sent=sent, passing=passing)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__  # httpcore's pool takes the cause away


def _not_allowed(error: NotAllowed) -> UserError:
    if error.is_private:
        message = f"{error.host} is an address of this computer or its own network, where jobs may not call."
        hint = "If you trust that service, make an account for it and switch on “Addresses of a local network” there."
    else:
        message = f"{error.host} is on the internet, and the password would be sent there without encryption."
        hint = "Use an address that begins with https://."
    return UserError("web.address", message, hint, fields={"url": f"{message} {hint}"})


def refused(status: int, host: str, account: str | None, said: str) -> DeskhandError:
    """What an answer means that is no success; `account` is the name of the login that was used, None for none."""
    if status in (401, 407):
        if account is not None:
            return NeedsUserError(
                "web.login",
                f"{host} does not accept the login of the account “{account}”.",
                "Correct it under Accounts, then try again.",
                fields={"account": "Not accepted."},
            )
        message, hint = f"{host} wants a login.", "Choose an account with the login, or make one."
        return UserError("web.login", message, hint, fields={"account": message})
    if status >= 500:
        message, hint = f"{host} has a fault of its own ({status}).", "Try again later; nothing is wrong here."
        if status == 503:
            message = f"{host} is not available just now (503)."
    else:
        words, hint = _STATUS.get(status, ("refused the request", "The log has what it says."))
        message = f"{host} {words} ({status})."
    return UserError(f"web.status_{status}", f"{message}{said}", hint, fields={"url": message} if status == 404 else {})

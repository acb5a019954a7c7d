"""Signing in with a provider in the browser, for an account that is being set up."""

import logging
import threading
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from fastapi import APIRouter, Response
from pydantic import BaseModel

from backend.api.v1.accounts import divided
from backend.core.errors import DeskhandError, NotFoundError, UserError
from backend.core.views import Problem
from backend.lib.accounts.kinds import account_kind
from backend.lib.accounts.kinds.mail import MailSettings
from backend.lib.accounts.opening import open_account
from backend.lib.accounts.tickets import ticket_for
from backend.lib.mail.oauth import Client, SignIn

log = logging.getLogger(__name__)
router = APIRouter(prefix="/sign-ins", tags=["accounts"])
PATIENCE = 600.0
MOST = 4


class Wish(BaseModel):
    """The settings as they stand in the form; `account` is the saved one whose secrets count where none are given."""

    settings: dict[str, Any]
    account: int | None = None


class SignInView(BaseModel):
    """A sign-in: the address to open in a browser, and how it stands. Once it is done, `ticket` stands for it."""

    id: str
    url: str
    state: Literal["waiting", "done", "failed"] = "waiting"
    ticket: str = ""
    problem: Problem | None = None


@dataclass
class _UnderWay:
    view: SignInView
    sign_in: SignIn
    ended: bool = False


_all: dict[str, _UnderWay] = {}


@router.post("", status_code=201)
def begin(wish: Wish) -> SignInView:
    """Begins to wait for the browser on a port of this computer; the wait ends after ten minutes."""
    client, hint = _client_of(wish)
    for oldest in list(_all)[: len(_all) + 1 - MOST]:
        _end(oldest)
    sign_in = SignIn(client, hint)
    made = _UnderWay(SignInView(id=uuid.uuid4().hex, url=sign_in.url), sign_in)
    _all[made.view.id] = made
    # Not one of the pool's threads: these are waited for when the API ends.
    threading.Thread(target=_wait, args=[made], name="sign-in", daemon=True).start()
    return made.view


@router.get("/{sign_in_id}")
def look(sign_in_id: str) -> SignInView:
    """How a sign-in stands."""
    if sign_in_id not in _all:
        raise NotFoundError("sign_in.gone", "This sign-in is not under way any more.", "Begin it again.")
    return _all[sign_in_id].view


@router.delete("/{sign_in_id}", status_code=204)
def cancel(sign_in_id: str) -> Response:
    """Waits no longer."""
    _end(sign_in_id)
    return Response(status_code=204)


class _Ended(Exception):
    pass


def _end(sign_in_id: str) -> None:
    if (known := _all.pop(sign_in_id, None)) is not None:
        known.ended = True


def _wait(made: _UnderWay) -> None:
    def checkpoint() -> None:
        if made.ended:
            raise _Ended

    view = made.view
    try:
        view.ticket = ticket_for(made.sign_in.wait(PATIENCE, checkpoint))
        view.state = "done"
    except _Ended:
        return
    except DeskhandError as error:
        view.problem = Problem(code=error.code, message=error.message, hint=error.hint, fields=error.fields)
        view.state = "failed"
    except Exception:
        log.exception("a sign-in failed unexpectedly")
        view.problem = Problem(code="internal", message="Something went wrong inside Deskhand.", hint="Try again.")
        view.state = "failed"
    finally:
        made.sign_in.close()


def _client_of(wish: Wish) -> tuple[Client, str]:
    kind = account_kind("mail")
    checked, secrets = divided(kind, wish.settings)
    assert isinstance(checked, MailSettings)
    if checked.login != "oauth2":
        raise UserError("sign_in.not_needed", "This account is not signed in to with the provider.")
    secret = secrets.get("client_secret", "")
    if not secret and wish.account:
        saved = open_account(wish.account, "mail", MailSettings)
        secret = saved.secret("client_secret") if saved.has("client_secret") else ""
    client = Client(
        checked.client_id.strip(), checked.authorize_url, checked.token_url, checked.scope, secret, checked.ca_file
    )
    return client, checked.login_name

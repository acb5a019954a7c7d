"""A permission that was just given in the browser waits here, under a ticket, until the account is saved with it.

So the permission itself never passes through the window: the form carries the ticket in its place.
"""

import secrets

from backend.core.errors import UserError
from backend.lib.accounts import session

_PREFIX = "deskhand-sign-in:"
_SECONDS = 3600


def ticket_for(permission: str) -> str:
    """Puts a permission aside for an hour."""
    ticket = _PREFIX + secrets.token_urlsafe(16)
    session.put(ticket, permission, seconds=_SECONDS)
    return ticket


def redeemed(field: str, value: str) -> str:
    """The permission behind a ticket; anything else as it is. Raises UserError for a ticket that has run out."""
    if not value.startswith(_PREFIX):
        return value
    found = session.get(value)
    if found is None:
        sentence = "The sign-in was too long ago. Please sign in again."
        raise UserError("account.ticket", sentence, "Then test or save the account again.", fields={field: sentence})
    return found


def renew(value: str, permission: str) -> None:
    """Where the value is a ticket: the provider has put another permission in the place of the one behind it."""
    if value.startswith(_PREFIX):
        session.put(value, permission, seconds=_SECONDS)

"""One file per kind of account. Whatever here has an `ACCOUNT_KIND` is found by walking."""

import functools
from typing import Any

from backend.core.errors import NotFoundError
from backend.core.walking import declarations
from backend.lib.accounts.contract import AccountKind


@functools.cache
def account_kinds() -> dict[str, AccountKind[Any]]:
    """The kinds of accounts by name, in the order they are shown. Raises ValueError when two have the same name."""
    return declarations("ACCOUNT_KIND", AccountKind, __name__)


def account_kind(name: str) -> AccountKind[Any]:
    """The kind of that name. Raises NotFoundError."""
    try:
        return account_kinds()[name]
    except KeyError:
        raise NotFoundError(
            "account.kind_unknown",
            f"This Deskhand does not know accounts of the kind '{name}'.",
            "It may come from a newer version; install that one.",
        ) from None

"""One file per kind of account. Whatever here has an `ACCOUNT_KIND` is found by walking."""

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from backend.core.errors import NotFoundError
from backend.lib.accounts.contract import AccountKind


def module_names() -> Iterator[str]:
    """The modules of this package; the frozen build takes its hidden imports from here, too."""
    for module in pkgutil.iter_modules(__path__):
        yield f"{__name__}.{module.name}"


@functools.cache
def account_kinds() -> dict[str, AccountKind[Any]]:
    """The kinds of accounts by name, in the order they are shown. Raises ValueError when two have the same name."""
    found: dict[str, AccountKind[Any]] = {}
    for name in module_names():
        declared = getattr(importlib.import_module(name), "ACCOUNT_KIND", None)
        if not isinstance(declared, AccountKind):
            continue
        if declared.name in found:
            raise ValueError(f"two kinds of account are called {declared.name!r}; the second is in {name}")
        found[declared.name] = declared
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


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

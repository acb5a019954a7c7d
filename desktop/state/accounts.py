"""What the window knows of accounts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from desktop.client.accounts import Account, AccountKind, Places


@dataclass
class AccountBook:
    """The kinds, the user's accounts, and where secrets are kept; `places` is None until it is known."""

    kinds: list[AccountKind] = field(default_factory=list[AccountKind])
    accounts: list[Account] = field(default_factory=list[Account])
    places: Places | None = None

    def kind_of(self, account: Account) -> AccountKind | None:
        """The kind of an account; None where this program does not know it."""
        return next((kind for kind in self.kinds if kind.name == account.kind), None)


def essence(kind: AccountKind, settings: Mapping[str, Any]) -> str:
    """What tells one account from another at a glance: its required answers, such as address and server."""
    properties = kind.schema.get("properties", {})
    required = [name for name in properties if name in kind.schema.get("required", ())]
    return " · ".join(str(settings[name]) for name in required if settings.get(name))

"""A keyring in memory, through the door the keyring library has for backends; nobody's passwords are touched."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import TypeVar

import keyring
from keyring.backend import KeyringBackend
from keyring.compat.properties import classproperty
from keyring.errors import KeyringLocked

B = TypeVar("B", bound=KeyringBackend)


class MemoryKeyring(KeyringBackend):
    """Keeps passwords as long as it lives; `locked` makes it refuse."""

    @classproperty
    def priority(cls) -> float:  # noqa: N805  # pyright: ignore[reportIncompatibleVariableOverride]
        """Usable anywhere."""
        return 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        """As the library asks."""
        self._refuse()
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        """As the library asks."""
        self._refuse()
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        """As the library asks."""
        self._refuse()
        del self.kept[service, username]

    def _refuse(self) -> None:
        if self.locked:
            raise KeyringLocked("locked")


@contextmanager
def keyring_in_use(backend: B) -> Generator[B]:
    """The keyring of this process meanwhile."""
    before = keyring.get_keyring()
    keyring.set_keyring(backend)
    try:
        yield backend
    finally:
        keyring.set_keyring(before)

"""A running program as a screen reader knows it: AT-SPI 2, spoken over D-Bus.

The interfaces are those of at-spi2-core's `xml` folder; the numbers of states are its `AtspiStateType`.
"""

import contextlib
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, DBusErrorResponse, MessageType, new_method_call
from jeepney.io.blocking import DBusConnection, open_dbus_connection

ROOT = "/org/a11y/atspi/accessible/root"
ANSWERS_WITHIN = 5.0
CHECKED, ENABLED, FOCUSED, SHOWING, VISIBLE = 4, 8, 12, 25, 30


class Gone(Exception):
    """The object, or the program that had it, is not there any more, or does not answer now."""


@contextlib.contextmanager
def accessibility_bus(session: str) -> Generator[DBusConnection]:
    """A connection to the accessibility bus of a D-Bus session; AT-SPI is started by the question for it."""
    with open_dbus_connection(session) as connection:
        launcher = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
        address = _call(connection, launcher, "GetAddress")[0]
    with open_dbus_connection(address) as connection:
        yield connection


def _call(
    connection: DBusConnection, to: DBusAddress, method: str, signature: str = "", *arguments: Any
) -> tuple[Any, ...]:
    message = new_method_call(to, method, signature or None, arguments)
    try:
        answer = connection.send_and_get_reply(message, timeout=ANSWERS_WITHIN)
    except (TimeoutError, OSError) as error:
        raise Gone(f"{method}: {error!r}") from error
    if answer.header.message_type is MessageType.error:
        raise Gone(f"{method}: {DBusErrorResponse(answer)}")
    return answer.body


@dataclass(frozen=True)
class Thing:
    """One object of a program's window, by name, role and state. Every question may raise `Gone`."""

    connection: DBusConnection
    owner: str
    path: str

    def ask(self, interface: str, method: str, signature: str = "", *arguments: Any) -> tuple[Any, ...]:
        """Calls a method of an interface below `org.a11y.atspi`."""
        to = DBusAddress(self.path, self.owner, f"org.a11y.atspi.{interface}")
        return _call(self.connection, to, method, signature, *arguments)

    def read_property(self, name: str, interface: str = "Accessible") -> Any:
        """A property of an interface below `org.a11y.atspi`."""
        to = DBusAddress(self.path, self.owner, "org.freedesktop.DBus.Properties")
        return _call(self.connection, to, "Get", "ss", f"org.a11y.atspi.{interface}", name)[0][1]

    @property
    def name(self) -> str:
        """What a screen reader calls it."""
        return self.read_property("Name")

    @property
    def role(self) -> str:
        """Its kind, in the words of AT-SPI: `button`, `text`, `label`, `check box`..."""
        return self.ask("Accessible", "GetRoleName")[0]

    def has(self, *states: int) -> bool:
        """Whether it is in all these states."""
        low, high = self.ask("Accessible", "GetState")[0]
        bits = low | high << 32
        return all(bits >> state & 1 for state in states)

    @property
    def text(self) -> str:
        """What is written in it; for what holds no text, its name."""
        interfaces: list[str] = self.ask("Accessible", "GetInterfaces")[0]
        if "org.a11y.atspi.Text" not in interfaces:
            return self.name
        return self.ask("Text", "GetText", "ii", 0, -1)[0]

    def children(self) -> "list[Thing]":
        """What lies in it."""
        return [Thing(self.connection, *found) for found in self.ask("Accessible", "GetChildren")[0]]

    def within(self, goes_into: Callable[["Thing"], bool]) -> "Iterator[Thing]":
        """It and all that lies in it, from the outside in; not into what `goes_into` refuses."""
        if not goes_into(self):
            return
        yield self
        for child in self.children():
            with contextlib.suppress(Gone):
                yield from child.within(goes_into)

    def middle(self) -> tuple[int, int]:
        """The middle of its place on the screen, in pixels."""
        left, top, width, height = self.ask("Component", "GetExtents", "u", 0)[0]
        return left + width // 2, top + height // 2

    def take_focus(self) -> None:
        """Makes it take what is typed."""
        self.ask("Component", "GrabFocus")

    def act(self) -> None:
        """Does what it is there for, as a screen reader's user has it done."""
        self.ask("Action", "DoAction", "i", 0)


def program(connection: DBusConnection, pid: int) -> Thing | None:
    """The program with this process number, once it is known to AT-SPI."""
    registry = Thing(connection, "org.a11y.atspi.Registry", ROOT)
    daemon = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
    for found in registry.children():
        with contextlib.suppress(Gone):
            if _call(connection, daemon, "GetConnectionUnixProcessID", "s", found.owner)[0] == pid:
                return found
    return None

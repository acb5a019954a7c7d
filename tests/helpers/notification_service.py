"""A desktop's notification service on a bus: keeps what it is told to show, and can be clicked on."""

import threading
from dataclasses import dataclass
from typing import Any

from jeepney import DBusAddress, HeaderFields, MessageType, new_method_return, new_signal
from jeepney.bus_messages import message_bus
from jeepney.io.blocking import open_dbus_connection

SERVICE = "org.freedesktop.Notifications"
PLACE = "/org/freedesktop/Notifications"


@dataclass(frozen=True)
class Shown:
    """One notification."""

    number: int
    title: str
    text: str
    actions: list[str]


class NotificationService:
    """Answers on the bus at `address` until `end`."""

    def __init__(self, address: str, *, capabilities: tuple[str, ...] = ("body", "actions", "body-markup")) -> None:
        self.shown: list[Shown] = []
        self._able = list(capabilities)
        self._connection = open_dbus_connection(address)
        self._connection.send_and_get_reply(message_bus.RequestName(SERVICE))
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                asked = self._connection.receive(timeout=0.2)
            except TimeoutError:
                continue
            if asked.header.message_type is MessageType.method_call:
                self._answer(asked)

    def _answer(self, asked: Any) -> None:
        match asked.header.fields[HeaderFields.member]:
            case "GetCapabilities":
                self._connection.send(new_method_return(asked, "as", (self._able,)))
            case "Notify":
                number = len(self.shown) + 1
                self.shown.append(Shown(number, asked.body[3], asked.body[4], asked.body[5]))
                self._connection.send(new_method_return(asked, "u", (number,)))
            case other:
                raise AssertionError(f"nobody should ask for {other}")

    def click(self, number: int) -> None:
        """A person clicks on it."""
        signal = new_signal(DBusAddress(PLACE, interface=SERVICE), "ActionInvoked", "us", (number, "default"))
        self._connection.send(signal)

    def end(self) -> None:
        """Leaves the bus."""
        self._over.set()
        self._thread.join(10)
        self._connection.close()

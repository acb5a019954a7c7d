"""Notifications where there is no tray, as on a plain GNOME desktop (freedesktop.org, Desktop Notifications 1.3)."""

import asyncio
import html
import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from desktop.ui.resources import resources

if TYPE_CHECKING:
    from jeepney.io.asyncio import DBusRouter

SERVICE = "org.freedesktop.Notifications"
PLACE = "/org/freedesktop/Notifications"
PATIENCE = 10.0
"""Seconds within which the desktop must have taken a notification."""


class NoNotifications(Exception):
    """This desktop does not show notifications."""


class BusNotifier:
    """Speaks to the session's bus; connects when there is something to say for the first time."""

    def __init__(self, clicked: Callable[[int], object]) -> None:
        self._clicked = clicked
        self._router: DBusRouter | None = None
        self._listening: asyncio.Task[None] | None = None
        self._hang_up: Callable[[], None] | None = None
        self._asked: dict[int, int] = {}

    async def show(self, title: str, text: str, number: int) -> None:
        """Shows it; a click on it tells `clicked` the number. Raises NoNotifications where that cannot be done."""
        if sys.platform != "linux" or not os.environ.get("DBUS_SESSION_BUS_ADDRESS"):
            raise NoNotifications
        from jeepney import DBusErrorResponse
        from jeepney.io.common import RouterClosed

        try:
            async with asyncio.timeout(PATIENCE):
                shown = await self._show(title, text)
        except (OSError, EOFError, TimeoutError, RouterClosed, DBusErrorResponse) as error:
            self.end()
            raise NoNotifications from error
        self._asked[shown] = number

    def end(self) -> None:
        """Lets go of the bus; the next thing to say connects anew."""
        if self._listening is not None:
            self._listening.cancel()
        if self._hang_up is not None:
            self._hang_up()
        self._router = self._listening = self._hang_up = None
        self._asked.clear()

    async def _show(self, title: str, text: str) -> int:
        from jeepney import DBusAddress, new_method_call
        from jeepney.wrappers import unwrap_msg

        if self._router is None:
            self._router = await self._connected()
        place = DBusAddress(PLACE, bus_name=SERVICE, interface=SERVICE)
        asked = await self._router.send_and_get_reply(new_method_call(place, "GetCapabilities"))
        able: list[str] = unwrap_msg(asked)[0]
        body = html.escape(text, quote=False) if "body-markup" in able else text
        actions = ["default", title] if "actions" in able else []
        picture = str(resources() / "icons" / "deskhand.svg")
        hints = {"desktop-entry": ("s", "deskhand")}
        what = ("Deskhand", 0, picture, title, body, actions, hints, -1)
        answer = await self._router.send_and_get_reply(new_method_call(place, "Notify", "susssasa{sv}i", what))
        return int(unwrap_msg(answer)[0])

    async def _connected(self) -> "DBusRouter":
        from jeepney import MatchRule, message_bus
        from jeepney.io.asyncio import DBusRouter, Proxy, open_dbus_connection

        connection = await open_dbus_connection("SESSION")
        self._hang_up = connection.writer.close
        router = DBusRouter(connection)
        clicks = MatchRule(type="signal", interface=SERVICE, member="ActionInvoked", path=PLACE)
        await Proxy(message_bus, router).AddMatch(clicks)
        heard: asyncio.Queue[Any] = asyncio.Queue()
        router.filter(clicks, queue=heard)
        self._listening = asyncio.get_running_loop().create_task(self._listen(heard))
        return router

    async def _listen(self, heard: "asyncio.Queue[Any]") -> None:
        while True:
            shown = int((await heard.get()).body[0])
            if shown in self._asked:
                self._clicked(self._asked.pop(shown))

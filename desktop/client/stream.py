"""The event stream of one host: knows the last number it has heard, and asks for what it missed."""

import json
from collections.abc import AsyncIterator
from urllib.parse import urlencode

from websockets.asyncio.client import connect
from websockets.exceptions import InvalidHandshake, WebSocketException

from desktop.client.announcement import Announcement
from desktop.client.events import Batch, Message, Snapshot, read_message
from desktop.client.problems import UNREACHABLE, ApiError


class EventStream:
    """Remembers epoch and number over connections, so that no event is missed or heard twice."""

    def __init__(self) -> None:
        self.epoch = ""
        self.number = 0

    async def follow(self, announcement: Announcement) -> AsyncIterator[Message]:
        """The messages of one connection, until it ends.

        Returns when the connection was closed or numbers were skipped; raises `ApiError` where there is none.
        """
        query = f"?{urlencode({'epoch': self.epoch, 'since': self.number})}" if self.epoch else ""
        try:
            async with connect(
                announcement.events + query,
                additional_headers={"Authorization": f"Bearer {announcement.token}"},
                compression=None,
                proxy=None,
                max_size=256 * 1024 * 1024,
                open_timeout=5,
                close_timeout=1,
            ) as socket:
                async for text in socket:
                    message = read_message(json.loads(text))
                    if not self.take(message):
                        return
                    yield message
        except InvalidHandshake as error:
            self.epoch = ""
            raise ApiError(UNREACHABLE, str(error)) from error
        except (OSError, TimeoutError, WebSocketException) as error:
            raise ApiError(UNREACHABLE, str(error)) from error

    def take(self, message: Message) -> bool:
        """Notes its number and cuts off what is known already; False where it does not follow on."""
        if isinstance(message, Batch) and (message.epoch != self.epoch or message.first > self.number + 1):
            self.epoch, self.number = "", 0
            return False
        if isinstance(message, Batch) and message.first <= self.number:
            known = self.number + 1 - message.first
            message.events = message.events[known:] if message.count == len(message.events) else message.events
        if isinstance(message, Snapshot) or message.number > self.number:
            self.epoch, self.number = message.epoch, message.number
        return True

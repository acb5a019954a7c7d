"""Joining or starting the host, following its events, and beginning again when it has gone."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing
from enum import Enum
from pathlib import Path
from typing import Protocol, cast

from desktop.client.announcement import Announcement, read_announcement
from desktop.client.api import Api
from desktop.client.events import Message
from desktop.client.launcher import HELD_BY_ANOTHER, NEWER_RECORD, Launcher
from desktop.client.problems import HOST_ENDED, HOST_HELD, HOST_SLOW, HOST_TOO_OLD, ApiError
from desktop.client.stream import EventStream

log = logging.getLogger(__name__)


class Phase(Enum):
    """How the window and the host stand."""

    STARTING = "starting"
    JOINING = "joining"
    READY = "ready"
    LOST = "lost"
    RESTARTING = "restarting"
    FAILED = "failed"


class Listener(Protocol):
    """Who is told. Called on the loop; must not take long."""

    def phase_changed_to(self, phase: Phase, problem: ApiError | None) -> None:
        """The connection is in another phase; `problem` goes with FAILED."""
        ...

    def hears_api(self, api: Api) -> None:
        """The host is ready and can be called."""
        ...

    def heard(self, message: Message) -> None:
        """An event batch or snapshot came."""
        ...


class Connection:
    """Runs until cancelled. After FAILED it waits for `try_again`."""

    def __init__(self, folder: Path, launcher: Launcher, listener: Listener, patience: float = 60) -> None:
        self._folder = folder
        self._launcher = launcher
        self._listener = listener
        self._patience = patience
        self._again = asyncio.Event()
        self._stream = EventStream()
        self._phase: Phase | None = None
        self._was_ready = False

    def try_again(self) -> None:
        """Ends the wait after a failure."""
        self._again.set()

    async def run(self) -> None:
        """Connects, follows, reconnects, for ever."""
        losses = 0
        while True:
            try:
                announcement = await self._find_host()
                heard = await self._follow(announcement)
            except ApiError as error:
                log.warning("the host could not be reached: %s %s", error.code, error.message)
                self._say(Phase.FAILED, error)
                self._again.clear()
                await self._again.wait()
                losses = 0
                continue
            losses = 0 if heard else losses + 1
            self._say(Phase.LOST)
            await asyncio.sleep(min(2.0, 0.02 * 2**losses))

    def _say(self, phase: Phase, problem: ApiError | None = None) -> None:
        if phase is not self._phase or problem is not None:
            self._phase = phase
            self._listener.phase_changed_to(phase, problem)

    async def _find_host(self) -> Announcement:
        """The announcement of a live host; starts one if there is none. Raises `ApiError` if that fails."""
        if found := read_announcement(self._folder):
            return found
        self._say(Phase.RESTARTING if self._was_ready else Phase.STARTING)
        failures = 0
        deadline = asyncio.get_running_loop().time() + self._patience
        self._launcher.start()
        while True:
            if found := read_announcement(self._folder):
                return found
            status = self._launcher.exit_status()
            late = asyncio.get_running_loop().time() > deadline
            if status == HELD_BY_ANOTHER:
                # Another host holds the folder: it is about to announce itself, or about to end.
                if late or failures > 20:
                    raise ApiError(HOST_HELD, f"exit status {status}")
                failures += 1
                await asyncio.sleep(0.25)
                if read_announcement(self._folder) is None:
                    self._launcher.start()
            elif status == NEWER_RECORD:
                raise ApiError(HOST_TOO_OLD, f"exit status {status}")
            elif status is not None:
                failures += 1
                if failures >= 3:
                    raise ApiError(HOST_ENDED, f"exit status {status}", str(self._launcher.output))
                await asyncio.sleep(0.3 * failures)
                self._launcher.start()
            elif late:
                raise ApiError(HOST_SLOW, "no announcement", str(self._launcher.output))
            await asyncio.sleep(0.03)

    async def _follow(self, announcement: Announcement) -> bool:
        """Waits for the host to be ready, then hands on its events; returns whether it ever was."""
        api = Api(announcement)
        try:
            if not await self._wait_ready(api, announcement):
                return False
            self._listener.hears_api(api)
            heard = False
            try:
                messages = cast("AsyncGenerator[Message, None]", self._stream.follow(announcement))
                async with aclosing(messages):
                    async for message in messages:
                        heard = True
                        self._was_ready = True
                        self._say(Phase.READY)
                        self._listener.heard(message)
            except ApiError as error:
                log.info("the event stream ended: %s", error.message)
            return heard
        finally:
            await api.close()

    async def _wait_ready(self, api: Api, announcement: Announcement) -> bool:
        if not self._was_ready and self._phase is not Phase.STARTING:
            self._say(Phase.JOINING)
        deadline = asyncio.get_running_loop().time() + self._patience
        while not await api.ready():
            if read_announcement(self._folder) != announcement:
                return False
            if asyncio.get_running_loop().time() > deadline:
                raise ApiError(HOST_SLOW, "not ready", str(self._launcher.output))
            await asyncio.sleep(0.05)
        return True

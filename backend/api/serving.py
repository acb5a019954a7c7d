"""The role `api`: serves on a socket that the host opened, with a token that the host made."""

import asyncio
import contextlib
import logging
import os
import sys
from types import FrameType

import uvicorn

from backend.api.application import make_application
from backend.core.listening import listening_at
from backend.core.processes import die_with_parent
from backend.core.settings import settings
from backend.store.record import record

GRACE_SECONDS = 3
SWITCH_SECONDS = 0.0005
"""How long one thread may keep the others waiting: loop, requests and dispatcher take turns in short work."""


class _Server(uvicorn.Server):
    """Uvicorn's, which looks ten times a second whether it is to end; this one is woken, and looks once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Until told to end."""
        self._loop = asyncio.get_running_loop()
        while not await self.on_tick(0):
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._told.wait(), 1.0)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal came."""
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._told.set)


def serve(where: str) -> int:
    """Serves until told to end. The token comes by the environment, `DESKHAND_TOKEN`.

    `where` is a word of `backend.core.listening`.
    """
    if settings().parent_pid:
        die_with_parent(settings().parent_pid)
    sys.setswitchinterval(SWITCH_SECONDS)
    logging.basicConfig(level=settings().log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    token = os.environ.pop("DESKHAND_TOKEN")
    app = make_application(settings(), record(), token)
    config = uvicorn.Config(
        app, timeout_graceful_shutdown=GRACE_SECONDS, access_log=False, log_config=None, ws="websockets-sansio"
    )
    with listening_at(where) as listening:
        _Server(config).run(sockets=[listening])
    return 0

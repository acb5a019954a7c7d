"""The API as it is served, on a port of its own, over a record and a broker of the test."""

import contextlib
import socket
import threading
from collections.abc import Generator

import httpx
import uvicorn

from backend.api.application import make_application
from backend.core.settings import Settings
from backend.store.record import Record
from tests.helpers.waiting import until

TOKEN = "a token of the tests"


@contextlib.contextmanager
def running_api(settings: Settings, record: Record) -> Generator[httpx.Client]:
    """A client of it; paths are below `/api/v1`."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(
        make_application(settings, record, TOKEN),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=1,
        ws="websockets-sansio",
    )
    server = uvicorn.Server(config)
    serving = threading.Thread(target=server.run, args=([listening],), daemon=True)
    serving.start()
    try:
        until(lambda: server.started)
        base = f"http://127.0.0.1:{listening.getsockname()[1]}/api/v1/"
        with httpx.Client(base_url=base, headers={"Authorization": f"Bearer {TOKEN}"}, timeout=20) as client:
            yield client
    finally:
        server.should_exit = True
        serving.join(20)
        assert not serving.is_alive()

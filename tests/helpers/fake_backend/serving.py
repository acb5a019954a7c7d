"""The fake backend as a server, in a thread of its own."""

import asyncio
import json
import os
import secrets
import socket
import threading
import time
from collections.abc import Iterable
from pathlib import Path

import uvicorn

from backend.core.clock import process_start
from backend.core.views import JobDetail
from tests.helpers.fake_backend.routes import make_app
from tests.helpers.fake_backend.state import FakeState


class FakeBackend(FakeState):
    """The state, and who serves it. It knows who asks by `token`."""

    def __init__(self, data_dir: Path, jobs: Iterable[JobDetail] = (), *, epoch: str = "") -> None:
        super().__init__(data_dir, jobs, epoch)
        self.token = secrets.token_hex(16)
        self.port = 0
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self, port: int = 0) -> "FakeBackend":
        """Listens, and announces itself once it answers."""
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        self.port = listener.getsockname()[1]
        app = make_app(self, self.token)
        config = uvicorn.Config(
            app, log_level="error", lifespan="off", timeout_graceful_shutdown=1, ws="websockets-sansio"
        )
        server = self._server = uvicorn.Server(config)
        self.is_ending = False

        def serve() -> None:
            with asyncio.Runner() as runner:
                self.loop = runner.get_loop()
                runner.run(server.serve([listener]))

        self._thread = threading.Thread(target=serve, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 10
        while not server.started:
            assert time.monotonic() < deadline, "the fake backend did not start"
            time.sleep(0.005)
        self.announce()
        return self

    def announce(self) -> None:
        """Writes the announcement."""
        target = self.data_dir / "run" / "host.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        said = {
            "pid": os.getpid(),
            "process_start": process_start(os.getpid()),
            "port": self.port,
            "token": self.token,
            "version": "0.0.0-fake",
            "data_dir": str(self.data_dir),
        }
        beside = target.with_suffix(".new")
        beside.write_text(json.dumps(said))
        beside.replace(target)

    def stop(self) -> None:
        """Ends the server; the announcement stays, as after a crash."""
        if self._server and self._thread:
            self._server.should_exit = True
            self.end_stream()
            self._thread.join(10)
            assert not self._thread.is_alive()

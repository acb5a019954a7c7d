"""A real broker for tests."""

from pathlib import Path

from backend.host.broker import choose, start


class TestBroker:
    """Valkey on a socket of its own; ended on leaving, by its process."""

    __test__ = False

    def __init__(self, folder: Path) -> None:
        self.socket = folder / "b.sock"
        self._output = folder / "broker.log"

    def __enter__(self) -> "TestBroker":
        self.process = start(choose(self.socket), self._output)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(10)

    @property
    def redis_address(self) -> str:
        """As redis-py takes it."""
        return f"unix://{self.socket}?db=0"

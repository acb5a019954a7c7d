"""How a mailing is to be sent, and what the sender needs of those around it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from backend.lib.mail.ledger import Claim
from backend.lib.mail.ledger_file import State
from backend.lib.mail.pace import Pace


class Book(Protocol):
    """What the sender needs of a ledger; see `Ledger` for what each promises."""

    def claim(self, limit: int) -> list[Claim]: ...
    def about_to(self, claim: Claim) -> None: ...
    def record(self, claim: Claim, state: State, words: str = "", due: float = 0.0) -> None: ...
    def give_back(self, claims: Iterable[Claim]) -> None: ...
    def flush(self) -> None: ...
    def next_due(self) -> float: ...
    def counts(self) -> dict[State, int]: ...
    def times_since(self, moment: float) -> list[float]: ...


class Log(Protocol):
    """When letters were handed to the account's server, by whatever mailing; see `SentLog`."""

    def since(self, moment: float) -> list[float]: ...
    def add(self, *moments: float) -> None: ...


class Controls(Protocol):
    """What the sender needs of the job that it runs in; a `JobContext` has it all."""

    def checkpoint(self) -> None: ...
    def stop_requested(self) -> bool: ...
    def pause_requested(self) -> bool: ...
    def progress(self, done: float, total: float | None = None, unit: str = "", message: str = "") -> None: ...


@dataclass(frozen=True)
class Plan:
    """How to send. Times in seconds.

    A *deferred* message is tried `tries` times in all, after `delay`, twice that, ... at most `longest_delay`.
    After `errors_in_a_row` messages without a single success the mailing stops and asks. `stop_grace` is how long
    a stop waits for answers that are under way; a message whose answer does not come in that time is *unknown*.
    """

    connections: int = 2
    pace: Pace = field(default_factory=Pace)
    tries: int = 6
    delay: float = 60.0
    longest_delay: float = 3600.0
    errors_in_a_row: int = 25
    connect_tries: int = 6
    connect_delay: float = 1.0
    stop_grace: float = 5.0

    def __post_init__(self) -> None:
        if not 1 <= self.connections <= 4:
            raise ValueError("between 1 and 4 connections")

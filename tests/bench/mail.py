"""Bulk mail against other senders: ratios of messages a second, in one run, over four connections.

Ours is a whole job: ledger, log of the mailbox, rendering, MIME. At 5 KB both sides send as many letters as a large
mailing has, so that a round takes a second or more.
"""

import asyncio
import contextlib
import shutil
import smtplib
import socket
import statistics
import subprocess
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from pathlib import Path

from backend.lib.mail.accounts import Account, connect
from backend.lib.mail.addresses import parse
from backend.lib.mail.composing import Composer
from backend.lib.mail.ledger import Claim, Ledger
from backend.lib.mail.ledger_file import Recipient, State
from backend.lib.mail.letters import CompiledLetter, Letter
from backend.lib.mail.mime import Envelope, Mailbox, file_part
from backend.lib.mail.plan import Plan
from backend.lib.mail.sender import Sender
from backend.lib.mail.sent_log import SentLog
from tests.helpers.mail_faults import Faults
from tests.helpers.mail_jobs import Controls
from tests.helpers.mail_servers import make_certificates, postfix, server_folder, wait_until

_CONNECTIONS = 4
_ROUNDS = 5
_OFFICE = parse("office@mail.test", internal=True)
_NAMES = {"name": "Name"}


class _NoLedger:
    """A book that remembers nothing: what the ledger costs is the difference."""

    def __init__(self, recipients: Iterable[Recipient]) -> None:
        self._left = deque(
            Claim(n, r.row, r.address, r.name, r.cells, 1, f"<{n}@mail.test>", 1e9) for n, r in enumerate(recipients, 1)
        )
        self._lock = threading.Lock()

    def claim(self, limit: int) -> list[Claim]:
        with self._lock:
            return [self._left.popleft() for _ in range(min(limit, len(self._left)))]

    def about_to(self, claim: Claim) -> None: ...
    def record(self, claim: Claim, state: State, words: str = "", due: float = 0.0) -> None: ...
    def give_back(self, claims: Iterable[Claim]) -> None: ...
    def flush(self) -> None: ...
    def next_due(self) -> float:
        return 0.0 if self._left else float("inf")

    def counts(self) -> dict[State, int]:
        return dict.fromkeys(("waiting", "handed over", "sent", "refused", "deferred", "unknown", "skipped"), 0)

    def times_since(self, moment: float) -> list[float]:
        return []


def _people(count: int) -> list[Recipient]:
    return [
        Recipient(n, parse(f"p{n}@mail.test", internal=True), f"Person {n}", {"name": f"Person {n}"})
        for n in range(2, count + 2)
    ]


def _composer(size: int) -> Composer:
    text = "Dear {{ name }},\n" + "we write to you about the matter of last week.\n" * 105
    attachments = [file_part("terms.pdf", "application/pdf", b"x" * (size * 3 // 4 - 5000))] if size > 6000 else []
    return Composer(
        Envelope(Mailbox("Office", _OFFICE), attachments=attachments),
        CompiledLetter(Letter("For {{ name }}", text), _NAMES),
    )


def _raw(size: int) -> bytes:
    claim = Claim(1, 2, _people(1)[0].address, "Person", {"name": "Person"}, 1, "<1@mail.test>", 1e9)
    return _composer(size)(claim).as_bytes()


def _ours(port: int, count: int, size: int, ledger: bool = True) -> float:
    people, compose, plan = _people(count), _composer(size), Plan(connections=_CONNECTIONS)
    account = Account("127.0.0.1", port, "none", "none")
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        if ledger:
            book = stack.enter_context(Ledger(Path(folder) / "ledger"))
            book.prepare(people, "mail.test")
        else:
            book = _NoLedger(people)
        log = SentLog(Path(folder) / "sent", account.host, "office")
        started = time.perf_counter()
        Sender(book, compose, _OFFICE, lambda: connect(account, str), plan, Controls(), log).run()
        return count / (time.perf_counter() - started)


def _smtplib(port: int, count: int, size: int) -> float:
    raw, left = _raw(size), deque(range(count))

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", port) as link:
            while True:
                try:
                    number = left.popleft()
                except IndexError:
                    return
                link.sendmail("office@mail.test", [f"p{number}@mail.test"], raw)

    threads = [threading.Thread(target=work) for _ in range(_CONNECTIONS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count / (time.perf_counter() - started)


def _aiosmtplib(port: int, count: int, size: int) -> float:
    import aiosmtplib

    raw, left = _raw(size), deque(range(count))

    async def work() -> None:
        link = aiosmtplib.SMTP(hostname="127.0.0.1", port=port, use_tls=False, start_tls=False)
        await link.connect()
        while left:
            await link.sendmail("office@mail.test", [f"p{left.popleft()}@mail.test"], raw)
        await link.quit()

    async def all_of_them() -> float:
        started = time.perf_counter()
        await asyncio.gather(*(work() for _ in range(_CONNECTIONS)))
        return count / (time.perf_counter() - started)

    return asyncio.run(all_of_them())


@contextlib.contextmanager
def _sink() -> Generator[int, None, None]:
    """The C sink that comes with Postfix."""
    program = shutil.which("smtp-sink") or "/usr/sbin/smtp-sink"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    process = subprocess.Popen([program, "-u", "nobody", f"127.0.0.1:{port}", "64"], stderr=subprocess.DEVNULL)
    try:
        wait_until(lambda: _answers(port))
        yield port
    finally:
        process.kill()
        process.wait()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False


def _ratio(ours: Callable[[], float], theirs: Callable[[], float], rounds: int = _ROUNDS) -> float:
    """The median of interleaved rounds, in which each begins in turn."""
    ratios: list[float] = []
    for number in range(rounds):
        first, second = (ours, theirs) if number % 2 else (theirs, ours)
        rate, other = first(), second()
        ratios.append(rate / other if first is ours else other / rate)
    return statistics.median(ratios)


def bench() -> list[tuple[str, float, str, bool]]:
    """The figures of issue 6."""
    found: list[tuple[str, float, str, bool]] = []

    def add(name: str, ratio: float, target: float) -> None:
        found.append((name, ratio, f">= {target}", ratio >= target))

    with _sink() as port:
        add(
            "mail, 5 KB: full job / aiosmtplib",
            _ratio(lambda: _ours(port, 10_000, 5000), lambda: _aiosmtplib(port, 10_000, 5000), 7),
            1.7,
        )
        add(
            "mail, 200 KB: full job / aiosmtplib",
            _ratio(lambda: _ours(port, 250, 200_000), lambda: _aiosmtplib(port, 120, 200_000)),
            2.5,
        )
    with server_folder() as root, postfix(root, make_certificates(root / "certificates")) as server:
        port = server.ports["plain"]
        add(
            "mail, Postfix: full job / without ledger",
            _ratio(lambda: _ours(port, 400, 5000), lambda: _ours(port, 400, 5000, ledger=False), 9),
            0.9,
        )
    with Faults(delay=0.03).serving() as slow:
        add(
            "mail, 30 ms: full job / smtplib",
            _ratio(lambda: _ours(slow.port, 120, 5000), lambda: _smtplib(slow.port, 60, 5000)),
            1.8,
        )
    return found

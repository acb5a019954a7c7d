"""A mailing for tests: recipients, a composer, controls; and as a program, a sender that can be killed."""

import json
import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from backend.lib.mail.accounts import Account, connect
from backend.lib.mail.addresses import parse
from backend.lib.mail.composing import Composer
from backend.lib.mail.ledger import Claim, Ledger
from backend.lib.mail.ledger_file import Recipient
from backend.lib.mail.letters import CompiledLetter, Letter
from backend.lib.mail.mime import Envelope, Mailbox, Message
from backend.lib.mail.plan import Plan
from backend.lib.mail.sender import Sender
from backend.lib.mail.smtp import Post

OFFICE = parse("office@example.com")
LETTER = Letter("For {{ name }}", "Dear {{ name }}, this is number {{ number }}.\n")


class Stopped(BaseException):
    """What these controls raise to stop."""


class Controls:
    """Controls that can be paused and stopped, and that remember what they were told."""

    def __init__(self) -> None:
        self.stop = threading.Event()
        self.go_on = threading.Event()
        self.go_on.set()
        self.progressed: list[tuple[float, float | None, str]] = []
        self.at_checkpoint: Callable[[], None] = lambda: None

    def checkpoint(self) -> None:
        self.at_checkpoint()
        while not self.go_on.wait(0.05) and not self.stop.is_set():
            pass
        if self.stop.is_set():
            raise Stopped

    def stop_requested(self) -> bool:
        return self.stop.is_set()

    def pause_requested(self) -> bool:
        self.at_checkpoint()
        return not self.go_on.is_set()

    def progress(self, done: float, total: float | None = None, unit: str = "", message: str = "") -> None:
        self.progressed.append((done, total, message))


def people(*local_parts: str) -> list[Recipient]:
    """Recipients of example.com by their local parts, from row 2 on."""
    return [
        Recipient(row, parse(f"{local}@example.com"), local, {"name": local, "number": row})
        for row, local in enumerate(local_parts, 2)
    ]


def composer(letter: Letter = LETTER) -> Callable[[Claim], Message]:
    """What makes the messages of such a mailing."""
    names = {"name": "Name", "number": "Number"}
    return Composer(Envelope(Mailbox("Office", OFFICE), marker="fixed"), CompiledLetter(letter, names))


def sender(ledger: Ledger, account: Account, plan: Plan, controls: Controls | None = None) -> Sender:
    """A sender to a server without login."""
    return Sender(ledger, composer(), OFFICE, lambda: connect(account, str, timeout=5), plan, controls or Controls())


def _send_with_ledger(path: Path, port: int, connections: int) -> None:
    with Ledger(path) as ledger:
        plan = Plan(connections=connections, connect_delay=0.01, delay=0.05)
        sender(ledger, Account("127.0.0.1", port, "none", "none"), plan).run()


def _send_with_a_list_of_the_done(path: Path, port: int, count: int) -> None:
    """The control: notes each recipient as done once the server has taken his message."""
    done = set(path.read_text().split()) if path.exists() else set[str]()
    link = connect(Account("127.0.0.1", port, "none", "none"), str, timeout=5)
    compose = composer()
    with path.open("a") as record:
        for number, recipient in enumerate(people(*(f"p{n}" for n in range(count))), 1):
            if recipient.address.text in done:
                continue
            claim = Claim(number, recipient.row, recipient.address, "", recipient.cells, 1, f"<{number}@e.com>", 1.0)
            delivery = link.deliver(Post(OFFICE, recipient.address, compose(claim)), lambda: None)
            if delivery.meaning == "sent":
                record.write(f"{recipient.address.text}\n")
                record.flush()
    link.leave()


if __name__ == "__main__":
    order = json.loads(sys.argv[1])
    os.write(1, b"started\n")
    if order["ledger"]:
        _send_with_ledger(Path(order["path"]), order["port"], order["connections"])
    else:
        _send_with_a_list_of_the_done(Path(order["path"]), order["port"], order["count"])

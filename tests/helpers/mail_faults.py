"""A mail server that misbehaves on demand. What it does is told by the first word of the recipient's local part."""

import contextlib
import re
import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass, field

from backend.lib.mail.accounts import Account


@dataclass
class Faults:
    """How the server behaves, and what it has seen. Start it by `serving`.

    Local parts that begin with one of these words get, once each (`always-...`: every time):
    `cutmail`, `cutrcpt`, `cutdata` (lost there), `cutbody` (lost before the dot), `cutdot` (taken, lost before the
    answer), `garbled`, `half` (taken, senseless or unfinished answer), `refuse`, `defer`, `late` (refused after the
    dot), `busy` (451 to MAIL), `shut` (421 to RCPT), `empty` (RCPT refused, yet 354).
    `at` is called at *agreed* (before 354), *taken* (before the answer to the dot) and *answered*.
    """

    pipelining: bool = True
    delay: float = 0.0
    utf8: bool = False
    size: int = 0
    auth: str = ""
    greeting: str = "220 faults ready"
    refuse_sender: bool = False
    slow_answer: float = 0.0
    delivered: list[tuple[str, bytes]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    talked_early: int = 0
    connections: int = 0
    reads: int = 0
    most_at_once: int = 0
    port: int = 0
    at: Callable[[str, str], None] = lambda _stage, _recipient: None
    _closing: threading.Event = field(default_factory=threading.Event)
    _done: Counter[str] = field(default_factory=Counter)
    _open: set[socket.socket] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def account(self) -> Account:
        """An account for this server: no encryption, no login."""
        return Account("127.0.0.1", self.port, "none", "none")

    def count(self) -> Counter[str]:
        """How often each recipient was delivered to."""
        with self._lock:
            return Counter(recipient for recipient, _ in self.delivered)

    def wants(self, recipient: str, fault: str) -> bool:
        """Whether this recipient gets that fault now."""
        local = recipient.partition("@")[0]
        if local.startswith(f"always-{fault}"):
            return True
        if not re.match(rf"{fault}\b", local):
            return False
        with self._lock:
            self._done[f"{fault} {recipient}"] += 1
            return self._done[f"{fault} {recipient}"] == 1

    def cut_all(self) -> None:
        """Closes every connection that is open."""
        with self._lock:
            for connection in self._open:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    @contextlib.contextmanager
    def serving(self) -> Generator["Faults", None, None]:
        """Serves on a free port of the loopback interface while the block runs."""
        with socket.create_server(("127.0.0.1", 0), backlog=64) as listener:
            self.port = listener.getsockname()[1]
            threads: list[threading.Thread] = []
            acceptor = threading.Thread(target=self._accept, args=(listener, threads))
            acceptor.start()
            try:
                yield self
            finally:
                self._closing.set()
                listener.shutdown(socket.SHUT_RDWR)
                acceptor.join()
                self.cut_all()
                for thread in threads:
                    thread.join(10)

    def _accept(self, listener: socket.socket, threads: list[threading.Thread]) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self._lock:
                self._open.add(connection)
                self.connections += 1
                self.most_at_once = max(self.most_at_once, len(self._open))
            thread = threading.Thread(target=self._serve, args=(connection,))
            thread.start()
            threads.append(thread)

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, _CutError), connection:
            try:
                _Session(self, connection).run()
            finally:
                with self._lock:
                    self._open.discard(connection)


class _CutError(Exception):
    pass


class _Session:
    def __init__(self, server: Faults, connection: socket.socket) -> None:
        self._server = server
        self._connection = connection
        self._buffer = b""
        self._answers = b""
        self._recipient = ""
        self._refused = False

    def run(self) -> None:
        self._say(self._server.greeting)
        while True:
            line = self._until(b"\r\n").decode()
            self._server.commands.append(line)
            verb = line.split(" ")[0].split(":")[0].upper()
            if verb == "QUIT":
                self._say("221 bye")
                self._flush()
                return
            getattr(self, f"_{verb.lower()}", self._other)(line)

    def _other(self, line: str) -> None:
        self._say("502 what?")

    def _ehlo(self, line: str) -> None:
        offered = ["PIPELINING"] if self._server.pipelining else []
        offered += ["SMTPUTF8", "8BITMIME"] if self._server.utf8 else []
        offered += [f"SIZE {self._server.size}"] if self._server.size else []
        offered += [f"AUTH {self._server.auth}"] if self._server.auth else []
        lines = ["faults", *offered]
        for number, text in enumerate(lines):
            self._say(f"250{' ' if number + 1 == len(lines) else '-'}{text}")

    def _rset(self, line: str) -> None:
        self._recipient, self._refused = "", False
        self._say("250 forgotten")

    def _mail(self, line: str) -> None:
        self._look_for_early_talk()
        self._server.senders.append(line)
        if self._server.refuse_sender:
            self._say("553 not yours to send from")
            return
        next_recipient = re.search(rb"RCPT TO:<([^>]*)>", self._buffer)
        recipient = next_recipient[1].decode() if next_recipient else ""
        if self._server.wants(recipient, "cutmail"):
            raise _CutError
        self._say("451 too busy" if self._server.wants(recipient, "busy") else "250 ok")

    def _rcpt(self, line: str) -> None:
        self._look_for_early_talk()
        self._recipient = line.partition("<")[2].partition(">")[0]
        wants = self._server.wants
        if wants(self._recipient, "cutrcpt"):
            raise _CutError
        if wants(self._recipient, "shut"):
            self._say("421 closing")
            self._flush()
            raise _CutError
        self._refused = True
        if wants(self._recipient, "refuse"):
            self._say("550 5.1.1 nobody here by that name")
        elif wants(self._recipient, "defer"):
            self._say("450 4.2.1 come back later")
        elif wants(self._recipient, "empty"):
            self._say("550 no")
            self._refused = False
        else:
            self._refused = False
            self._say("250 ok")

    def _data(self, line: str) -> None:
        if self._server.wants(self._recipient, "cutdata"):
            raise _CutError
        if self._refused or not self._recipient:
            self._say("503 no recipients")
            return
        recipient, self._recipient = self._recipient, ""
        self._server.at("agreed", recipient)
        self._say("354 go on")
        self._flush()
        if self._server.wants(recipient, "cutbody"):
            self._read()
            raise _CutError
        if not self._buffer:
            self._read()
        body = b"" if self._buffer.startswith(b".\r\n") else self._until(b"\r\n.\r\n")
        if not body:
            self._buffer = self._buffer[3:]
            self._say("554 no valid recipients")
            return
        self._take(recipient, body + b"\r\n")

    def _take(self, recipient: str, body: bytes) -> None:
        if self._server.wants(recipient, "late"):
            self._say("554 5.7.1 looks like spam")
            return
        with self._server._lock:  # pyright: ignore[reportPrivateUsage]
            self._server.delivered.append((recipient, body))
        if self._server.wants(recipient, "cutdot"):
            raise _CutError
        if self._server.wants(recipient, "garbled"):
            self._say("ok, fine")
            return
        if self._server.wants(recipient, "half"):
            self._connection.sendall(b"250 o")
            raise _CutError
        if self._server.slow_answer:
            self._server._closing.wait(self._server.slow_answer)  # pyright: ignore[reportPrivateUsage]
        self._server.at("taken", recipient)
        self._say("250 2.0.0 taken")
        self._flush()
        self._server.at("answered", recipient)

    def _look_for_early_talk(self) -> None:
        if not self._server.pipelining and (self._buffer or select.select([self._connection], [], [], 0.005)[0]):
            self._server.talked_early += 1

    def _say(self, line: str) -> None:
        self._answers += line.encode() + b"\r\n"

    def _flush(self) -> None:
        answers, self._answers = self._answers, b""
        if answers:
            self._connection.sendall(answers)

    def _until(self, end: bytes) -> bytes:
        while end not in self._buffer:
            self._flush()
            self._read()
        found, self._buffer = self._buffer.split(end, 1)
        return found

    def _read(self) -> None:
        data = self._connection.recv(1 << 18)
        if not data:
            raise _CutError
        if self._server.delay:
            time.sleep(self._server.delay)
        self._server.reads += 1
        self._buffer += data

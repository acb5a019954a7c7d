"""One connection to a mail server. What may go out together does so where the server offers it (RFC 2920): MAIL,
RCPT and DATA, and for a message that follows another, these together with the final dot of that other one.
"""

import contextlib
import smtplib
import socket
import ssl
from base64 import b64encode
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from backend.lib.mail import replies
from backend.lib.mail.addresses import Address, envelope
from backend.lib.mail.mime import Message
from backend.lib.mail.replies import Delivery, MalformedReplyError, Reply, ReplyReader

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

_COMMAND_SECONDS = 120.0
_DOT_SECONDS = 600.0
_TLS_RECORD = 1 << 14
_LARGEST_READ = 1 << 16
_NOT_ASKED = Delivery("again", words="The connection was lost before it was this one's turn.", stale=True)


_Result = TypeVar("_Result")


class Waiter(Protocol):
    """Waits until a connection can be read from or written to; raises TimeoutError."""

    def __call__(self, sock: socket.socket, *, writable: bool, seconds: float) -> None: ...


class Post(NamedTuple):
    """One message to one recipient."""

    sender: Address
    to: Address
    message: Message

    @property
    def needs_utf8(self) -> bool:
        """Whether only a server with SMTPUTF8 can take it (RFC 6531)."""
        return self.sender.needs_utf8 or self.to.needs_utf8


class Link(smtplib.SMTP):
    """A connection for messages to one recipient each. Not thread-safe but for `abort`.

    `tls` wraps the connection from its first byte (implicit TLS). The seconds to wait for a reply after the final
    dot are those of RFC 5321 (4.5.3.2.6), since giving up there makes a message *unknown*.
    """

    def __init__(self, host: str, tls: ssl.SSLContext | None, timeout: float) -> None:
        super().__init__(local_hostname="[127.0.0.1]", timeout=timeout)
        self._host = host
        self._tls = tls
        self._open_transaction = False
        self._awaits_message = False
        self._held, self._at = b"", 0
        self._wait: Waiter | None = None
        self._patience = timeout
        self.delivered = 0

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        own, *_ = plain.getsockname()
        self.local_hostname = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
        if self._tls is None:
            return plain
        try:
            return self._tls.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise

    @property
    def encrypted(self) -> bool:
        """Whether what is sent now is encrypted."""
        return isinstance(self.sock, ssl.SSLSocket)

    def let_others_go_on(self, wait: Waiter) -> None:
        """From now on, `wait` is called where the thread would otherwise be held up."""
        self._wait = wait
        if self.sock is not None:
            self.sock.setblocking(False)

    def send(self, s: "ReadableBuffer | str") -> None:
        """Writes all of it; raises SMTPServerDisconnected, and then the connection is closed."""
        view = memoryview(s.encode(self.command_encoding) if isinstance(s, str) else s)
        if (sock := self.sock) is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        try:
            while view:
                view = view[self._patiently(sock, lambda piece=view: sock.send(piece), writes=True) :]
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from error

    def getreply(self) -> tuple[int, bytes]:
        """The next reply; raises SMTPServerDisconnected or MalformedReplyError, and then the connection is closed."""
        reply = self._reply()
        return reply.code, reply.text

    def authenticate(self, mechanism: str, first: bytes, *further: bytes) -> Reply:
        """AUTH (RFC 4954); `further` answers the server's questions in turn, and an empty answer all others."""
        self.putcmd("AUTH", f"{mechanism} {b64encode(first).decode()}".strip())
        answers = list(further)
        reply = self._reply()
        for _ in range(5):
            if reply.code != 334:
                break
            self.send(b64encode(answers.pop(0) if answers else b"") + b"\r\n")
            reply = self._reply()
        return reply

    @property
    def overlaps(self) -> bool:
        """Whether the commands for the next message may go out together with the final dot of one (RFC 2920, 3.1)."""
        return self.has_extn("pipelining")

    def deliver(self, post: Post, about_to: Callable[[], None]) -> Delivery:
        """Sends one message. `about_to` is called when all is agreed and the write that holds the final dot is next.

        What `about_to` raises passes through, and the connection is closed.
        """
        if (refused := self.agree(post)) is not None:
            return refused
        try:
            about_to()
        except BaseException:
            self.close()
            raise
        return self.hand_over(post)[0]

    def agree(self, post: Post) -> Delivery | None:
        """The conversation up to 354. None: the message may follow, by `hand_over` and nothing else."""
        if (unsendable := self._unsendable(post)) is not None:
            return unsendable
        self._wait_for(_COMMAND_SECONDS)
        return self._agreed(lambda: self._ask(post))

    def hand_over(self, post: Post, following: Post | None = None) -> tuple[Delivery, Delivery | None]:
        """Sends what was agreed on; what became of it, and what `agree` would say for the `following` one.

        The commands for that one go out in the write that ends with the dot (only where `overlaps`), which saves a
        round trip. Its own message is sent by the next call, when the answer to this dot has come in: at every
        moment there is at most one message on a connection of which nobody knows what became of it.
        """
        unsendable = self._unsendable(following) if following else None
        asks = following is not None and unsendable is None
        data = post.message.as_data()
        self._wait_for(_DOT_SECONDS)
        written = self._write(data + _lines(self._commands(following)) if following and asks else data, len(data))
        if written is not None:
            return written, _NOT_ASKED
        delivery = self._after_dot()
        if following is None or unsendable is not None:
            return delivery, unsendable
        if self.sock is None:
            return delivery, _NOT_ASKED
        self._open_transaction = True
        return delivery, self._agreed(lambda: self._heard(reset=False))

    def _write(self, data: bytes, up_to_dot: int) -> Delivery | None:
        """Writes; None unless it is certain that the dot has not gone out.

        Of an encrypted write that fails nobody knows how much has gone, but what is no whole record cannot be read.
        """
        sock, written, view = self.sock, 0, memoryview(data)
        piece = _TLS_RECORD if self.encrypted else len(data)
        self._awaits_message = False
        try:
            if sock is None:
                raise OSError("not connected")
            while written < len(data):
                part = view[written : written + piece]
                written += self._patiently(sock, lambda part=part: sock.send(part), writes=True)
        except OSError as error:
            if written < up_to_dot:
                self.close()
                return Delivery("again", words=_lost(error))
        return None

    def _after_dot(self) -> Delivery:
        try:
            delivery = replies.after_dot(self._reply())
        except (smtplib.SMTPServerDisconnected, MalformedReplyError) as error:
            self.close()
            return Delivery("unknown", words=f"The message was sent, but no clear answer came back. {_lost(error)}")
        self._open_transaction = False
        self.delivered += delivery.meaning == "sent"
        if delivery.code == 421 or delivery.meaning == "unknown":
            self.close()
        return delivery

    def leave(self) -> None:
        """QUIT, without waiting long for the answer; never raises."""
        if self.sock is not None and not self._awaits_message:
            self._wait_for(2.0)
            with contextlib.suppress(smtplib.SMTPException, MalformedReplyError, OSError):
                self.docmd("QUIT")
        self.close()

    def abort(self) -> None:
        """Cuts the connection from another thread, which then sees it as lost."""
        if (sock := self.sock) is not None:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

    def _agreed(self, conversation: Callable[[], Delivery | None]) -> Delivery | None:
        try:
            refused = conversation()
        except (smtplib.SMTPServerDisconnected, MalformedReplyError) as error:
            refused = Delivery("again", words=_lost(error), stale=self.delivered > 0)
        if refused is not None and refused.meaning == "again":
            self.close()
        self._awaits_message = refused is None
        return refused

    def _commands(self, post: Post) -> list[str]:
        options = f" SIZE={post.message.size}" if self.has_extn("size") else ""
        if post.needs_utf8:
            options += " BODY=8BITMIME SMTPUTF8"
        return [
            f"MAIL FROM:<{envelope(post.sender.envelope)}>{options}",
            f"RCPT TO:<{envelope(post.to.envelope)}>",
            "DATA",
        ]

    def _ask(self, post: Post) -> Delivery | None:
        commands, reset = self._commands(post), self._open_transaction
        self._open_transaction = True
        if self.has_extn("pipelining"):
            self.send(_lines(["RSET", *commands] if reset else commands))
            return self._heard(reset)
        if reset:
            self._command("RSET")
        for number, command in enumerate(commands):
            reply = self._command(command)
            refused = replies.after_mail(reply, self.delivered > 0) if number == 0 else _expected(reply, number)
            if refused is not None:
                return refused
        return None

    def _heard(self, reset: bool) -> Delivery | None:
        """What was answered to commands that went out together."""
        if reset:
            self._reply()
        mail = self._reply()
        refused = replies.after_mail(mail, self.delivered > 0)
        if refused is not None and refused.meaning == "again":
            return refused
        recipient = self._reply()
        refused = refused or _expected(recipient, 1)
        if refused is not None and recipient.code == 421:
            return refused
        try:
            data = self._reply()
            if refused is None:
                return _expected(data, 2)
            if data.code == 354:
                # The server waits for a message though it has no recipient: an empty one ends this (RFC 2920, 3.1).
                self.send(b".\r\n")
                self._reply()
        except (smtplib.SMTPServerDisconnected, MalformedReplyError):
            self.close()
            if refused is None:
                raise
        return refused

    def _unsendable(self, post: Post) -> Delivery | None:
        if post.needs_utf8 and not self.has_extn("smtputf8"):
            return Delivery("refused", words="The mail server does not take addresses with letters beyond a to z.")
        limit, size = self.esmtp_features.get("size", ""), post.message.size
        if limit.isdigit() and 0 < int(limit) < size:
            return Delivery(
                "refused",
                words=f"The message has {size / 1e6:.1f} MB; the mail server takes {int(limit) / 1e6:.1f} MB.",
            )
        return None

    def _command(self, command: str) -> Reply:
        self.send(f"{command}\r\n".encode())
        return self._reply()

    def _reply(self) -> Reply:
        if self._at == len(self._held):
            self._held, self._at = self._received(), 0
        if (found := replies.single(self._held, self._at)) is not None:
            reply, self._at = found
            return reply
        line = self._line()
        reader = ReplyReader()
        try:
            while (reply := reader.add(line)) is None:
                line = self._line()
        except MalformedReplyError:
            self.close()
            raise
        return reply

    def _line(self) -> bytes:
        self._held, self._at = self._held[self._at :], 0
        while (end := self._held.find(b"\n") + 1) == 0 and len(self._held) < ReplyReader.longest_line:
            self._held += self._received()
        self._at = min(end or len(self._held), ReplyReader.longest_line)
        return self._held[: self._at]

    def _received(self) -> bytes:
        if (sock := self.sock) is None:
            raise smtplib.SMTPServerDisconnected("not connected")
        try:
            if self._wait is not None and not self.encrypted:
                # What it was asked only just now, it has not answered yet.
                self._wait(sock, writable=False, seconds=self._patience)
            data = self._patiently(sock, lambda: sock.recv(_LARGEST_READ), writes=False)
        except OSError as error:
            self.close()
            raise smtplib.SMTPServerDisconnected(str(error)) from error
        if not data:
            self.close()
            raise smtplib.SMTPServerDisconnected("the server closed the connection")
        return data

    def _patiently(self, sock: socket.socket, call: Callable[[], _Result], *, writes: bool) -> _Result:
        while True:
            try:
                return call()
            except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
                if self._wait is None:
                    raise
                writable = isinstance(error, ssl.SSLWantWriteError) or (writes and isinstance(error, BlockingIOError))
                self._wait(sock, writable=writable, seconds=self._patience)

    def forget(self) -> None:
        """What the server has said so far counts no more (RFC 3207, 4.2)."""
        self._held, self._at = b"", 0
        self.esmtp_features = {}
        self.does_esmtp = False

    def _wait_for(self, seconds: float) -> None:
        self._patience = seconds
        if self._wait is None and self.sock is not None and self.sock.gettimeout() != seconds:
            self.sock.settimeout(seconds)


def _lines(commands: list[str]) -> bytes:
    return ("\r\n".join(commands) + "\r\n").encode()


def _expected(reply: Reply, number: int) -> Delivery | None:
    """RCPT (1) wants 2xx, DATA (2) wants 354; a good reply in the wrong place is no agreement."""
    if (reply.code == 354) if number == 2 else reply.good:
        return None
    refused = None if reply.good or reply.code < 400 else replies.after_recipient(reply)
    return refused or Delivery("again", reply.code, f"The server lost its thread: {reply.words}")


def _lost(error: Exception) -> str:
    if isinstance(error, MalformedReplyError):
        return f"The server's answer made no sense: {error}"
    return f"The connection was lost: {error}"

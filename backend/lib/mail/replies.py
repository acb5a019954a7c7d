"""What a server answers, and what each answer means for a message (RFC 5321, 4.2)."""

import re
from typing import Literal, NamedTuple

Meaning = Literal["sent", "refused", "deferred", "again", "busy", "sender refused", "unknown"]

_LINE = re.compile(rb"([2-5][0-9][0-9])(?:([ -])([^\r\n]*))?\r?\n")
_SINGLE = re.compile(rb"([2-5][0-9][0-9])(?: ([^\r\n]{0,2000}))?\r?\n")
_LONGEST_LINE = 4096
_MOST_LINES = 128


class Reply(NamedTuple):
    """A whole reply; the lines of a long one joined by line feeds."""

    code: int
    text: bytes

    @property
    def good(self) -> bool:
        """Whether it says yes (2xx)."""
        return 200 <= self.code < 300

    @property
    def words(self) -> str:
        """The server's words in one line, with the code, for people."""
        text = self.text.decode("utf-8", "replace").replace("\n", " ")
        if not text.isprintable():
            text = "".join(letter if letter.isprintable() else " " for letter in text)
        return f"{self.code} {text[:500]}".strip()


class MalformedReplyError(Exception):
    """What came was no reply, or only the start of one."""


class ReplyReader:
    """Puts lines together to a reply, strictly: a line without its end is none, however good its code looks."""

    longest_line = _LONGEST_LINE

    def __init__(self) -> None:
        self._code = 0
        self._lines: list[bytes] = []

    def add(self, line: bytes) -> Reply | None:
        """Takes a line with its end; the reply once it is whole. Raises MalformedReplyError."""
        match = _LINE.fullmatch(line)
        if match is None or len(self._lines) >= _MOST_LINES:
            raise MalformedReplyError(repr(line[:80]))
        code = int(match[1])
        if self._code not in (0, code):
            raise MalformedReplyError(repr(line[:80]))
        self._code = code
        self._lines.append(match[3] or b"")
        return None if match[2] == b"-" else Reply(code, b"\n".join(self._lines))


def single(held: bytes, at: int) -> tuple[Reply, int] | None:
    """The reply that the line at this place is by itself, as nearly all are, and where it ends; None for any other."""
    match = _SINGLE.match(held, at)
    return None if match is None else (Reply(int(match[1]), match[2] or b""), match.end())


class Delivery(NamedTuple):
    """What became of one message.

    *sent*: the server has taken it. *refused*: never, with its words. *deferred*: later. *again*: the connection was
    lost before the final dot, nothing was sent. *busy*: the server takes nothing just now, from anybody here.
    *sender refused*: it takes nothing from this sender. *unknown*: the dot was sent and no clear answer came back
    (RFC 1047): the message may or may not have been taken.

    `stale`: the connection had been idle and was found closed; a new one may do at once.
    """

    meaning: Meaning
    code: int = 0
    words: str = ""
    stale: bool = False


def after_mail(reply: Reply, stale: bool) -> Delivery | None:
    """What the reply to MAIL means; None: go on."""
    if reply.good:
        return None
    if reply.code == 421:
        return Delivery("again", reply.code, reply.words, stale)
    if reply.code == 552:
        return Delivery("refused", reply.code, reply.words)
    return Delivery("busy" if reply.code < 500 else "sender refused", reply.code, reply.words)


def after_recipient(reply: Reply) -> Delivery | None:
    """What the reply to RCPT or to DATA means; None: go on."""
    if reply.good or reply.code == 354:
        return None
    if reply.code == 421:
        return Delivery("again", reply.code, reply.words)
    return Delivery("deferred" if reply.code < 500 else "refused", reply.code, reply.words)


def after_dot(reply: Reply) -> Delivery:
    """What the reply to the final dot means."""
    if reply.good:
        return Delivery("sent", reply.code, reply.words)
    if 400 <= reply.code < 500:
        return Delivery("deferred", reply.code, reply.words)
    if reply.code >= 500:
        return Delivery("refused", reply.code, reply.words)
    return Delivery("unknown", reply.code, f"The server gave an answer that has no meaning here: {reply.words}")

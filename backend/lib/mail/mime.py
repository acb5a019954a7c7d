"""Messages, written directly: what all recipients share is encoded once, and each message costs little more than
its own text. The shape is mixed(alternative(text, related(html, pictures)), attachments), without the layers that
are not needed. Everything is 7 bit on the wire, UTF-8 inside (RFC 2045 to 2049).
"""

import binascii
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from backend.core.errors import UserError
from backend.lib.mail import headers
from backend.lib.mail.addresses import Address
from backend.lib.mail.characters import forbidden_in_body

_LINE = 57
_LONGEST_LINE = 900
_CID = re.compile(r"[A-Za-z0-9._-]+(?:@[A-Za-z0-9.-]+)?")
_DOT = re.compile(rb"^\.", re.MULTILINE)


class Mailbox(NamedTuple):
    """A name (may be empty, any script) and a checked address."""

    name: str
    address: Address


@dataclass(frozen=True)
class FilePart:
    """A file as it goes into a message. With `cid`, a picture that the letter shows as `cid:...`."""

    name: str
    kind: str
    encoded: bytes = field(repr=False)
    cid: str = ""


@dataclass(frozen=True)
class Message:
    """A message, ready to be sent or written; lines end with CRLF."""

    own: bytes = field(repr=False)
    shared: bytes = field(repr=False)

    def as_bytes(self) -> bytes:
        """The message as a file (.eml)."""
        return self.own + self.shared

    def as_data(self) -> bytes:
        """What follows DATA: dots at the start of a line doubled, and the final dot (RFC 5321, 4.5.2).

        `shared` is headers, base64 and boundaries: no line of it starts with a dot.
        """
        # From the end, two characters are looked for three times as fast.
        own = _DOT.sub(b"..", self.own) if self.own.rfind(b"\n.") >= 0 else self.own
        return b"".join((own, self.shared, b".\r\n"))

    @property
    def size(self) -> int:
        """In bytes, as the SIZE extension counts (RFC 1870)."""
        return len(self.own) + len(self.shared)


def file_part(name: str, kind: str, contents: bytes, cid: str = "") -> FilePart:
    """Encodes a file once, for any number of messages."""
    if cid and not _CID.fullmatch(cid):
        raise UserError("mail.picture", f"“{cid}” cannot be the name of a picture in a letter.")
    encoded = (binascii.b2a_base64(contents[at : at + _LINE], newline=False) for at in range(0, len(contents), _LINE))
    lines = [
        f"Content-Type: {headers.content_type(kind)}\r\nContent-Transfer-Encoding: base64\r\n".encode(),
        f"Content-ID: <{cid}>\r\n".encode() if cid else b"",
        f"Content-Disposition: {'inline' if cid else 'attachment'}".encode(),
        headers.file_name_parameter(name),
        b"\r\n\r\n",
        b"\r\n".join(encoded),
        b"\r\n" if contents else b"",
    ]
    return FilePart(name, kind, b"".join(lines), cid)


class Envelope:
    """What all messages of a mailing have in common.

    `marker` (random unless given) makes the boundaries; it can stand in no body: base64 and quoted-printable never
    hold its `=_`, and a body that does is written as quoted-printable.
    """

    def __init__(
        self,
        sender: Mailbox,
        *,
        reply_to: Mailbox | None = None,
        pictures: Sequence[FilePart] = (),
        attachments: Sequence[FilePart] = (),
        marker: str = "",
    ) -> None:
        self.sender = sender
        self._mark = f"=_{marker or secrets.token_hex(12)}"
        self._top = headers.mailbox_header("From", sender.name, sender.address)
        if reply_to:
            self._top += headers.mailbox_header("Reply-To", reply_to.name, reply_to.address)
        self._pictures = b"".join(self._delimiter("r") + part.encoded for part in pictures)
        self._has_pictures = bool(pictures)
        self._attachments = b"".join(self._delimiter("m") + part.encoded for part in attachments)

    def message(
        self,
        to: Mailbox,
        subject: str,
        text: str,
        html: str = "",
        *,
        message_id: str,
        date: float,
        unsubscribe_mailto: str = "",
        unsubscribe_url: str = "",
        attachments: Sequence[FilePart] = (),
    ) -> Message:
        """One recipient's message. `date` in seconds since 1970; `attachments` are this recipient's own.

        Raises UserError for a control character anywhere in it.
        """
        own = [
            self._top,
            headers.mailbox_header("To", to.name, to.address),
            headers.text_header("Subject", subject),
            headers.date_header(date),
            headers.message_id_header(message_id),
            headers.unsubscribe_headers(unsubscribe_mailto, unsubscribe_url),
            b"MIME-Version: 1.0\r\n",
        ]
        mixed = bool(self._attachments or attachments)
        if mixed:
            own += [self._multipart("mixed", "m"), self._delimiter("m")]
        shared = self._put_bodies(own, text, html)
        if attachments:
            own.append(shared)
            own += [self._delimiter("m") + part.encoded for part in attachments]
            shared = b""
        if mixed:
            shared += self._attachments + self._end("m")
        return Message(b"".join(own), shared)

    def _put_bodies(self, own: list[bytes], text: str, html: str) -> bytes:
        """Appends the bodies, and returns the shared part that follows them."""
        if not html:
            own.append(_body("plain", text))
            return b""
        own += [self._multipart("alternative", "a"), self._delimiter("a"), _body("plain", text), self._delimiter("a")]
        if not self._has_pictures:
            own.append(_body("html", html))
            return self._end("a")
        own += [self._multipart("related", "r", '; type="text/html"'), self._delimiter("r"), _body("html", html)]
        return self._pictures + self._end("r") + self._end("a")

    def _multipart(self, kind: str, letter: str, more: str = "") -> bytes:
        return f'Content-Type: multipart/{kind}{more};\r\n boundary="{self._mark}{letter}"\r\n\r\n'.encode()

    def _delimiter(self, letter: str) -> bytes:
        return f"\r\n--{self._mark}{letter}\r\n".encode()

    def _end(self, letter: str) -> bytes:
        return f"\r\n--{self._mark}{letter}--\r\n".encode()


def _body(kind: str, text: str) -> bytes:
    if character := forbidden_in_body(text):
        raise UserError("mail.body", f"There is {character} in the text of the message.", "Take it out.")
    lines = text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text
    if not lines.endswith("\n"):
        lines += "\n"
    start = f'Content-Type: text/{kind}; charset="utf-8"\r\nContent-Transfer-Encoding: '
    if lines.isascii() and ("=" not in lines or "--=_" not in lines) and not _has_long_line(lines):
        return f"{start}7bit\r\n\r\n".encode() + lines.encode().replace(b"\n", b"\r\n")
    data = lines.encode().replace(b"\n", b"\r\n")
    if _mostly_not_ascii(lines, data):
        encoded = binascii.b2a_base64(data, newline=False)
        size = _LINE * 4 // 3
        cut = b"\r\n".join(encoded[at : at + size] for at in range(0, len(encoded), size))
        return f"{start}base64\r\n\r\n".encode() + cut + b"\r\n"
    return f"{start}quoted-printable\r\n\r\n".encode() + binascii.b2a_qp(data, istext=True)


def _has_long_line(lines: str) -> bool:
    """Whether a line is longer than RFC 5322 (2.1.1) would have it; the last one ends with a line break, too."""
    start = 0
    while start < len(lines):
        start = lines.rfind("\n", start, start + _LONGEST_LINE + 1) + 1
        if not start:
            return True
    return False


def _mostly_not_ascii(lines: str, data: bytes) -> bool:
    return len(data) - len(lines) > len(data) // 6

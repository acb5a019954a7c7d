"""Header lines of a message, written directly: RFC 5322 folding, RFC 2047 words, RFC 2231 file names.

Every line has 76 characters at most, unless one single word is longer. Nothing here takes control characters.
"""

import functools
import re
import time
from base64 import b64encode
from collections.abc import Iterator
from email.utils import formatdate
from urllib.parse import quote

from backend.core.errors import UserError
from backend.lib.mail.addresses import Address
from backend.lib.mail.characters import forbidden_in_line

_WIDTH = 76
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?: [A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*")
_TOKEN = re.compile(r"[A-Za-z0-9!#$&+\-.^_`|~]+")
_MESSAGE_ID = re.compile(r"<[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+@[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]+>")
_ENCODED_PIECE = re.compile(r"(?:%[0-9A-F]{2}|[^%])")


def text_header(name: str, text: str) -> bytes:
    """An unstructured header such as Subject, of any text without control characters."""
    _refuse_controls(name, text)
    if _is_plain(text):
        if len(name) + 2 + len(text) <= _WIDTH:
            return f"{name}: {text}\r\n".encode()
        return _folded(f"{name}: ", text.split(" "))
    return f"{name}: ".encode() + _encoded_words(text, len(name) + 2) + b"\r\n"


def mailbox_header(name: str, shown: str, address: Address) -> bytes:
    """A header of one mailbox such as To; of several spaces in the name one stays.

    An address that needs it is written in UTF-8 (RFC 6532): only for a server with SMTPUTF8.
    """
    _refuse_controls(name, shown)
    phrase = _phrase(" ".join(shown.split()), len(name) + 2)
    bare = address.envelope.encode()
    if not phrase:
        return f"{name}: ".encode() + bare + b"\r\n"
    last_line = len(phrase) - (phrase.rfind(b"\r\n") + 2) if b"\r\n" in phrase else len(name) + 2 + len(phrase)
    gap = b" " if last_line + len(bare) + 3 <= _WIDTH else b"\r\n "
    return f"{name}: ".encode() + phrase + gap + b"<" + bare + b">\r\n"


def message_id_header(message_id: str) -> bytes:
    """`Message-ID`; the angle brackets belong to it."""
    if not _MESSAGE_ID.fullmatch(message_id):
        raise ValueError(f"not a message id: {message_id!r}")
    return f"Message-ID: {message_id}\r\n".encode()


@functools.lru_cache(maxsize=8)
def date_header(moment: float) -> bytes:
    """`Date` for a moment in seconds since 1970, with this machine's distance from UTC at that moment."""
    return f"Date: {formatdate(moment, localtime=time.timezone != 0 or time.daylight != 0)}\r\n".encode()


def unsubscribe_headers(mailto: str, url: str) -> bytes:
    """`List-Unsubscribe` (RFC 2369), and where there is a https address one-click (RFC 8058); both may be empty."""
    targets: list[str] = []
    if url:
        if not url.startswith("https://") or not url.isascii() or re.search(r"[\s<>,]", url):
            raise UserError(
                "mail.unsubscribe", "The address for unsubscribing has to be a whole one that starts with https://."
            )
        targets.append(f"<{url}>")
    if mailto:
        if not mailto.isascii() or re.search(r"[\s<>,]", mailto):
            raise UserError("mail.unsubscribe", "The e-mail address for unsubscribing has characters that do not go.")
        targets.append(f"<mailto:{mailto}>")
    for target in targets:
        _refuse_controls("List-Unsubscribe", target)
    lines = b"List-Unsubscribe: " + ",\r\n ".join(targets).encode() + b"\r\n" if targets else b""
    return lines + (b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" if url else b"")


def file_name_parameter(name: str) -> bytes:
    """`filename` as the parameter of a Content-Disposition, ready to follow it; RFC 2231 where ASCII is not enough."""
    _refuse_controls("file name", name)
    if name.isascii() and len(name) <= 58 and name == name.strip() and not re.search(r'["\\]|=\?', name):
        return f';\r\n filename="{name}"'.encode()
    encoded = quote(name, safe="!#$&+-.^_`|~", encoding="utf-8")
    if len(encoded) <= 56:
        return f";\r\n filename*=utf-8''{encoded}".encode()
    lines = [
        f"filename*{number}*={'utf-8' + chr(39) * 2 if number == 0 else ''}{piece}"
        for number, piece in enumerate(_pieces(encoded, 52))
    ]
    return "".join(f";\r\n {line}" for line in lines).encode()


def content_type(value: str) -> str:
    """A media type, if it is one (`application/pdf`); anything else becomes `application/octet-stream`."""
    kind, slash, subtype = value.partition("/")
    good = slash and _TOKEN.fullmatch(kind) and _TOKEN.fullmatch(subtype) and kind not in {"multipart", "message"}
    return value if good else "application/octet-stream"


def _refuse_controls(name: str, text: str) -> None:
    if character := forbidden_in_line(text):
        raise UserError("mail.header", f"There is {character} in “{name}” of the message.", "Take it out.")


def _is_plain(text: str) -> bool:
    if not text.isascii() or "=?" in text or "  " in text or text != text.strip():
        return False
    return len(text) <= 60 or all(len(word) <= 200 for word in text.split(" "))


def _folded(start: str, words: list[str]) -> bytes:
    lines, line = [], start + words[0]
    for word in words[1:]:
        if len(line) + 1 + len(word) > _WIDTH:
            lines.append(line)
            line = f" {word}"
        else:
            line = f"{line} {word}"
    return "\r\n".join([*lines, line]).encode() + b"\r\n"


def _phrase(shown: str, used: int) -> bytes:
    if not shown:
        return b""
    if shown.isascii() and "=?" not in shown and len(shown) <= 60:
        if _ATOMS.fullmatch(shown):
            return shown.encode()
        return b'"' + re.sub(r'(["\\])', r"\\\1", shown).encode() + b'"'
    return _encoded_words(shown, used)


def _encoded_words(text: str, used: int) -> bytes:
    """RFC 2047 words in base64, none longer than 75 characters, never a character torn in two."""
    room = max((_WIDTH - used - 12) // 4 * 3, 6)
    words: list[bytes] = []
    piece = b""
    for character in text:
        encoded = character.encode()
        if len(piece) + len(encoded) > room:
            words.append(piece)
            piece, room = b"", 45
        piece += encoded
    return b"\r\n ".join(b"=?utf-8?b?" + b64encode(word) + b"?=" for word in [*words, piece])


def _pieces(encoded: str, size: int) -> Iterator[str]:
    piece = ""
    for unit in _ENCODED_PIECE.findall(encoded):
        if len(piece) + len(unit) > size:
            yield piece
            piece = ""
        piece += unit
    yield piece

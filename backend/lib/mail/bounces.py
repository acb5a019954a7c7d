"""Mail that came back: delivery status notifications (RFC 3464), and which of them say that an address is no good.

Anybody may write such a message. It counts only where one of this computer's own mailings wrote to that address, and
the message that it brings back bears the Message-ID of that very letter.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.core.errors import UserError
from backend.lib.mail.addresses import Address, parse
from backend.lib.mail.ledger_file import connected

if TYPE_CHECKING:
    from imapclient import IMAPClient

LARGEST = 256 * 1024
AT_ONCE = 50
_STATUS = re.compile(r"\b([245])\.(\d{1,3})\.(\d{1,3})\b")
_MESSAGE_ID = re.compile(r"<[^<>\s]{3,200}>")


@dataclass(frozen=True)
class Bounce:
    """One recipient of one message that came back. `hard`: the address will never work (RFC 3463)."""

    address: Address
    status: str
    words: str
    message_id: str
    hard: bool


@dataclass(frozen=True)
class Place:
    """How far a folder has been read: its validity and the last message (RFC 9051, 2.3.1.1)."""

    validity: int = 0
    last: int = 0


def read(
    client: "IMAPClient", folder: str, since: Place, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Iterator[tuple[Place, list[Bounce]]]:
    """What came back since then: each message's bounces, and how far that is. The messages stay as they are, unread."""
    chosen = client.select_folder(folder, readonly=True)
    validity = int(chosen[b"UIDVALIDITY"])
    last = since.last if since.validity == validity else 0
    # `n:*` always includes the newest message, even where its number is below n.
    found: list[int] = client.search(f'UID {last + 1}:* HEADER Content-Type "multipart/report"')
    numbers = sorted(number for number in found if number > last)
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        bodies: dict[int, dict[bytes, Any]] = client.fetch(some, [f"BODY.PEEK[]<0.{LARGEST}>"])
        for place, number in enumerate(some, start + 1):
            raw = next((value for key, value in bodies.get(number, {}).items() if key.startswith(b"BODY[]")), b"")
            progress(place, len(numbers))
            yield Place(validity, number), bounces_in(raw)
    if not numbers:
        yield Place(validity, last), []


def bounces_in(raw: bytes) -> list[Bounce]:
    """The recipients that a message says it could not reach for good or for now; none for any other message."""
    message = message_from_bytes(raw, policy=compat32)
    if message.get_content_type() != "multipart/report":
        return []
    message_id = _returned(message)
    found: list[Bounce] = []
    for part in message.walk():
        if part.get_content_type() == "message/delivery-status":
            blocks = part.get_payload()
            found += (
                bounce
                for block in (blocks if isinstance(blocks, list) else [])
                if isinstance(block, Message) and (bounce := _bounce(block, message_id)) is not None
            )
    return found


def _returned(message: Message) -> str:
    """The Message-ID of the letter that came back."""
    for part in message.walk():
        if part.get_content_type() == "message/rfc822" and isinstance(inner := part.get_payload(), list) and inner:
            found = _MESSAGE_ID.search(str(inner[0].get("Message-ID", "")))  # type: ignore[union-attr]
        elif part.get_content_type() in {"text/rfc822-headers", "message/global-headers"}:
            text = part.get_payload(decode=True)
            head = message_from_bytes(text if isinstance(text, bytes) else b"", policy=compat32)
            found = _MESSAGE_ID.search(str(head.get("Message-ID", "")))
        else:
            continue
        if found:
            return found[0]
    return ""


def _bounce(block: Message, message_id: str) -> Bounce | None:
    if str(block.get("Action", "")).strip().lower() != "failed":
        return None
    named = str(block.get("Original-Recipient") or block.get("Final-Recipient") or "")
    status = _STATUS.search(str(block.get("Status", "")))
    try:
        address = parse(named.partition(";")[2].strip().strip("<>"), internal=True)
    except UserError:
        return None
    code = status[0] if status else ""
    words = " ".join(str(block.get("Diagnostic-Code", "")).partition(";")[2].split())[:300]
    return Bounce(address, code, words or code, message_id, is_hard(code))


def is_hard(status: str) -> bool:
    """Whether a status says that the address is bad or gone, and not that something else is the matter (RFC 3463).

    X.1.Y is about the address, but for X.1.7 and X.1.8, which are about the sender's; X.2.1 is a mailbox that is
    switched off; X.4.4 is a domain to which there is no way.
    """
    match = _STATUS.fullmatch(status)
    if match is None or match[1] != "5":
        return False
    subject, detail = int(match[2]), int(match[3])
    return (subject == 1 and detail not in (7, 8)) or (subject, detail) in {(2, 1), (4, 4)}


def ours(bounce: Bounce, ledgers: Iterable[Path]) -> bool:
    """Whether one of these mailings sent that very letter to that very address."""
    query = "SELECT 1 FROM recipient WHERE mailing = 'mailing' AND key = ? AND message_id = ?"
    for path in ledgers:
        with closing(connected(path)) as db:
            has_table = db.execute("SELECT 1 FROM sqlite_master WHERE name = 'recipient'").fetchone()
            if has_table and db.execute(query, (bounce.address.key, bounce.message_id)).fetchone():
                return bool(bounce.message_id)
    return False

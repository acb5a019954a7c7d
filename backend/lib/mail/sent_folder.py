"""Letters of which nobody knows whether they went out, looked for in the Sent folder of the account."""

from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel

from backend.core.errors import UserError
from backend.lib.mail.ledger import Ledger
from backend.lib.mail.ledger_file import LedgerView

if TYPE_CHECKING:
    from imapclient import IMAPClient

_SENT = b"\\Sent"
FOUND = "Found in the Sent folder."


class Looked(BaseModel):
    """How many letters were looked for, how many were found, and in which folder."""

    looked: int
    found: int
    folder: str


def look_for_unknown(ledger: Path, mailbox: "AbstractContextManager[IMAPClient]") -> Looked:
    """Takes unknown letters as sent whose Message-ID is in the Sent folder. That others are not proves nothing.

    Raises UserError where there is no such folder, ConflictError while the mailing is being sent.
    """
    unknown = {entry.id: entry.message_id for entry in LedgerView(ledger).lines(states=["unknown"]) if entry.message_id}
    with mailbox as client:
        folder = client.find_special_folder(_SENT)
        if not folder:
            raise UserError("imap.no_sent", "The mailbox has no Sent folder.", "Ask one of the recipients.")
        client.select_folder(folder, readonly=True)
        there = [number for number, sought in unknown.items() if client.search(f'HEADER Message-ID "{sought}"')]
    with Ledger(ledger) as book:
        found = book.take_as_sent(there, FOUND)
    return Looked(looked=len(unknown), found=found, folder=str(folder))

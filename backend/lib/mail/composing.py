"""From a recipient to his message: the letter filled in, his own files, his own link to unsubscribe."""

from collections.abc import Callable, Iterable
from pathlib import Path
from urllib.parse import quote

from backend.core.errors import UserError
from backend.lib.mail.attachments import OwnAttachments
from backend.lib.mail.ledger import Claim
from backend.lib.mail.ledger_file import Recipient
from backend.lib.mail.letters import CompiledLetter
from backend.lib.mail.mime import Envelope, Mailbox, Message

_ADDRESS = "{address}"


class Composer:
    """Makes messages. Thread-safe. In the unsubscribing addresses `{address}` stands for the recipient's own.

    `own_files` and `own_files_column` go together: the column (by its placeholder) names each recipient's files.
    """

    def __init__(
        self,
        envelope: Envelope,
        letter: CompiledLetter,
        *,
        own_files: OwnAttachments | None = None,
        own_files_column: str = "",
        unsubscribe_mailto: str = "",
        unsubscribe_url: str = "",
    ) -> None:
        self._envelope = envelope
        self._letter = letter
        self._own_files = own_files
        self._own_files_column = own_files_column
        self._unsubscribe_mailto = unsubscribe_mailto
        self._unsubscribe_url = unsubscribe_url

    def __call__(self, claim: Claim) -> Message:
        """The message; the same for the same claim whenever it is made. Raises UserError."""
        rendered = self._letter.fill(claim.row, claim.cells)
        files = str(claim.cells.get(self._own_files_column) or "") if self._own_files else ""
        return self._envelope.message(
            Mailbox(claim.name, claim.address),
            rendered.subject,
            rendered.text,
            rendered.html,
            message_id=claim.message_id,
            date=claim.date,
            unsubscribe_mailto=_of(claim, self._unsubscribe_mailto),
            unsubscribe_url=_of(claim, self._unsubscribe_url),
            attachments=self._own_files.parts(files) if self._own_files and files else (),
        )


def _of(claim: Claim, address: str) -> str:
    return address.replace(_ADDRESS, quote(claim.address.text, safe="")) if _ADDRESS in address else address


def practice_claim(number: int, recipient: Recipient, domain: str, moment: float) -> Claim:
    """A claim without a ledger: for a preview, a test to oneself, and a practice run."""
    message_id = f"<practice.{number}.{int(moment)}@{domain}>"
    return Claim(number, recipient.row, recipient.address, recipient.name, recipient.cells, 1, message_id, moment)


def practice_run(
    recipients: Iterable[Recipient],
    compose: Callable[[Claim], Message],
    folder: Path,
    *,
    domain: str,
    moment: float,
    checkpoint: Callable[[], None] = lambda: None,
    progress: Callable[[int], None] = lambda _done: None,
) -> int:
    """Writes each recipient's message into the folder as an .eml file instead of sending it; how many.

    The folder must be there and hold no letters. Recipients that are to be skipped get none. Raises UserError.
    """
    if any(folder.glob("*.eml")):
        raise UserError("mail.practice", f"There are letters in the folder “{folder}” already.", "Choose another one.")
    written = 0
    for recipient in recipients:
        checkpoint()
        if recipient.skip:
            continue
        message = compose(practice_claim(written + 1, recipient, domain, moment))
        try:
            (folder / _file_name(written + 1, recipient)).write_bytes(message.as_bytes())
        except OSError as error:
            raise UserError(
                "mail.practice", f"A message cannot be written to “{folder}”: {error.strerror or error}.", "Make room."
            ) from error
        written += 1
        progress(written)
    return written


def _file_name(number: int, recipient: Recipient) -> str:
    safe = "".join(letter if letter.isalnum() or letter in "@.-_+" else "_" for letter in recipient.address.text)
    return f"{number:06d} {safe[:100]}.eml"

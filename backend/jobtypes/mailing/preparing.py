"""A mailing's list and letter, read and looked at, before anything is sent."""

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from backend.core.errors import UserError
from backend.jobtypes.mailing import MailingParams
from backend.jobtypes.mailing.again import only_refused
from backend.jobtypes.mailing.reading import place_of, read_rows
from backend.lib.accounts.kinds.mail import MailSettings
from backend.lib.mail.addresses import Address, Finding, check_list, parse
from backend.lib.mail.attachments import OwnAttachments, read_part
from backend.lib.mail.columns import slugs, to_slugs
from backend.lib.mail.composing import Composer
from backend.lib.mail.ledger_file import Recipient
from backend.lib.mail.letters import Cell, CompiledLetter, Letter
from backend.lib.mail.markup import clean
from backend.lib.mail.mime import Envelope, FilePart, Mailbox
from backend.lib.mail.pictures import embed
from backend.store import suppressed
from backend.store.record import record

LARGEST = 25 << 20


@dataclass(frozen=True)
class Prepared:
    """A list and a letter that have been looked at; `names` are the placeholders, `pictures` and `files` for all.

    `shown_as` says which file of this computer each picture is; `own_column` is the placeholder for own files.
    """

    letter: Letter
    names: dict[str, str]
    recipients: list[Recipient]
    findings: tuple[Finding, ...]
    pictures: list[FilePart] = field(default_factory=list[FilePart])
    shown_as: Mapping[str, str] = field(default_factory=dict[str, str])
    files: list[Path] = field(default_factory=list[Path])
    own_files: OwnAttachments | None = None
    own_column: str = ""
    suppressed: list[Recipient] = field(default_factory=list[Recipient])
    """Whoever must get no mail; the ledger says so."""

    def rows(self, start: int = 0) -> list[tuple[int, dict[str, Cell]]]:
        """The rows that get a letter, from a place on, as they are filled in."""
        return [(one.row, dict(one.cells)) for one in self.recipients[start:]]

    def own_cell(self, recipient: Recipient) -> str:
        """The names of a recipient's own files, as they stand in the list."""
        return str(recipient.cells.get(self.own_column) or "") if self.own_files else ""


def prepare(
    params: MailingParams, settings: MailSettings, scratch: Path, poll: Callable[[], None] = lambda: None, job: int = 0
) -> Prepared:
    """Reads and checks the list, the letter, and the files that go with it. Raises UserError.

    Of those whom an earlier mailing refused, where that is asked for, those count that no other job than `job` has.
    """
    columns, rows = read_rows(params.file, params.table, scratch, poll)
    address_at = place_of(params.address_column, columns, "address_column")
    name_at = place_of(params.name_column, columns, "name_column") if params.name_column else -1
    names = slugs(columns)
    checked = check_list(
        ((number, row[address_at]) for number, row in rows),
        suppressed=suppressed.keys(record()),
        internal=settings.internal,
        checkpoint=poll,
    )
    people = dict(rows)

    def recipient(number: int, address: Address, skip: str = "") -> Recipient:
        cells = people[number]
        name = cells[name_at] if name_at >= 0 else ""
        return Recipient(number, address, name, dict(zip(names, cells, strict=False)), skip)

    recipients = [recipient(number, address) for number, address in checked.good]
    left_out = [
        recipient(one.row, parse(one.address, internal=settings.internal), one.sentence)
        for one in checked.findings
        if one.kind == "suppressed"
    ]
    if params.again_of:
        recipients, left_out = only_refused(recipients, params.again_of, job), []
    letter, pictures, shown_as = _letter(params, names)
    own_column = ""
    if params.own_files:
        own_column = list(names)[place_of(params.own_column, columns, "own_column")]
    return Prepared(
        letter,
        names,
        recipients,
        checked.findings,
        pictures,
        shown_as,
        list(params.attachments),
        OwnAttachments(_own_folder(params), largest=LARGEST) if params.own_files else None,
        own_column,
        left_out,
    )


def check_files(found: Prepared, poll: Callable[[], None] = lambda: None) -> None:
    """Reads the files for all, and looks whether each recipient's own are there. Raises UserError."""
    for path in found.files:
        _for_all(path)
    if not found.own_files:
        return
    for one in found.recipients:
        poll()
        try:
            found.own_files.check(found.own_cell(one))
        except UserError as error:
            sentence = f"Row {one.row} of the list: {error.message}"
            hint = "Correct the row or the folder. No message has been sent."
            raise UserError("mail.attachment", sentence, hint, fields={"own_column": sentence}) from error


@contextmanager
def at_the_letter(params: MailingParams) -> Generator[None, None, None]:
    """Puts what is wrong with either part of the letter at the field in which it is written."""
    written, derived = ("html", "text") if params.format == "rich" else ("text", "html")
    try:
        yield
    except UserError as error:
        if derived in error.fields:
            error.fields = {written: error.fields[derived]}
        raise


def sender_of(settings: MailSettings) -> Address:
    """The address that the letters come from."""
    return parse(settings.address, internal=True)


def composer_of(found: Prepared, settings: MailSettings, answers_to: str) -> Composer:
    """What makes the messages; only for rows that `rendering` has filled in before.

    Answers go to `answers_to`, or where the account says.
    """
    answers_to = answers_to or settings.reply_to
    reply_to = Mailbox("", parse(answers_to, internal=True)) if answers_to else None
    sender = Mailbox(settings.name, sender_of(settings))
    return Composer(
        Envelope(
            sender, reply_to=reply_to, pictures=found.pictures, attachments=[_for_all(path) for path in found.files]
        ),
        CompiledLetter(found.letter, found.names),
        own_files=found.own_files,
        own_files_column=found.own_column,
        unsubscribe_mailto=settings.unsubscribe_mailto or settings.address,
        unsubscribe_url=settings.unsubscribe_url,
    )


def _letter(params: MailingParams, names: Mapping[str, str]) -> tuple[Letter, list[FilePart], dict[str, str]]:
    subject = to_slugs(params.subject, names)
    written = params.html if params.format == "rich" else params.text
    if not written.strip():
        part = "html" if params.format == "rich" else "text"
        sentence = "There is no letter yet."
        raise UserError("mail.letter", sentence, "Write it, then try again.", fields={part: sentence})
    if params.format == "plain":
        return Letter(subject, to_slugs(params.text, names)), [], {}
    html, pictures, shown_as = embed(to_slugs(clean(params.html), names))
    return Letter(subject, html=html), pictures, shown_as


def _for_all(path: Path) -> FilePart:
    try:
        return read_part(path, largest=LARGEST)
    except UserError as error:
        raise UserError(error.code, error.message, error.hint, fields={"attachments": error.message}) from error


def _own_folder(params: MailingParams) -> Path:
    folder = params.own_folder
    if folder is None or not folder.is_dir():
        sentence = "This folder is not there." if folder else "Please choose a folder."
        raise UserError("mail.attachment", sentence, "Choose another one.", fields={"own_folder": sentence})
    return folder

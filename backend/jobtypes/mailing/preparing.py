"""A mailing's list and letter, read and looked at, before anything is sent."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from backend.jobtypes.mailing import MailingParams
from backend.jobtypes.mailing.reading import place_of, read_rows
from backend.lib.accounts.kinds.mail import MailSettings
from backend.lib.mail.addresses import Address, Finding, check_list, parse
from backend.lib.mail.columns import slugs, to_slugs
from backend.lib.mail.composing import Composer
from backend.lib.mail.ledger_file import Recipient
from backend.lib.mail.letters import Cell, CompiledLetter, Letter
from backend.lib.mail.mime import Envelope, Mailbox


@dataclass(frozen=True)
class Prepared:
    """A list and a letter that have been looked at; `names` are the placeholders."""

    letter: Letter
    names: dict[str, str]
    recipients: list[Recipient]
    findings: tuple[Finding, ...]

    def rows(self, start: int = 0) -> list[tuple[int, "dict[str, Cell]"]]:
        """The rows that get a letter, from a place on, as they are filled in."""
        return [(one.row, dict(one.cells)) for one in self.recipients[start:]]


def prepare(
    params: MailingParams, settings: MailSettings, scratch: Path, poll: Callable[[], None] = lambda: None
) -> Prepared:
    """Reads and checks the list. Raises UserError."""
    columns, rows = read_rows(params.file, params.table, scratch, poll)
    address_at = place_of(params.address_column, columns, "address_column")
    name_at = place_of(params.name_column, columns, "name_column") if params.name_column else -1
    names = slugs(columns)
    checked = check_list(
        ((number, row[address_at]) for number, row in rows), internal=settings.internal, checkpoint=poll
    )
    people = dict(rows)
    recipients = [
        Recipient(
            number,
            address,
            people[number][name_at] if name_at >= 0 else "",
            dict(zip(names, people[number], strict=False)),
        )
        for number, address in checked.good
    ]
    letter = Letter(to_slugs(params.subject, names), to_slugs(params.text, names))
    return Prepared(letter, names, recipients, checked.findings)


def sender_of(settings: MailSettings) -> Address:
    """The address that the letters come from."""
    return parse(settings.address, internal=True)


def composer_of(found: Prepared, settings: MailSettings, answers_to: str) -> Composer:
    """What makes the messages; only for rows that `rendering` has filled in before.

    Answers go to `answers_to`, or where the account says.
    """
    answers_to = answers_to or settings.reply_to
    reply_to = Mailbox("", parse(answers_to, internal=True)) if answers_to else None
    return Composer(
        Envelope(Mailbox(settings.name, sender_of(settings)), reply_to=reply_to),
        CompiledLetter(found.letter, found.names),
        unsubscribe_mailto=settings.unsubscribe_mailto or settings.address,
        unsubscribe_url=settings.unsubscribe_url,
    )

"""What a mailing would do, and doing it: the list checked, every row filled in, then the sender with its ledger."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from backend.core.views import Fact, PreviewTable, Rehearsal
from backend.jobtypes.contract import JobContext, Outcome
from backend.jobtypes.mailing import MailingParams
from backend.jobtypes.mailing.reading import place_of, read_rows
from backend.lib.accounts.kinds.mail import MailSettings, connect
from backend.lib.accounts.opening import open_account
from backend.lib.mail.addresses import Address, Finding, check_list, parse
from backend.lib.mail.columns import slugs, to_slugs
from backend.lib.mail.composing import Composer
from backend.lib.mail.ledger import Ledger
from backend.lib.mail.ledger_file import Recipient
from backend.lib.mail.letters import CompiledLetter, Letter
from backend.lib.mail.mime import Envelope, Mailbox
from backend.lib.mail.pace import Pace
from backend.lib.mail.rendering import check_rows, render_rows
from backend.lib.mail.sender import Plan, Sender
from backend.lib.results import check_folder, file_name

SHOWN = 10


@dataclass(frozen=True)
class Prepared:
    """A list and a letter that have been looked at; `names` are the placeholders."""

    letter: Letter
    names: dict[str, str]
    recipients: list[Recipient]
    findings: tuple[Finding, ...]


def prepare(params: MailingParams, settings: MailSettings, scratch: Path, poll: Callable[[], None]) -> Prepared:
    """Reads and checks the list. Raises UserError."""
    columns, rows = read_rows(params.file, params.table, scratch, poll)
    address_at = place_of(params.address_column, columns, "address_column")
    name_at = place_of(params.name_column, columns, "name_column") if params.name_column else -1
    names = slugs(columns)
    cells = {number: dict(zip(names, row, strict=False)) for number, row in rows}
    checked = check_list(
        ((number, row[address_at]) for number, row in rows), internal=settings.internal, checkpoint=poll
    )
    people = dict(rows)
    recipients = [
        Recipient(number, address, people[number][name_at] if name_at >= 0 else "", cells[number])
        for number, address in checked.good
    ]
    letter = Letter(to_slugs(params.subject, names), to_slugs(params.text, names))
    return Prepared(letter, names, recipients, checked.findings)


def rehearse(params: MailingParams) -> Rehearsal:
    """How many get the letter, who does not and why, and the first letter. Sends nothing."""
    settings = open_account(params.account, "mail", MailSettings).settings
    check_folder(params.folder)
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        found = prepare(params, settings, Path(scratch), lambda: None)
    rows = [(one.row, one.cells) for one in found.recipients]
    rendering = render_rows(found.letter, found.names, rows)
    filled = [rendered for _, rendered in islice(rendering, 1)]
    rendering.close()
    facts = [Fact(label="From", value=f"{settings.name} <{settings.address}>".strip())]
    for first in filled:
        to = found.recipients[0].address.text
        facts += [Fact(label="First to", value=to), Fact(label="Subject", value=first.subject)]
        facts.append(Fact(label="Letter", value=first.text))
    tables = [
        PreviewTable(
            title="Rows that get no letter",
            columns=["Row", "Address", "Why"],
            rows=[[str(one.row), one.address, one.sentence] for one in found.findings[:SHOWN]],
            note=f"The first {SHOWN} of {len(found.findings):,}" if len(found.findings) > SHOWN else "",
        )
    ]
    return Rehearsal(
        headline=f"{_letters(len(found.recipients))} would go out.",
        facts=facts,
        warnings=[f"{len(found.findings):,} rows get no letter."] if found.findings else [],
        tables=tables if found.findings else [],
    )


def run(params: MailingParams, ctx: JobContext) -> Outcome:
    """Sends to all that have not got it yet; a later attempt goes on where an earlier one ended."""
    account = open_account(params.account, "mail", MailSettings)
    settings = account.settings
    check_folder(params.folder)
    sender: Address = parse(settings.address, internal=True)
    ctx.progress(0, None, "messages", "Checking the list")
    found = prepare(params, settings, ctx.scratch, ctx.checkpoint)
    check_rows(found.letter, found.names, ((one.row, one.cells) for one in found.recipients), checkpoint=ctx.checkpoint)
    reply_to = Mailbox("", parse(settings.reply_to, internal=True)) if settings.reply_to else None
    composer = Composer(
        Envelope(Mailbox(settings.name, sender), reply_to=reply_to),
        CompiledLetter(found.letter, found.names),
        unsubscribe_mailto=settings.unsubscribe_mailto or settings.address,
        unsubscribe_url=settings.unsubscribe_url,
    )
    pace = Pace(settings.per_minute, settings.per_hour, settings.per_day)
    with Ledger(ctx.keep / "ledger.sqlite3") as ledger:
        ledger.prepare(found.recipients, sender.envelope.rpartition("@")[2])
        plan = Plan(connections=settings.connections, pace=pace)
        counts = Sender(ledger, composer, sender, lambda: connect(account), plan, ctx).run()
    for finding in found.findings:
        ctx.log(f"Row {finding.row} gets no letter: {finding.sentence}", "warning")
    if found.findings:
        ctx.warn(f"{len(found.findings):,} rows of the list got no letter; the log says which.")
    if counts["refused"]:
        ctx.warn(f"{_letters(counts['refused'])} were refused by the mail server.")
    if counts["unknown"]:
        ctx.warn(f"Of {_letters(counts['unknown'])} nobody knows whether they arrived; look into your Sent folder.")
    with ctx.artifact(params.folder / file_name(f"{params.subject} ledger", "csv"), "Who has got the letter") as part:
        ledger.view.export_csv(part)
    return Outcome(
        summary=f"{_letters(counts['sent'])} sent.", facts={state: count for state, count in counts.items() if count}
    )


def _letters(count: int) -> str:
    return f"{count:,} letter{'' if count == 1 else 's'}"

"""What a mailing would do: who gets a letter and who does not, each letter as it will look, and one for a try."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from backend.core.errors import NeedsUserError, UserError
from backend.core.views import Fact, LetterFile, LetterPage, Rehearsal
from backend.core.views import Letter as LetterShown
from backend.jobtypes.mailing import MailingParams
from backend.jobtypes.mailing.findings import tables_of, warnings_of
from backend.jobtypes.mailing.pacing import log_of, pace_of
from backend.jobtypes.mailing.preparing import Prepared, at_the_letter, check_files, composer_of, prepare, sender_of
from backend.jobtypes.mailing.wording import letters, mailbox, span
from backend.lib.accounts.kinds.mail import MailSettings, connect
from backend.lib.accounts.opening import Opened, open_account
from backend.lib.mail.composing import practice_claim
from backend.lib.mail.ledger_file import Recipient
from backend.lib.mail.pace import moment_words
from backend.lib.mail.pictures import show
from backend.lib.mail.rendering import render_rows
from backend.lib.mail.smtp import Post
from backend.lib.results import check_folder

PAGE = 20
TRIED_SECONDS = 3.0


def rehearse(params: MailingParams) -> Rehearsal:
    """How many get the letter, who does not and why, and the first letters. Sends nothing.

    As many rows as can be in a few seconds are filled in; the first that cannot be is raised, as the job would.
    """
    settings = _opened(params).settings
    check_folder(params.folder)
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        found = prepare(params, settings, Path(scratch))
    check_files(found)
    with at_the_letter(params):
        filled = _tried(found)
    count = len(found.recipients)
    facts = _when(params, settings, count)
    if params.again_of:
        to_whom = f"Only those whom mailing #{params.again_of} could not reach, and no later one was to reach"
        facts.insert(0, Fact(label="To", value=to_whom))
    if filled < count:
        facts.append(Fact(label="Filled in so far", value=f"The first {filled:,}; all are before the first one goes."))
    practice = params.mode == "practice"
    return Rehearsal(
        headline=f"{letters(count)} would {'be written as files; nothing is sent' if practice else 'go out'}.",
        facts=facts,
        warnings=warnings_of(found),
        tables=tables_of(found),
        letters=_page(found, settings, list(range(count)), 0),
    )


def _when(params: MailingParams, settings: MailSettings, count: int) -> list[Fact]:
    """How long the pace makes it, where there is one."""
    pace = pace_of(params, settings)
    if params.mode == "practice":
        return []
    facts: list[Fact] = []
    if seconds := pace.at_least(count):
        facts.append(Fact(label="Takes at least", value=span(seconds)))
    opens = pace.opens(now := time.time())
    if opens > now:
        facts.append(Fact(label="Begins", value=moment_words(opens, now)))
    return facts


def look(params: MailingParams, first: int, search: str) -> LetterPage:
    """Some letters as their recipients will see them, out of those whose row holds the text."""
    settings = _opened(params).settings
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        found = prepare(params, settings, Path(scratch))
    wanted = search.strip().casefold()
    places = [place for place, one in enumerate(found.recipients) if not wanted or _holds(one, wanted)]
    return _page(found, settings, places, first)


def to_myself(params: MailingParams, place: int) -> str:
    """Sends one letter to the account's own address instead of its recipient; no ledger hears of it."""
    account = _opened(params)
    settings = account.settings
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        found = prepare(params, settings, Path(scratch))
    if place >= len(found.recipients):
        raise UserError("mail.place", "That letter is not there any more.", "The list has changed; look at it again.")
    meant, sender = found.recipients[place], sender_of(settings)
    for _ in islice(render_rows(found.letter, found.names, [(meant.row, meant.cells)]), 1):
        pass
    mine = replace(meant, address=sender, name=settings.name)
    claim = practice_claim(place + 1, mine, sender.envelope.rpartition("@")[2], time.time())
    message = composer_of(found, settings, params.reply_to)(claim)
    link = connect(account, timeout=15.0)
    try:
        delivery = link.deliver(Post(sender, sender, message), lambda: None)
    finally:
        link.leave()
    log_of(settings).add(time.time())
    if delivery.meaning != "sent":
        raise UserError(
            "mail.test_letter",
            f"The mail server did not take the letter to {sender.text}: {delivery.words}",
            "Look at the account's settings, or try again later.",
        )
    return f"Sent to {sender.text}, as {meant.address.text} (row {meant.row}) would get it. Nobody else got anything."


def _opened(params: MailingParams) -> Opened[MailSettings]:
    try:
        return open_account(params.account, "mail", MailSettings)
    except NeedsUserError as error:
        raise UserError(error.code, error.message, error.hint, fields={"account": error.message}) from error


def _tried(found: Prepared) -> int:
    """Fills in rows until time is up; how many. Raises RowProblem."""
    until, count = time.monotonic() + TRIED_SECONDS, 0
    with closing(render_rows(found.letter, found.names, found.rows())) as filled:
        for _ in filled:
            count += 1
            if time.monotonic() > until:
                break
    return count


def _holds(one: Recipient, wanted: str) -> bool:
    cells = (one.address.text, one.name, str(one.row), *map(str, one.cells.values()))
    return any(wanted in cell.casefold() for cell in cells)


def _page(found: Prepared, settings: MailSettings, places: list[int], first: int) -> LetterPage:
    return LetterPage(
        found=len(places), first=first, letters=list(_shown(found, settings, places[first : first + PAGE]))
    )


def _shown(found: Prepared, settings: MailSettings, places: list[int]) -> Iterator[LetterShown]:
    """The letters at these places, up to the first that cannot be written."""
    people = [found.recipients[place] for place in places]
    sender = mailbox(settings.name, settings.address)
    blank = [
        LetterShown(place=place, row=one.row, sender=sender, to=mailbox(one.name, one.address.text))
        for place, one in zip(places, people, strict=True)
    ]
    for_all = [LetterFile(name=path.name, size=path.stat().st_size) for path in found.files if path.exists()]
    done = 0
    try:
        for _, filled in render_rows(found.letter, found.names, ((one.row, one.cells) for one in people)):
            files = for_all + _own(found, people[done])
            html = show(filled.html, found.shown_as)
            parts = {"subject": filled.subject, "text": filled.text, "html": html, "files": files}
            yield blank[done].model_copy(update=parts)
            done += 1
    except UserError as problem:
        yield blank[done].model_copy(update={"problem": problem.message})


def _own(found: Prepared, recipient: Recipient) -> list[LetterFile]:
    """The recipient's own files. Raises UserError."""
    if not found.own_files:
        return []
    return [LetterFile(name=name, size=size) for name, size in found.own_files.check(found.own_cell(recipient))]

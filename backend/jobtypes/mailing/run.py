"""Doing a mailing: the list checked, every row filled in, then the sender with its ledger, or files for practice."""

import time

from backend.jobtypes.contract import JobContext, Outcome
from backend.jobtypes.mailing import MailingParams
from backend.jobtypes.mailing.again import take_on
from backend.jobtypes.mailing.pacing import log_of, plan_of
from backend.jobtypes.mailing.practising import practice_folder, practise
from backend.jobtypes.mailing.preparing import Prepared, at_the_letter, check_files, composer_of, prepare, sender_of
from backend.jobtypes.mailing.wording import letters, subject_for_all
from backend.lib.accounts.kinds.mail import MailSettings, connect
from backend.lib.accounts.opening import Opened, open_account
from backend.lib.mail.exporting import export
from backend.lib.mail.ledger import Ledger
from backend.lib.mail.ledger_file import State
from backend.lib.mail.rendering import check_rows
from backend.lib.mail.sender import Sender
from backend.lib.mail.suppression import heeding
from backend.lib.results import check_folder, file_name
from backend.store import suppressed
from backend.store.record import record


def run(params: MailingParams, ctx: JobContext) -> Outcome:
    """Sends to all that have not got it yet; a later attempt goes on where an earlier one ended."""
    account = open_account(params.account, "mail", MailSettings)
    check_folder(params.folder)
    ctx.progress(0, None, "letters", "Checking the list")
    wanted = take_on(params.again_of, ctx.job_id) if params.again_of and params.mode == "send" else frozenset[str]()
    found = prepare(params, account.settings, ctx.scratch, ctx.checkpoint, ctx.job_id)
    if missing := wanted - {one.address.key for one in found.recipients}:
        ctx.warn(f"Of those who were refused, these are not on the list any more: {', '.join(sorted(missing)[:20])}.")
    ctx.progress(0, len(found.recipients), "letters", "Filling in every letter before the first one goes")
    check_files(found, ctx.checkpoint)
    with at_the_letter(params):
        check_rows(found.letter, found.names, found.rows(), checkpoint=ctx.checkpoint)
    done = _practise(params, account, found, ctx) if params.mode == "practice" else _send(params, account, found, ctx)
    for finding in found.findings:
        ctx.log(f"Row {finding.row} gets no letter: {finding.sentence}", "warning")
    if found.findings:
        ctx.warn(f"{len(found.findings):,} rows of the list got no letter; the log says which.")
    return done


def _practise(params: MailingParams, account: Opened[MailSettings], found: Prepared, ctx: JobContext) -> Outcome:
    domain = sender_of(account.settings).envelope.rpartition("@")[2]
    compose = composer_of(found, account.settings, params.reply_to)
    folder = practice_folder(params.folder, subject_for_all(params.subject), ctx.keep / "practice.json")
    practise(found.recipients, compose, folder, domain, ctx)
    count = letters(len(found.recipients))
    return Outcome(
        summary=f"Practice run: {count} written into “{folder}”. Nothing was sent.",
        facts={"written": len(found.recipients)},
    )


def _send(params: MailingParams, account: Opened[MailSettings], found: Prepared, ctx: JobContext) -> Outcome:
    settings = account.settings
    sender = sender_of(settings)
    log = log_of(settings)
    log.thin(time.time())
    with Ledger(ctx.keep / "ledger.sqlite3") as ledger:
        ledger.prepare(
            sorted(found.recipients + found.suppressed, key=lambda one: one.row), sender.envelope.rpartition("@")[2]
        )
        compose, plan = composer_of(found, settings, params.reply_to), plan_of(params, settings)
        compose = heeding(compose, suppressed.keys(record()))
        waits = found.own_files is not None
        counts = Sender(ledger, compose, sender, lambda: connect(account), plan, ctx, log, compose_aside=waits).run()
    _warn_of(counts, ctx)
    name = file_name(f"{subject_for_all(params.subject)} ledger", "csv")
    with ctx.artifact(params.folder / name, "Who has got the letter") as part:
        export(ledger.view, part)
    return Outcome(
        summary=f"{letters(counts['sent'])} sent.", facts={state: count for state, count in counts.items() if count}
    )


def _warn_of(counts: dict[State, int], ctx: JobContext) -> None:
    if counts["refused"]:
        ctx.warn(f"{letters(counts['refused'])} were refused by the mail server.")
    if counts["unknown"]:
        ctx.warn(f"Of {letters(counts['unknown'])} nobody knows whether they arrived; look into your Sent folder.")

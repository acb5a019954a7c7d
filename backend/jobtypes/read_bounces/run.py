"""Reading returned mail: whose address it says is no good, and that address put on the list."""

import itertools
from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel

from backend.core.paths import DataPaths
from backend.core.settings import settings
from backend.core.views import Fact, PreviewTable, Rehearsal
from backend.jobtypes.contract import JobContext, Outcome
from backend.jobtypes.read_bounces import ReadBouncesParams
from backend.lib.accounts.kinds.mail import MailSettings, mailbox
from backend.lib.accounts.opening import open_account
from backend.lib.mail import bounces
from backend.lib.mail.bounces import Bounce, Place
from backend.lib.mail.ledger_file import LEDGER_NAME
from backend.store import suppressed
from backend.store.record import get_option, record, set_option

SHOWN = 50


class _Read(BaseModel):
    """How far a folder has been read."""

    validity: int = 0
    last: int = 0


def _option(params: ReadBouncesParams) -> str:
    return f"bounces:{params.account}:{params.folder}"


def _ledgers() -> list[Path]:
    """Those of all mailings, newest first."""
    found = (DataPaths(settings().data_dir).root / "jobs").glob(f"*/*/{LEDGER_NAME}")
    return sorted(found, key=lambda path: int(path.parent.name), reverse=True)


def _since(params: ReadBouncesParams) -> Place:
    with record().read() as connection:
        known = _Read.model_validate(get_option(connection, _option(params), {}))
    return Place(known.validity, known.last)


def _note(params: ReadBouncesParams, place: Place) -> None:
    with record().write() as connection:
        set_option(connection, _option(params), {"validity": place.validity, "last": place.last})


def _concerning_us(found: list[Bounce], ledgers: list[Path]) -> Iterator[Bounce]:
    return (bounce for bounce in found if bounce.hard and bounces.ours(bounce, ledgers))


def rehearse(params: ReadBouncesParams) -> Rehearsal:
    """Whose address would be put on the list. Changes nothing, in the mailbox neither."""
    account = open_account(params.account, "mail", MailSettings)
    ledgers = _ledgers()
    with mailbox(account) as client:
        pages = bounces.read(client, params.folder, _since(params))
        concerned = itertools.chain.from_iterable(_concerning_us(found, ledgers) for _, found in pages)
        known = suppressed.keys(record())
        new = {bounce.address.key: bounce for bounce in concerned if bounce.address.key not in known}
    table = PreviewTable(
        title="Addresses that do not exist any more",
        columns=["Address", "What their server said"],
        rows=[[bounce.address.text, bounce.words] for bounce in list(new.values())[:SHOWN]],
        note=f"The first {SHOWN} of {len(new):,}" if len(new) > SHOWN else "",
    )
    return Rehearsal(
        headline=f"{_addresses(len(new))} would be put on the list of those who get no mail.",
        facts=[Fact(label="Folder", value=params.folder)],
        tables=[table] if new else [],
    )


def run(params: ReadBouncesParams, ctx: JobContext) -> Outcome:
    """Puts addresses on the list whose servers said that they are no good, in answer to a letter of ours."""
    account = open_account(params.account, "mail", MailSettings)
    ledgers, added, read = _ledgers(), 0, 0
    with mailbox(account) as client:
        pages = bounces.read(
            client, params.folder, _since(params), lambda done, total: ctx.progress(done, total, "messages")
        )
        for place, found in pages:
            ctx.checkpoint()
            read += bool(found)
            for bounce in _concerning_us(found, ledgers):
                reason = f"Came back: {bounce.words}"[:200]
                if suppressed.add(record(), [(bounce.address.key, bounce.address.text)], reason):
                    added += 1
                    ctx.log(f"{bounce.address.text} gets no mail any more: {bounce.words}")
            _note(params, place)
    return Outcome(
        summary=f"{_addresses(added)} put on the list of those who get no mail.",
        facts={"messages": read, "addresses": added},
    )


def _addresses(count: int) -> str:
    return f"{count:,} address{'' if count == 1 else 'es'}"

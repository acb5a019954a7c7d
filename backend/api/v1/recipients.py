"""The recipients of a mailing: who has got the letter, who has not, and why."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from backend.api.asking import ask
from backend.api.state import ApiState, State
from backend.core.errors import NotFoundError, UserError
from backend.core.paths import DataPaths
from backend.core.states import TERMINAL
from backend.core.views import JobDetail
from backend.lib.mail import ledger_file
from backend.lib.mail.ledger import Ledger
from backend.lib.mail.ledger_file import LEDGER_NAME, Entry, LedgerView
from backend.lib.mail.sent_folder import Looked
from backend.queue import control
from backend.store.jobs import get_detail

router = APIRouter(prefix="/jobs/{job_id}/recipients", tags=["recipients"])


class RecipientView(BaseModel):
    """One recipient; `row` is that of the list, `words` are the server's last answer or the reason."""

    id: int
    row: int
    address: str
    name: str
    state: ledger_file.State
    tries: int
    changed_at: datetime | None
    words: str


class RecipientPage(BaseModel):
    """A page of recipients in the order of the list; `total` counts all that match, `counts` all there are.

    Without `count` in the question, both are left out (0 and empty).
    """

    items: list[RecipientView]
    next_cursor: int | None = Field(description="The last recipient of this page, if there may be more.")
    total: int
    counts: dict[ledger_file.State, int]


class ExportWish(BaseModel):
    """Where to, as a path of this computer that ends in `.csv` or `.xlsx`; and which recipients, as in the list."""

    target: Path
    state: list[ledger_file.State] = []
    search: str = Field(default="", max_length=200)


class Exported(BaseModel):
    """How many recipients were written."""

    count: int


class Decision(BaseModel):
    """What is to become of recipients of whom nobody knows whether they got the letter; without `ids`, of all those.

    `send_again`: they get it (once more), when the job runs again, which it does at once. `sent`: they have got it.
    """

    what: Literal["send_again", "sent"]
    ids: list[int] | None = Field(default=None, max_length=100_000)


class Decided(BaseModel):
    """How many recipients it was decided about."""

    count: int


def ledger_path(paths: DataPaths, job_id: int) -> Path:
    """Where the ledger of a job lies, if it has one."""
    return paths.job(job_id) / LEDGER_NAME


def existing_ledger(parts: ApiState, job_id: int) -> Path:
    """The ledger of a job. Raises NotFoundError for one that has none (yet)."""
    path = ledger_path(parts.paths, job_id)
    if not path.exists():
        raise NotFoundError(
            "recipients.none", "This job has no list of recipients (yet).", "A mailing makes it when it starts."
        )
    return path


@router.get("")
def listing(
    job_id: int,
    parts: State,
    state: Annotated[list[ledger_file.State] | None, Query()] = None,
    search: Annotated[str, Query(max_length=200)] = "",
    cursor: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
    count: bool = True,
) -> RecipientPage:
    """A page of the recipients of a mailing, also while it is being sent; `search` looks at address, name and words."""
    view = LedgerView(existing_ledger(parts, job_id))
    page = view.page(search=search, states=state or (), after=cursor, limit=limit, count=count)
    following = page.entries[-1].id if len(page.entries) == limit else None
    items = [_view(entry) for entry in page.entries]
    return RecipientPage(items=items, next_cursor=following, total=page.total, counts=page.counts)


@router.post("/export")
async def export(job_id: int, wish: ExportWish, parts: State) -> Exported:
    """Writes the recipients to a file, CSV or Excel; worked out in the worker."""
    ledger = existing_ledger(parts, job_id)
    if not wish.target.is_absolute():
        raise UserError("export.place", "Say where the file is to go.", "Give a whole path.")
    question = {"ledger": str(ledger), "target": str(wish.target), "search": wish.search, "states": wish.state}
    return Exported(count=await ask(parts, "ledger", "mailing", "", question))


@router.post("/decision")
def decide(job_id: int, decision: Decision, parts: State) -> Decided:
    """Settles recipients of whom nobody knows whether they got the letter. 409 while the mailing is being sent."""
    with Ledger(existing_ledger(parts, job_id)) as ledger:
        unknown = {entry.id for entry in ledger.view.lines(states=["unknown"])}
        ids = unknown if decision.ids is None else unknown & set(decision.ids)
        if decision.what == "send_again":
            count = ledger.send_again(ids)
        else:
            count = ledger.take_as_sent(ids, "Taken as sent by decision of the user.")
    if decision.what == "send_again" and count:
        _run_again(parts, job_id)
    return Decided(count=count)


@router.post("/sent-folder")
async def look_in_sent_folder(job_id: int, parts: State) -> Looked:
    """Looks for letters of which nobody knows in the account's Sent folder; those that are there count as sent."""
    ledger = existing_ledger(parts, job_id)
    account = (await asyncio.to_thread(_detail, parts, job_id)).params.get("account")
    if not isinstance(account, int):
        raise NotFoundError("recipients.no_account", "This job has no mail account.")
    question = {"ledger": str(ledger), "account": account}
    return Looked.model_validate(await ask(parts, "sent folder", "mailing", "", question))


def _detail(parts: ApiState, job_id: int) -> JobDetail:
    with parts.record.read() as connection:
        return get_detail(connection, job_id)


def _run_again(parts: ApiState, job_id: int) -> None:
    """Puts the job in line, unless it will run anyway."""
    if _detail(parts, job_id).state in TERMINAL:
        parts.all_changed(control.retry(parts.record, job_id))


def _view(entry: Entry) -> RecipientView:
    return RecipientView(
        id=entry.id,
        row=entry.row,
        address=entry.address,
        name=entry.name,
        state=entry.state,
        tries=entry.tries,
        changed_at=datetime.fromtimestamp(entry.changed, UTC) if entry.changed else None,
        words=entry.words,
    )

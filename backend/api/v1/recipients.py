"""The recipients of a mailing: who has got the letter, who has not, and why."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from backend.api.state import ApiState, State
from backend.core.errors import NotFoundError
from backend.core.paths import DataPaths
from backend.lib.mail import ledger_file
from backend.lib.mail.ledger_file import LEDGER_NAME, Entry, LedgerView

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

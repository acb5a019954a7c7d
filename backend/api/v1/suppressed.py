"""Those who get no mail from Deskhand, whatever list they are on."""

from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from backend.api.asking import ask
from backend.api.state import State
from backend.core.errors import UserError
from backend.lib.mail import suppression
from backend.lib.mail.suppression import Added
from backend.store import suppressed
from backend.store.suppressed import Suppressed

router = APIRouter(prefix="/suppressed", tags=["suppressed"])


class SuppressedPage(BaseModel):
    """A page in the order of addresses; `total` counts all that match."""

    items: list[Suppressed]
    next_cursor: str | None
    total: int


class Addresses(BaseModel):
    """Addresses as people write them, and why they get no mail."""

    addresses: list[str] = Field(max_length=10_000)
    reason: str = Field(default="", max_length=200)


class File(BaseModel):
    """A file of this computer, by its whole path; when it is read, why those in it get no mail."""

    path: Path
    reason: str = Field(default="", max_length=200)


class Keys(BaseModel):
    """Which ones, by their keys."""

    keys: list[str] = Field(max_length=100_000)


class Count(BaseModel):
    """How many there were."""

    count: int


@router.get("")
def listing(
    parts: State,
    search: Annotated[str, Query(max_length=200)] = "",
    cursor: str = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 200,
) -> SuppressedPage:
    """A page of those who get no mail; `search` looks at address and reason."""
    items, total = suppressed.page(parts.record, search=search, after=cursor, limit=limit)
    following = items[-1].key if len(items) == limit else None
    return SuppressedPage(items=items, next_cursor=following, total=total)


@router.post("")
def add(new: Addresses, parts: State) -> Added:
    """Adds addresses; what is no address is told and left out."""
    return suppression.add(parts.record, new.addresses, new.reason)


@router.post("/remove")
def remove(gone: Keys, parts: State) -> Count:
    """Takes some off: they get mail again."""
    return Count(count=suppressed.remove(parts.record, gone.keys))


@router.post("/import")
async def read_in(file: File, parts: State) -> Added:
    """Adds every address in a table or text file; worked out in the worker."""
    question = {"path": str(_whole(file.path)), "reason": file.reason}
    return Added.model_validate(await ask(parts, "suppressed", "", "", question))


@router.post("/export")
def write(file: File, parts: State) -> Count:
    """Writes all of them to a CSV file."""
    return Count(count=suppression.write_csv(parts.record, _whole(file.path)))


def _whole(path: Path) -> Path:
    if not path.is_absolute():
        raise UserError("export.place", "Say where the file is.", "Give a whole path.")
    return path

"""The record itself: how much history it keeps, and what must be said of it."""

from fastapi import APIRouter, Response
from pydantic import BaseModel

from backend.api.state import State
from backend.store.history import History, history, keep_history
from backend.store.rescue import Rescue, acknowledge, notice

router = APIRouter(prefix="/record", tags=["record"])


class RecordView(BaseModel):
    """`rescue` is there when the record was found damaged, until the user has said that she knows."""

    history: History
    rescue: Rescue | None


@router.get("")
def read(parts: State) -> RecordView:
    """How the record is kept, and what happened to it."""
    with parts.record.read() as connection:
        return RecordView(history=history(connection), rescue=notice(connection))


@router.put("/history")
def change(wanted: History, parts: State) -> History:
    """How much history is kept, from the next thinning on."""
    with parts.record.write() as connection:
        keep_history(connection, wanted)
    return wanted


@router.delete("/rescue", status_code=204)
def acknowledge_rescue(parts: State) -> Response:
    """The user knows what happened to the record."""
    acknowledge(parts.record)
    return Response(status_code=204)

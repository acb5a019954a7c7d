"""Those who must get no mail, on the record."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import sqlalchemy as sa
from pydantic import BaseModel

from backend.core.clock import now
from backend.store.record import Record
from backend.store.schema import suppressed

_AT_ONCE = 500


class Suppressed(BaseModel):
    """Somebody who must get no mail; `key` is the address in the form in which two are compared."""

    key: str
    address: str
    reason: str
    added_at: datetime


def keys(record: Record) -> frozenset[str]:
    """The keys of all."""
    with record.read() as connection:
        return frozenset(connection.execute(sa.select(suppressed.c.key)).scalars())


def page(record: Record, *, search: str = "", after: str = "", limit: int = 200) -> tuple[list[Suppressed], int]:
    """Those behind the key `after`, in the order of keys, and how many match in all."""
    fits = sa.true()
    if search.strip():
        text = search.strip()
        fits = suppressed.c.address.icontains(text, autoescape=True) | suppressed.c.reason.icontains(
            text, autoescape=True
        )
    wanted = sa.select(suppressed).where(fits, suppressed.c.key > after).order_by(suppressed.c.key).limit(limit)
    with record.read() as connection:
        total = connection.execute(sa.select(sa.func.count()).select_from(suppressed).where(fits)).scalar_one()
        rows = connection.execute(wanted).mappings().all()
    found = [
        Suppressed.model_validate({**row, "added_at": datetime.fromtimestamp(row["added_at"], UTC)}) for row in rows
    ]
    return found, total


def add(record: Record, addresses: Iterable[tuple[str, str]], reason: str) -> int:
    """Adds addresses by key and text; how many were not there yet. Those that were keep their reason."""
    wanted = dict(addresses)
    moment = now().timestamp()
    with record.write() as connection:
        for known in _in_stretches(list(wanted)):
            there = sa.select(suppressed.c.key).where(suppressed.c.key.in_(known))
            for key in connection.execute(there).scalars().all():
                del wanted[key]
        new = [
            {"key": key, "address": address, "reason": reason, "added_at": moment} for key, address in wanted.items()
        ]
        if new:
            connection.execute(sa.insert(suppressed), new)
    return len(new)


def remove(record: Record, gone: Sequence[str]) -> int:
    """Takes those with these keys off; how many there were."""
    count = 0
    with record.write() as connection:
        for some in _in_stretches(gone):
            count += connection.execute(sa.delete(suppressed).where(suppressed.c.key.in_(some))).rowcount
    return count


def _in_stretches(values: Sequence[str]) -> Iterable[Sequence[str]]:
    """SQLite and PostgreSQL bound how many values a statement may carry."""
    return (values[start : start + _AT_ONCE] for start in range(0, len(values), _AT_ONCE))

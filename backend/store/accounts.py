"""The accounts on the record: settings and where each secret is kept, but no secret."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel

from backend.core.clock import now
from backend.core.errors import NotFoundError
from backend.store.record import Record
from backend.store.schema import accounts

Place = Literal["keyring", "vault", "session"]


class Account(BaseModel):
    """One account; `secrets` names the place of each secret that is known, `key` is part of its name there."""

    id: int
    key: str
    kind: str
    name: str
    settings: dict[str, Any]
    secrets: dict[str, Place]
    created_at: datetime


def new_key() -> str:
    """A key that no account has had."""
    return uuid.uuid4().hex


def _read(row: Mapping[Any, Any]) -> Account:
    return Account.model_validate({**row, "created_at": datetime.fromtimestamp(row["created_at"], UTC)})


def listing(record: Record, kinds: Sequence[str] = ()) -> list[Account]:
    """All accounts by name, or those of some kinds."""
    wanted = sa.select(accounts).order_by(sa.func.lower(accounts.c.name), accounts.c.id)
    if kinds:
        wanted = wanted.where(accounts.c.kind.in_(kinds))
    with record.read() as connection:
        return [_read(row) for row in connection.execute(wanted).mappings()]


def find(record: Record, account_id: int) -> Account | None:
    """One account, or None."""
    with record.read() as connection:
        row = connection.execute(sa.select(accounts).where(accounts.c.id == account_id)).mappings().first()
    return None if row is None else _read(row)


def get(record: Record, account_id: int) -> Account:
    """One account. Raises NotFoundError."""
    found = find(record, account_id)
    if found is None:
        raise NotFoundError("account.unknown", "This account is not there any more.", "Look at the list of accounts.")
    return found


def insert(
    record: Record, key: str, kind: str, name: str, settings: Mapping[str, Any], secrets: Mapping[str, Place]
) -> Account:
    """Adds an account."""
    values = {"key": key, "kind": kind, "name": name, "settings": dict(settings), "secrets": dict(secrets)}
    with record.write() as connection:
        made = connection.execute(
            sa.insert(accounts).values(**values, created_at=now().timestamp()).returning(accounts.c.id)
        ).scalar_one()
    return get(record, made)


def update(
    record: Record, account_id: int, name: str, settings: Mapping[str, Any], secrets: Mapping[str, Place]
) -> Account:
    """Gives an account another name, other settings and places. Raises NotFoundError."""
    values = {"name": name, "settings": dict(settings), "secrets": dict(secrets)}
    with record.write() as connection:
        connection.execute(sa.update(accounts).where(accounts.c.id == account_id).values(**values))
    return get(record, account_id)


def note_secret(record: Record, account_id: int, name: str, place: Place) -> Account:
    """Notes where a secret is kept. Raises NotFoundError."""
    known = get(record, account_id)
    return update(record, account_id, known.name, known.settings, {**known.secrets, name: place})


def delete(record: Record, account_id: int) -> Account:
    """Takes an account off the record and returns what it was. Raises NotFoundError."""
    known = get(record, account_id)
    with record.write() as connection:
        connection.execute(sa.delete(accounts).where(accounts.c.id == account_id))
    return known

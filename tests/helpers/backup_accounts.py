"""A record, a keyring and backups under Accounts of a test's own."""

import os
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from backend.core.settings import settings
from backend.core.views import Option, Rehearsal
from backend.jobtypes import job_type
from backend.jobtypes.contract import Outcome
from backend.lib.accounts import places
from backend.lib.accounts.kinds.backup import NAME
from backend.lib.accounts.opening import reference
from backend.store import accounts
from backend.store.migrate import migrate
from backend.store.record import record
from tests.helpers.broker import TestBroker
from tests.helpers.direct_context import DirectContext
from tests.helpers.memory_keyring import MemoryKeyring, keyring_in_use
from tests.helpers.trees import office_tree


@contextmanager
def desk(folder: Path) -> Generator[MemoryKeyring]:
    """A data folder with an empty record, and a keyring in memory."""
    with patch.dict(os.environ, {"DESKHAND_DATA_DIR": str(folder)}), keyring_in_use(MemoryKeyring()) as ring:
        _forget()
        folder.mkdir(parents=True, exist_ok=True)
        migrate(record(), folder / "copies")
        try:
            yield ring
        finally:
            record().close()
            _forget()


@contextmanager
def session_memory(broker: TestBroker) -> Generator[None]:
    """Secrets of the session are kept in this broker."""
    with patch.dict(os.environ, {"DESKHAND_BROKER_URL": broker.redis_address}):
        settings.cache_clear()
        yield


def add_backup(folder: Path, password: str = "", name: str = "My drive", place: accounts.Place = "keyring") -> int:
    """Adds a backup under Accounts as the window does it, with a password if one was typed, and returns its number."""
    key = accounts.new_key()
    if password:
        places.put(place, reference(key, "password"), password)
    kept: dict[str, accounts.Place] = {"password": place} if password else {}
    return accounts.insert(record(), key, NAME, name, {"folder": str(folder), "made": ""}, kept).id


def password_of(account_id: int) -> str | None:
    """The password of a backup, where it is kept."""
    known = accounts.get(record(), account_id)
    place = known.secrets.get("password")
    return places.get(place, reference(known.key, "password")) if place else None


def _forget() -> None:
    settings.cache_clear()
    record.cache_clear()


def documents(folder: Path) -> Path:
    """A folder with 31 files, one of them a letter."""
    office_tree(folder / "Documents", 30)
    (folder / "Documents" / "Letter to Ann.txt").write_text("Dear Ann")
    return folder / "Documents"


def back_up(folder: Path, source: Path, backup: int) -> None:
    """Makes a version of the source."""
    given = {"folders": [{"folder": str(source)}], "backup": backup, "sheet_folder": str(folder)}
    do("backup", given, DirectContext(folder / "job of the backup"))


def do(kind: str, answers: dict[str, Any], ctx: DirectContext) -> Outcome:
    """Runs a job with these answers, here and now."""
    declared = job_type(kind)
    return declared.run(declared.params.model_validate(answers), ctx)


def rehearsed(kind: str, answers: dict[str, Any]) -> Rehearsal:
    """What a job with these answers would do."""
    declared = job_type(kind)
    assert declared.rehearse
    return declared.rehearse(declared.params.model_validate(answers))


def offered(kind: str, field: str, answers: dict[str, Any]) -> list[Option]:
    """What can be picked in a field."""
    declared = job_type(kind)
    assert declared.options
    return list(declared.options(field, answers))


def facts_of(rehearsal: Rehearsal) -> dict[str, str]:
    """The facts of a rehearsal by their labels."""
    return {fact.label: fact.value for fact in rehearsal.facts}


def words_in(page: Path) -> str:
    """The text of a PDF."""
    return subprocess.run(["pdftotext", "-layout", str(page), "-"], capture_output=True, text=True, check=True).stdout

"""What every test may count on: a data folder and a record of its own, and a real broker."""

import os
from collections.abc import Generator
from pathlib import Path

import pytest

os.environ["DESKHAND_JOBTYPE_PACKAGES"] = "tests.helpers.jobtypes"

from backend.core.paths import DataPaths
from backend.store.migrate import migrate
from backend.store.record import Record
from tests.helpers.broker import TestBroker


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    """The layout of a data folder for this test alone."""
    return DataPaths(tmp_path / "data").make()


@pytest.fixture
def record(paths: DataPaths) -> Generator[Record]:
    """A migrated SQLite record for this test alone."""
    made = Record(f"sqlite:///{paths.record}")
    migrate(made, paths.copies)
    yield made
    made.close()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Generator[TestBroker]:
    """A real Valkey on a Unix socket."""
    with TestBroker(tmp_path_factory.mktemp("broker")) as started:
        yield started

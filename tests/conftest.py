"""What every test may count on: a data folder and a record of its own, and a real broker."""

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

os.environ["DESKHAND_JOBTYPE_PACKAGES"] = "tests.helpers.jobtypes"

from backend.core.paths import DataPaths
from backend.store.migrate import migrate
from backend.store.record import Record
from tests.helpers.broker import TestBroker


def pytest_configure(config: pytest.Config) -> None:
    """Of several runners at once, each has a home and a data folder of its own."""
    if "PYTEST_XDIST_WORKER" in os.environ:
        own = Path(f"{config.option.basetemp}-home")
        for name in ("HOME", "XDG_RUNTIME_DIR", "DESKHAND_DATA_DIR"):
            place = own / name.lower()
            place.mkdir(mode=0o700, parents=True)
            os.environ[name] = str(place)


@pytest.fixture
def paths(tmp_path: Path) -> DataPaths:
    """The layout of a data folder for this test alone."""
    return DataPaths(tmp_path / "data").make()


@pytest.fixture(scope="session")
def empty_record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of a migrated SQLite record that nobody uses: to be copied."""
    folder = tmp_path_factory.mktemp("record")
    made = Record(f"sqlite:///{folder / 'empty.sqlite3'}")
    migrate(made, folder)
    made.close()
    return folder / "empty.sqlite3"


@pytest.fixture
def record(paths: DataPaths, empty_record: Path) -> Generator[Record]:
    """A migrated SQLite record for this test alone."""
    shutil.copyfile(empty_record, paths.record)
    made = Record(f"sqlite:///{paths.record}")
    yield made
    made.close()


@pytest.fixture(scope="session")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Generator[TestBroker]:
    """A real Valkey on a Unix socket."""
    with TestBroker(tmp_path_factory.mktemp("broker")) as started:
        yield started

"""The data folder of an older Deskhand is opened by this one: everything is there, and a copy was put aside."""

import sqlite3
from contextlib import closing
from pathlib import Path

from backend.store import migrate
from backend.store.copies import copies_in, damage
from tests.helpers.running_host import running_host
from tests.helpers.tree import ROOT

OLD = ROOT / "tests" / "fixtures" / "records" / "0001.sql"


def revision(database: Path) -> str:
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]


def contents(database: Path) -> list[str]:
    with closing(sqlite3.connect(database)) as connection:
        return list(connection.iterdump())


def old_folder(data: Path) -> Path:
    """A data folder as an older version left it; returns the record in it."""
    data.mkdir()
    database = data / "deskhand.sqlite3"
    with closing(sqlite3.connect(database)) as connection:
        connection.executescript(OLD.read_text("utf-8"))
    return database


def test_jobs_of_an_older_version_are_there_and_those_in_line_run_and_a_copy_of_the_old_record_is_kept(
    tmp_path: Path,
) -> None:
    database = old_folder(tmp_path / "data")
    before = contents(database)
    with running_host(tmp_path / "data") as host:
        first, second = (host.client.get(f"/jobs/{number}").json() for number in (1, 2))
        assert (first["name"], first["state"], first["params"]["formats"]) == ("Umsätze 一月", "succeeded", ["pdf"])
        assert [file["path"] for file in host.client.get("/jobs/1/artifacts").json()] == ["/data/reports/Umsätze.pdf"]
        assert second["problem"]["hint"] == "Choose another file."
        assert host.client.get("/queue").json()["slots"] == 3
        assert host.reaches(3, "succeeded")["name"] == "In line since last year"
        assert host.job() == 4
    assert revision(database) == migrate.HEAD
    (copy,) = (one.path for one in copies_in(tmp_path / "data" / "copies") if "before" in one.path.name)
    assert damage(copy) is None
    assert revision(copy) == "0001"
    assert contents(copy) == before

"""The record against a real SQLite file."""

import contextlib
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from backend.core.disk import sync_data
from backend.store import migrate as migrations
from backend.store.copies import copies_in, make_copy
from backend.store.prepared import Prepared, one_of
from backend.store.record import Record, get_option, set_option
from backend.store.schema import metadata, options


@pytest.fixture
def empty(tmp_path: Path):
    record = Record(f"sqlite:///{tmp_path / 'deskhand.sqlite3'}")
    yield record
    record.close()


def test_the_steps_lead_to_exactly_the_tables_that_the_program_uses(empty: Record, tmp_path: Path) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    migrations.migrate(empty, tmp_path / "copies")
    with empty.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"


def test_a_second_start_changes_nothing_and_puts_no_copy_aside(empty: Record, tmp_path: Path) -> None:
    migrations.migrate(empty, tmp_path / "copies")
    migrations.migrate(empty, tmp_path / "copies")
    assert migrations.current_revision(empty) == migrations.HEAD
    assert not (tmp_path / "copies").exists()


def test_a_record_of_every_earlier_step_is_brought_up_and_a_copy_of_it_put_aside(tmp_path: Path) -> None:
    for number in range(1, int(migrations.HEAD)):
        step, folder = f"{number:04d}", tmp_path / f"from {number}"
        folder.mkdir()
        record = Record(f"sqlite:///{folder / 'deskhand.sqlite3'}")
        try:
            migrations.upgrade(record, step)
            migrations.migrate(record, folder / "copies")
            assert migrations.current_revision(record) == migrations.HEAD
        finally:
            record.close()
        (copy,) = copies_in(folder / "copies")
        aside = Record(f"sqlite:///{copy.path}")
        try:
            assert migrations.current_revision(aside) == step
        finally:
            aside.close()


def test_a_record_from_a_newer_program_is_refused_and_left_alone(empty: Record, tmp_path: Path) -> None:
    migrations.migrate(empty, tmp_path / "copies")
    with empty.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(migrations.NewerRecordError) as caught:
        migrations.migrate(empty, tmp_path / "copies")
    assert "newer version" in caught.value.message
    assert migrations.current_revision(empty) == "9999"


def test_a_copy_that_is_put_aside_holds_what_was_committed(empty: Record, tmp_path: Path) -> None:
    migrations.migrate(empty, tmp_path / "copies")
    with empty.write() as connection:
        set_option(connection, "slots", 5)
    copy = Record(f"sqlite:///{make_copy(tmp_path / 'deskhand.sqlite3', tmp_path / 'copies', 'test')}")
    try:
        with copy.read() as connection:
            assert get_option(connection, "slots", 2) == 5
    finally:
        copy.close()


def test_a_transaction_that_fails_leaves_nothing_behind(empty: Record, tmp_path: Path) -> None:
    migrations.migrate(empty, tmp_path / "copies")

    def fail_half_way() -> None:
        with empty.write() as connection:
            set_option(connection, "slots", 9)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with empty.read() as connection:
        assert get_option(connection, "slots", 2) == 2


def test_only_durable_transactions_wait_for_the_disk(
    empty: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrations.migrate(empty, tmp_path / "copies")
    synced: list[tuple[str, int]] = []

    def spy(handle: int) -> None:
        with contextlib.closing(sqlite3.connect(tmp_path / "deskhand.sqlite3")) as other:
            (kept,) = other.execute("SELECT value FROM options WHERE name = 'slots'").fetchone()
        synced.append((Path(f"/proc/self/fd/{handle}").readlink().name, int(kept)))
        sync_data(handle)

    monkeypatch.setattr("backend.store.record.sync_data", spy)
    with empty.write(durable=False) as connection:
        set_option(connection, "slots", 3)
    with empty.lean(durable=False) as lane:
        assert get_option(lane, "slots", 2) == 3
    assert synced == []
    with empty.write() as connection:
        set_option(connection, "slots", 4)
    with empty.lean() as lane:
        assert get_option(lane, "slots", 2) == 4
    assert synced == [("deskhand.sqlite3-wal", 4)] * 2


def test_a_lean_transaction_that_fails_leaves_nothing_behind(empty: Record, tmp_path: Path) -> None:
    migrations.migrate(empty, tmp_path / "copies")
    keep = Prepared(sa.insert(options).values(name="slots", value=sa.bindparam("number")))

    def fail_half_way() -> None:
        with empty.lean() as lane:
            assert keep.changed(lane, {"number": 9}) == 1
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    with empty.glance() as lane:
        assert get_option(lane, "slots", 2) == 2

    def keep_twice() -> None:
        with empty.lean() as lane:
            keep.changed(lane, {"number": 1})
            keep.changed(lane, {"number": 2})

    with pytest.raises(DBAPIError, match="UNIQUE"):
        keep_twice()
    with empty.lean() as lane:
        keep.changed(lane, {"number": 7})
    with empty.read() as connection:
        assert get_option(connection, "slots", 2) == 7


def test_a_prepared_statement_means_the_same_to_the_driver_and_to_sqlalchemy(empty: Record, tmp_path: Path) -> None:
    migrations.migrate(empty, tmp_path / "copies")
    values = {"text": 'Zürich\'s "5"', "none": None, "list": [1, {"a": None}], "true": True}
    keep = Prepared(
        sa.insert(options).values(name=sa.bindparam("called"), value=sa.bindparam("what")).returning(options)
    )
    read = Prepared(sa.select(options).where(one_of(options.c.name, values)).order_by(options.c.name))
    with empty.lean() as lane:
        returned = [keep.first(lane, {"called": name, "what": value}) for name, value in values.items()]
        straight = read.rows(lane)
    with empty.read() as connection:
        plain = [dict(row) for row in connection.execute(sa.select(options).order_by(options.c.name)).mappings()]
        assert read.rows(connection) == plain
    assert straight == plain
    assert sorted(returned, key=str) == sorted(plain, key=str)
    assert {row["name"]: row["value"] for row in plain} == values


_HOLDS = """
import sys, time
from backend.store.record import Record
record = Record(sys.argv[1])
with record.write() as connection:
    connection.exec_driver_sql("UPDATE jobs SET name = 'never'")
    print("writing", flush=True)
    time.sleep(60)
"""


def test_the_end_of_the_line_is_found_without_going_through_all_jobs(empty: Record, tmp_path: Path) -> None:
    migrations.migrate(empty, tmp_path)
    with empty.read() as connection:
        plan = connection.execute(sa.text("EXPLAIN QUERY PLAN SELECT max(position) FROM jobs")).all()
    assert [row.detail for row in plan] == ["SEARCH jobs USING COVERING INDEX ix_jobs_position"]


def test_a_writer_goes_on_at_once_when_another_process_dies_in_the_middle(empty: Record, tmp_path: Path) -> None:
    migrations.migrate(empty, tmp_path / "copies")
    command = [sys.executable, "-c", _HOLDS, empty.address]
    with (
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other,
        ThreadPoolExecutor() as threads,
    ):
        assert other.stdout
        assert other.stdout.readline() == "writing\n"
        with empty.read() as connection:
            assert get_option(connection, "slots", 2) == 2

        def write() -> None:
            with empty.write() as connection:
                set_option(connection, "slots", 7)

        writing = threads.submit(write)
        assert not wait([writing], 0.2).done
        other.kill()
        writing.result(5)
    with empty.read() as connection:
        assert get_option(connection, "slots", 2) == 7


def test_writers_of_one_process_are_not_lost_among_each_other(empty: Record, tmp_path: Path) -> None:
    migrations.migrate(empty, tmp_path / "copies")

    def count_up(_: int) -> None:
        with empty.write(durable=False) as connection:
            set_option(connection, "count", get_option(connection, "count", 0) + 1)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count_up, range(200)))
    with empty.read() as connection:
        assert get_option(connection, "count", 0) == 200

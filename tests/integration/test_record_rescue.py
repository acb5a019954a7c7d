"""The record over the years: copies, damage, and history that is too old; on real SQLite files."""

import os
from datetime import timedelta
from pathlib import Path

import pytest

from backend.core.clock import now
from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.queue.chains import After
from backend.queue.submission import submit
from backend.store import copies
from backend.store.history import History, forget_files, keep_history, thin
from backend.store.jobs import get_view
from backend.store.record import Record
from backend.store.rescue import acknowledge, notice, open_record
from backend.store.schema import artifacts, jobs


def queue(record: Record, name: str) -> int:
    return submit(record, "steps", {}, name=name)[0].id


def names(record: Record) -> list[str]:
    with record.read() as connection:
        return list(connection.scalars(jobs.select().with_only_columns(jobs.c.name).order_by(jobs.c.id)))


def backdate(path: Path, days: float) -> Path:
    stamp = (now() - timedelta(days=days)).strftime("%Y%m%dT%H%M%S")
    return path.rename(path.with_name(f"deskhand-{stamp}-daily.sqlite3"))


def spoil(path: Path) -> None:
    """Overwrites pages in the middle, as a failing disk does."""
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(path.stat().st_size // 2))


@pytest.fixture
def aged(record: Record, paths: DataPaths) -> Path:
    """A record with a copy of two days ago that knows the first of two jobs. Returns the copy."""
    queue(record, "first")
    copy = copies.make_daily_copy(paths.record, paths.copies)
    assert copy is not None
    queue(record, "second")
    return backdate(copy, 2)


def test_a_copy_is_made_once_a_day_and_seven_are_kept(record: Record, paths: DataPaths) -> None:
    for day in range(9, 0, -1):
        made = copies.make_daily_copy(paths.record, paths.copies)
        assert made is not None
        backdate(made, day)
    assert copies.make_daily_copy(paths.record, paths.copies) is not None
    assert copies.make_daily_copy(paths.record, paths.copies) is None
    kept = copies.copies_in(paths.copies)
    assert [round((now() - copy.made_at).total_seconds() / 86400) for copy in kept] == [0, 1, 2, 3, 4, 5, 6]
    assert all(copies.damage(copy.path) is None for copy in kept)


def test_a_whole_record_is_opened_as_it_is(record: Record, paths: DataPaths, aged: Path) -> None:
    record.close()
    assert open_record(record, paths) is None
    assert names(record) == ["first", "second"]


def test_a_damaged_record_is_put_aside_and_the_newest_good_copy_taken(
    record: Record, paths: DataPaths, aged: Path
) -> None:
    newer = copies.make_copy(aged, paths.copies, "daily")
    spoil(newer)
    record.close()
    spoil(paths.record)
    before = paths.record.read_bytes()
    rescue = open_record(record, paths)
    assert rescue is not None
    assert names(record) == ["first"]
    assert copies.damage(paths.record) is None
    assert rescue.copied_at == copies.copies_in(paths.copies)[-1].made_at
    assert Path(rescue.damaged).read_bytes() == before


def test_what_had_not_ended_in_the_copy_is_not_done_again_by_itself(
    record: Record, paths: DataPaths, aged: Path
) -> None:
    record.close()
    paths.record.write_bytes(b"no database at all" * 1000)
    rescue = open_record(record, paths)
    assert rescue is not None
    assert (rescue.unsure, rescue.missing) == (1, None)
    with record.read() as connection:
        job = get_view(connection, 1)
    assert job.state is JobState.NEEDS_USER
    assert job.problem is not None
    assert "taken from a copy" in job.problem.message


def test_the_names_of_lost_jobs_are_told_where_they_can_be_read(record: Record, paths: DataPaths, aged: Path) -> None:
    record.close()
    with paths.record.open("r+b") as file:
        pages = paths.record.stat().st_size // 4096
        file.seek((pages - 1) * 4096)
        file.write(os.urandom(4096))
    rescue = open_record(record, paths)
    assert rescue is not None
    assert rescue.missing == ["second"]


def test_the_user_is_told_until_she_knows(record: Record, paths: DataPaths, aged: Path) -> None:
    record.close()
    spoil(paths.record)
    rescue = open_record(record, paths)
    with record.read() as connection:
        assert notice(connection) == rescue
    acknowledge(record)
    with record.read() as connection:
        assert notice(connection) is None


def test_the_number_of_a_lost_job_is_not_given_again(record: Record, paths: DataPaths, aged: Path) -> None:
    paths.job(2).mkdir(parents=True)
    record.close()
    spoil(paths.record)
    open_record(record, paths)
    assert queue(record, "third") == 3


def test_without_a_good_copy_an_empty_record_is_begun(record: Record, paths: DataPaths) -> None:
    queue(record, "only")
    record.close()
    spoil(paths.record)
    rescue = open_record(record, paths)
    assert rescue is not None
    assert rescue.copied_at is None
    assert names(record) == []


def test_a_damaged_record_is_never_copied_over_good_copies(record: Record, paths: DataPaths, aged: Path) -> None:
    record.close()
    spoil(paths.record)
    assert copies.make_daily_copy(paths.record, paths.copies) is None
    assert [copy.path for copy in copies.copies_in(paths.copies)] == [aged]


def end(record: Record, job_id: int, state: JobState, days_ago: float) -> None:
    at = (now() - timedelta(days=days_ago)).timestamp()
    with record.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == job_id).values(state=state.value, ended_at=at))


def test_history_is_thinned_by_age_and_needs_of_people_and_of_other_jobs_stay(record: Record, paths: DataPaths) -> None:
    old, recent, needs, awaited = (queue(record, name) for name in ("old", "recent", "needs", "awaited"))
    submit(record, "steps", {}, name="waits", after=[After(job=awaited)])
    end(record, old, JobState.SUCCEEDED, 400)
    end(record, recent, JobState.FAILED, 300)
    end(record, needs, JobState.NEEDS_USER, 400)
    end(record, awaited, JobState.FAILED, 400)
    assert thin(record, paths) == [old]
    assert names(record) == ["recent", "needs", "awaited", "waits"]
    with record.write() as connection:
        keep_history(connection, History(months=6))
    assert thin(record, paths) == [recent]


def test_history_is_thinned_by_number_the_oldest_first(record: Record, paths: DataPaths) -> None:
    with record.write() as connection:
        keep_history(connection, History(jobs=100))
    for number in range(350):
        end(record, queue(record, str(number)), JobState.SUCCEEDED, 1 - number / 1000)
    assert thin(record, paths) == list(range(1, 251))
    assert thin(record, paths) == []


def test_what_a_job_wrote_for_itself_goes_with_it_and_its_results_stay(
    record: Record, paths: DataPaths, tmp_path: Path
) -> None:
    job_id = queue(record, "old")
    result = tmp_path / "result.txt"
    result.write_text("kept")
    paths.job(job_id).mkdir(parents=True)
    (paths.job(job_id) / "attempt-1.log").write_text("{}\n")
    values = {"attempt": 1, "title": "T", "size": 4, "media_type": "text/plain", "created_at": 1.0}
    with record.write() as connection:
        connection.execute(artifacts.insert().values(job_id=job_id, path=str(result), **values))
    end(record, job_id, JobState.SUCCEEDED, 400)
    assert thin(record, paths) == [job_id]
    assert not paths.job(job_id).exists()
    assert result.read_text() == "kept"


def test_a_folder_that_holds_results_is_left(paths: DataPaths) -> None:
    kept = paths.job(7) / "list.csv"
    kept.parent.mkdir(parents=True)
    kept.write_text("kept")
    forget_files(paths, 7, [str(kept)])
    assert kept.exists()

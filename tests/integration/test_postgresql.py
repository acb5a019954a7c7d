"""The record on a PostgreSQL of its own: the same rules, and the same tables."""

import threading
import uuid
from collections.abc import Generator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.queue import claims, control
from backend.queue.dispatch import next_deliveries
from backend.queue.force import overdue
from backend.queue.listing import Wanted, page, queue_view
from backend.queue.recovery import Leases, recover
from backend.queue.submission import submit
from backend.store.jobs import get_detail, get_view
from backend.store.migrate import HEAD, current_revision, migrate
from backend.store.record import Record
from backend.store.schema import jobs, metadata
from backend.worker.publisher import Publisher
from backend.worker.runner import run_delivery
from tests.helpers.broker import TestBroker
from tests.helpers.servers import postgresql


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Generator[Record]:
    with postgresql() as address:
        made = Record(address)
        migrate(made, tmp_path_factory.mktemp("copies"))
        yield made
        made.close()


@pytest.fixture
def record(server: Record) -> Record:
    with server.write() as connection:
        connection.execute(jobs.delete())
    return server


def test_the_steps_lead_to_exactly_the_tables_that_the_program_uses(record: Record, tmp_path: Path) -> None:
    migrate(record, tmp_path / "copies")
    assert current_revision(record) == HEAD
    assert not (tmp_path / "copies").exists()
    with record.read() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_job_ends_with_its_file_its_summary_and_one_attempt(
    record: Record, paths: DataPaths, broker: TestBroker, tmp_path: Path
) -> None:
    job_id = submit(record, "steps", {"steps": 3, "folder": str(tmp_path)}, request_key=uuid.uuid4())[0].id
    (delivery,) = next_deliveries(record, 2)
    publisher = Publisher(broker.redis_address)
    assert run_delivery(record, paths, publisher, job_id, delivery.number) is JobState.SUCCEEDED
    publisher.close()
    with record.read() as connection:
        ended = get_detail(connection, job_id)
        counted = queue_view(connection, 2).counts
    assert ended.summary == "3 steps were done."
    assert [Path(file.path).read_text() for file in ended.artifacts] == ["3"]
    assert counted == {JobState.SUCCEEDED: 1}


def test_jobs_are_listed_searched_sorted_and_paged(record: Record) -> None:
    for name in ("pear", "Apple", "fig"):
        submit(record, "steps", {}, name=name)
    for sort in ("created", "name", "kind", "state", "started", "ended"):
        seen: list[str] = []
        cursor: str | None = None
        while True:
            with record.read() as connection:
                items, cursor, total = page(connection, Wanted(sort=sort, order="asc"), cursor, 1)
            assert total == 3
            seen += [item.name for item in items]
            if cursor is None:
                break
        assert sorted(seen) == ["Apple", "fig", "pear"]
    with record.read() as connection:
        assert [item.name for item in page(connection, Wanted(search="APP"), None, 10)[0]] == ["Apple"]


def test_a_lost_job_goes_on_and_a_deaf_one_is_stopped(record: Record) -> None:
    lost, deaf = submit(record, "steps", {})[0].id, submit(record, "steps", {})[0].id
    for delivery in next_deliveries(record, 2):
        assert claims.claim(record, delivery.job.id, delivery.number)
    control.stop(record, deaf)
    with record.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == lost).values(pid_start=1.0))
    assert recover(record, Leases()) == [lost]
    assert [forced.job_id for forced in overdue(record, -1.0)] == [deaf]
    with record.read() as connection:
        assert get_view(connection, lost).state is JobState.WAITING
        assert get_view(connection, deaf).state is JobState.STOPPED


def test_many_that_write_at_once_see_one_another(record: Record) -> None:
    key = uuid.uuid4()
    made: list[int] = []

    def put_in_line() -> None:
        made.append(submit(record, "steps", {}, request_key=key)[0].id)
        for _ in range(5):
            submit(record, "steps", {})

    writers = [threading.Thread(target=put_in_line) for _ in range(6)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert len(set(made)) == 1
    with record.read() as connection:
        positions = list(connection.scalars(jobs.select().with_only_columns(jobs.c.position)))
    assert (len(positions), len(set(positions))) == (31, 31)
    chosen: list[int] = []
    senders = [
        threading.Thread(target=lambda: chosen.extend(one.job.id for one in next_deliveries(record, 10)))
        for _ in range(4)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(30)
    assert (len(chosen), len(set(chosen))) == (10, 10)


def test_exactly_one_of_many_claims_a_delivery(record: Record) -> None:
    job_id = submit(record, "steps", {})[0].id
    (delivery,) = next_deliveries(record, 1)
    held: list[claims.Claim | None] = []
    bearers = [
        threading.Thread(target=lambda: held.append(claims.claim(record, job_id, delivery.number))) for _ in range(6)
    ]
    for bearer in bearers:
        bearer.start()
    for bearer in bearers:
        bearer.join(30)
    assert sorted(claim is not None for claim in held) == [False] * 5 + [True]

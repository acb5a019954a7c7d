"""The list of jobs against a plain reading of the same rows: whatever is asked for, page by page."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import event

from backend.core.errors import UserError
from backend.core.states import JobState
from backend.queue import listing
from backend.queue.listing import Order, Sort, Wanted, page
from backend.store.migrate import migrate
from backend.store.record import Record
from backend.store.schema import jobs
from tests.helpers.long_history import write_history

SORTS: list[Sort] = ["created", "name", "kind", "state", "started", "ended"]
ORDERS: list[Order] = ["asc", "desc"]


@pytest.fixture(scope="module")
def long_record(tmp_path_factory: pytest.TempPathFactory) -> Generator[Record]:
    folder: Path = tmp_path_factory.mktemp("long")
    record = Record(f"sqlite:///{folder / 'deskhand.sqlite3'}")
    migrate(record, folder / "copies")
    write_history(record, 90, 12, 3)
    with record.write() as connection:
        connection.execute(jobs.update().where(jobs.c.id == 7).values(name="Ärger 100% a_b/c"))
    yield record
    record.close()


def plainly(record: Record, wanted: Wanted) -> list[int]:
    with record.read() as connection:
        every = [dict(row) for row in connection.execute(sa.select(jobs)).mappings()]
    column = {"created": "id", "started": "started_at", "ended": "ended_at"}.get(wanted.sort, wanted.sort)

    def fits(row: dict[str, Any]) -> bool:
        named = wanted.search.strip().casefold() in row["name"].casefold()
        return named and row["state"] in (wanted.states or list(JobState)) and wanted.kind in ("", row["kind"])

    def key(row: dict[str, Any]) -> tuple[bool, Any, int]:
        return (row[column] is not None, row[column] if row[column] is not None else 0, row["id"])

    return [row["id"] for row in sorted(filter(fits, every), key=key, reverse=wanted.order == "desc")]


@settings(max_examples=120, deadline=None)
@given(
    wanted=st.builds(
        Wanted,
        states=st.sampled_from([(), (JobState.SUCCEEDED, JobState.STOPPED), (JobState.WAITING,), (JobState.HELD,)]),
        kind=st.sampled_from(["", "report", "mailing", "none"]),
        search=st.sampled_from(["", "pay", "MARCH", "ärger", "ÄRGER", "100%", "a_b", "/c", "nothing at all", " "]),
        sort=st.sampled_from(SORTS),
        order=st.sampled_from(ORDERS),
    ),
    limit=st.sampled_from([1, 7, 40, 200]),
    few=st.sampled_from([0, 4000]),
)
def test_the_pages_hold_exactly_what_is_asked_for_in_order(
    long_record: Record, wanted: Wanted, limit: int, few: int
) -> None:
    found: list[int] = []
    cursor: str | None = ""
    total = -1
    with pytest.MonkeyPatch.context() as patch, long_record.read() as connection:
        patch.setattr(listing, "FEW", few)
        while cursor is not None:
            rows, cursor, total = page(connection, wanted, cursor, limit)
            assert len(rows) == limit or cursor is None
            found += [row.id for row in rows]
    assert found == plainly(long_record, wanted)
    assert total == len(found)


def test_a_strange_cursor_is_refused(long_record: Record) -> None:
    with long_record.read() as connection, pytest.raises(UserError):
        page(connection, Wanted(), "strange", 5)


@pytest.mark.parametrize("sort", SORTS)
def test_no_page_of_the_whole_list_is_sorted_by_hand(long_record: Record, sort: Sort) -> None:
    plans: list[str] = []
    with long_record.read() as connection:

        def explain(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
            if "ORDER BY jobs" in statement and not statement.startswith("EXPLAIN"):
                plans.extend(
                    row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
                )

        event.listen(connection, "before_cursor_execute", explain)
        _, cursor, _ = page(connection, Wanted(sort=sort), None, 10)
        page(connection, Wanted(sort=sort), cursor, 10)
    assert plans
    assert [plan for plan in plans if "TEMP B-TREE" in plan] == [] or sort == "state"

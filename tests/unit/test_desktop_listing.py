"""The list of jobs as it is shown: rows are inserted, moved and taken away so that a view can follow."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from desktop.client.shapes import Job, JobPage, Progress
from desktop.state.jobs import Changes
from desktop.state.listing import Listing, Part, Query
from desktop.state.standing import Chip

START = datetime(2026, 1, 1, tzinfo=UTC)


def job(number: int, state: str = "waiting", name: str = "", **more: Any) -> Job:
    values: dict[str, Any] = {
        "id": number,
        "kind": "report",
        "name": name or f"Job {number}",
        "state": state,
        "wish": None,
        "priority": "normal",
        "position": float(number),
        "progress": Progress(),
        "attempt": 0,
        "created_at": START + timedelta(minutes=number),
        "started_at": None,
        "ended_at": None,
        "not_before": None,
        "schedule": None,
        "summary": "",
        "problem": None,
        "warnings": [],
        "waits_for": [],
    }
    return Job(**(values | more))


class Mirror:
    """A view that knows only what it is told; it must come to the same rows as the listing."""

    def __init__(self) -> None:
        self.rows: list[int | None] = []
        self.listing: Listing | None = None
        self.repainted: list[tuple[list[int], Part]] = []
        self._pending: tuple[Any, ...] = ()

    def truth(self) -> list[int | None]:
        assert self.listing
        loaded: list[int | None] = [row.id for row in self.listing.rows]
        return loaded + [None] * (self.listing.total - len(loaded))

    def inserting(self, row: int, count: int) -> None:
        assert 0 <= row <= len(self.rows)
        self._pending = (row, count)

    def inserted(self) -> None:
        row, count = self._pending
        self.rows[row:row] = self.truth()[row : row + count]

    def removing(self, row: int, count: int) -> None:
        del self.rows[row : row + count]

    def removed(self) -> None:
        pass

    def moving(self, row: int, before: int) -> bool:
        assert before not in (row, row + 1), "Qt refuses to move a row to where it is"
        one = self.rows[row]
        self.rows.insert(before, one)
        del self.rows[row + 1 if before < row else row]
        return True

    def moved(self) -> None:
        pass

    def resetting(self) -> None:
        pass

    def reset(self) -> None:
        self.rows = self.truth()

    def repaint(self, rows: list[int], part: Part) -> None:
        self.repainted.append((rows, part))
        truth = self.truth()
        for row in rows:
            if self.rows[row] is None:
                self.rows[row] = truth[row]


def listing() -> tuple[Listing, Mirror]:
    mirror = Mirror()
    made = Listing(mirror)
    mirror.listing = made
    return made, mirror


def changed(*jobs: Job) -> Changes:
    return Changes(changed={one.id: one for one in jobs})


def test_a_new_job_appears_on_top_of_the_newest() -> None:
    rows, mirror = listing()
    rows.begin(Query(), JobPage([job(2), job(1)], None, 2))
    rows.apply(changed(job(3)))
    assert mirror.rows == [3, 2, 1]


def test_a_job_beyond_the_loaded_rows_does_not_appear_among_them() -> None:
    rows, mirror = listing()
    rows.begin(Query(), JobPage([job(9), job(8)], "more", 5))
    rows.apply(changed(job(3)))
    assert mirror.rows == [9, 8, None, None, None]


def test_the_next_page_fills_placeholders_and_the_last_page_corrects_the_total() -> None:
    rows, mirror = listing()
    rows.begin(Query(), JobPage([job(9), job(8)], "more", 7))
    rows.extend(JobPage([job(8), job(7), job(6)], None, 7))
    assert mirror.rows == [9, 8, 7, 6]
    assert rows.complete


def test_a_job_that_fits_no_more_is_taken_off_the_list() -> None:
    rows, mirror = listing()
    rows.fill(Query(chip=Chip.WAITING, sort="line", descending=False), [job(1), job(2), job(3)])
    rows.apply(changed(job(2, "running")))
    assert mirror.rows == [1, 3]


def test_a_job_that_is_moved_in_line_is_moved_in_the_list() -> None:
    rows, mirror = listing()
    rows.fill(Query(chip=Chip.WAITING, sort="line", descending=False), [job(1), job(2), job(3)])
    rows.apply(changed(job(3, position=0.5)))
    assert mirror.rows == [3, 1, 2]
    rows.apply(changed(job(3, position=9.0)))
    assert mirror.rows == [1, 2, 3]


def test_high_priority_stands_before_its_place_in_line() -> None:
    rows, mirror = listing()
    jobs = [job(1), job(2), job(3, priority="high")]
    rows.fill(Query(chip=Chip.WAITING, sort="line", descending=False), jobs)
    assert mirror.rows == [3, 1, 2]


def test_progress_repaints_only_the_rows_that_came_on() -> None:
    rows, mirror = listing()
    rows.fill(Query(), [job(number, "running") for number in range(1, 6)])
    mirror.repainted.clear()
    rows.apply(Changes(progressed={2: Progress(done=5, total=10)}))
    assert mirror.repainted == [([3], "progress")]
    mirror.repainted.clear()
    rows.apply(Changes(progressed={2: Progress(done=6, total=10, seconds_left=90)}, retimed={2}))
    assert mirror.repainted == [([3], "progress"), ([3], "time")]
    assert rows.rows[3].progress.done == 6


def test_a_search_is_for_a_part_of_the_name_in_any_case() -> None:
    query = Query(search="SALES")
    assert query.matches(job(1, name="Quarterly sales pack"))
    assert not query.matches(job(1, name="Payroll"))


STATES = st.sampled_from(["waiting", "held", "running", "succeeded", "failed"])
STEPS = st.lists(st.tuples(st.integers(1, 12), STATES, st.integers(0, 20), st.booleans()), max_size=40)


@given(STEPS, st.sampled_from(list(Chip)), st.sampled_from(["created", "line", "name", "state"]), st.booleans())
def test_a_view_that_follows_step_by_step_shows_what_the_list_holds(
    steps: list[tuple[int, str, int, bool]], chip: Chip, sort: str, descending: bool
) -> None:
    rows, mirror = listing()
    query = Query(chip=chip, sort=sort, descending=descending)
    known = {number: job(number) for number in range(1, 6)}
    rows.fill(query, known.values())
    for number, state, position, removed in steps:
        if removed:
            known.pop(number, None)
            rows.apply(Changes(removed={number}))
        else:
            known[number] = job(number, state, position=float(position))
            rows.apply(changed(known[number]))
        assert mirror.rows == mirror.truth()
    expected, _ = listing()
    expected.fill(query, known.values())
    assert [row.id for row in rows.rows] == [row.id for row in expected.rows]

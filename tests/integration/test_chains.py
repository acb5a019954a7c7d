"""Jobs that wait for others, on a real record, with real result files."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import ConflictError, UserError
from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.core.views import JobDetail, When
from backend.queue import control
from backend.queue.chains import After, settle
from backend.queue.dispatch import next_deliveries
from backend.queue.following import queue_all
from backend.queue.submission import Submission, submit
from backend.store.jobs import get_detail
from backend.store.record import Record
from backend.worker.publisher import Publisher
from backend.worker.runner import run_delivery
from tests.helpers.broker import TestBroker

Run = Callable[[], list[JobState | None]]


@pytest.fixture
def run(record: Record, paths: DataPaths, broker: TestBroker) -> Run:
    """Lets everything run that may, once."""
    publisher = Publisher(broker.redis_address)

    def all_that_may() -> list[JobState | None]:
        settle(record)
        deliveries = next_deliveries(record, 9)
        return [run_delivery(record, paths, publisher, one.job.id, one.number) for one in deliveries]

    return all_that_may


def queue(record: Record, *after: tuple[int, When], hold: bool = False, **answers: Any) -> int:
    links = [After(job=job, when=when) for job, when in after]
    return submit(record, "steps", answers, after=links, hold=hold)[0].id


def gather(record: Record, into: Path, *files: Any, after: tuple[int, When] | None = None) -> int:
    links = [After(job=after[0], when=after[1])] if after else []
    return submit(record, "gather", {"files": list(files), "folder": str(into)}, after=links)[0].id


def detail(record: Record, job_id: int) -> JobDetail:
    with record.read() as connection:
        return get_detail(connection, job_id)


def state(record: Record, job_id: int) -> JobState:
    return detail(record, job_id).state


@pytest.mark.parametrize(
    ("ending", "when", "becomes"),
    [
        ("good", "succeeded", JobState.SUCCEEDED),
        ("warn", "succeeded", JobState.SUCCEEDED),
        ("user", "failed", JobState.SUCCEEDED),
        ("good", "ended", JobState.SUCCEEDED),
        ("user", "ended", JobState.SUCCEEDED),
        ("user", "succeeded", JobState.NEEDS_USER),
        ("good", "failed", JobState.STOPPED),
        ("needs", "ended", JobState.BLOCKED),
    ],
)
def test_a_job_starts_after_another_has_ended_in_the_way_it_waits_for(
    record: Record, run: Run, ending: str, when: When, becomes: JobState
) -> None:
    first = queue(record, ending=ending)
    second = queue(record, (first, when))
    assert state(record, second) is JobState.BLOCKED
    assert len(run()) == 1
    run()
    assert state(record, second) is becomes


def test_it_takes_the_result_files_that_fit_as_its_inputs(record: Record, run: Run, tmp_path: Path) -> None:
    (tmp_path / "hers.txt").write_text("hers")
    first = queue(record, steps=7, folder=str(tmp_path))
    second = gather(record, tmp_path, str(tmp_path / "hers.txt"), {"from_job": first, "files": "*.TXT"})
    assert detail(record, second).waits_for == [first]
    run()
    run()
    ended = detail(record, second)
    assert ended.state is JobState.SUCCEEDED
    assert ended.params["files"] == [str(tmp_path / "hers.txt"), str(tmp_path / "steps.txt")]
    assert (tmp_path / "gathered.txt").read_text() == "hers7"
    assert (ended.waits_for, [link.settled for link in ended.starts_after]) == ([], [True])


def test_without_a_file_that_fits_it_asks_a_person_and_says_why(record: Record, run: Run, tmp_path: Path) -> None:
    first = queue(record, folder=str(tmp_path))
    second = gather(record, tmp_path, {"from_job": first, "files": "*.pdf"})
    run()
    run()
    problem = detail(record, second).problem
    assert problem is not None
    assert "no result file that fits '*.pdf'" in problem.fields["files"]


def test_it_waits_for_all_of_several(record: Record, run: Run) -> None:
    first, second = queue(record), queue(record, hold=True)
    third = queue(record, (first, "ended"), (second, "ended"))
    run()
    run()
    assert state(record, third) is JobState.BLOCKED
    control.resume(record, second)
    run()
    run()
    assert state(record, third) is JobState.SUCCEEDED


def test_when_the_first_is_tried_again_the_rest_waits_again(record: Record, run: Run) -> None:
    first = queue(record, ending="user")
    second = queue(record, (first, "succeeded"))
    run()
    run()
    problem = detail(record, second).problem
    assert problem is not None
    assert "did not succeed" in problem.message
    with pytest.raises(ConflictError, match="did not succeed"):
        control.retry(record, second)
    changed = control.retry(record, first)
    assert [(view.id, view.state) for view in changed] == [(first, JobState.WAITING), (second, JobState.BLOCKED)]


def test_what_waits_for_a_job_that_failed_can_wait_for_another_one_and_takes_its_files(
    record: Record, run: Run, tmp_path: Path
) -> None:
    failing = queue(record, ending="user", folder=str(tmp_path))
    taking = gather(record, tmp_path, {"from_job": failing, "files": "*.txt"})
    last = queue(record, (taking, "succeeded"))
    stopped = queue(record, (failing, "succeeded"))
    control.stop(record, stopped)
    run()
    run()
    assert state(record, taking) is JobState.NEEDS_USER
    key = uuid.uuid4()
    better = Submission("steps", {"steps": 7, "folder": str(tmp_path)}, request_key=key)
    (first, moved) = queue_all(record, better, (), instead_of=failing)
    assert (moved.id, moved.state, moved.waits_for) == (taking, JobState.BLOCKED, [first.id])
    assert [one.id for one in queue_all(record, better, (), instead_of=failing)] == [first.id]
    for _ in range(3):
        run()
    assert (tmp_path / "gathered.txt").read_text() == "7"
    assert [state(record, each) for each in (taking, last, stopped)] == [JobState.SUCCEEDED] * 2 + [JobState.STOPPED]


def test_a_job_that_has_not_ended_keeps_what_waits_for_it(record: Record) -> None:
    first = queue(record, hold=True)
    second = queue(record, (first, "succeeded"))
    (made,) = queue_all(record, Submission("steps", {}), (), instead_of=first)
    assert detail(record, second).waits_for == [first]
    assert made.state is JobState.WAITING


def test_a_job_cannot_stand_in_where_it_waits_for_what_would_wait_for_it(record: Record, run: Run) -> None:
    first = queue(record, ending="user")
    second = queue(record, (first, "succeeded"))
    run()
    run()
    circular = Submission("steps", {}, after=[After(job=second, when="succeeded")])
    with pytest.raises(UserError, match="neither could ever start"):
        queue_all(record, circular, (), instead_of=first)
    assert detail(record, second).waits_for == [first]


def test_a_chain_that_leads_back_to_itself_is_refused(record: Record) -> None:
    first = queue(record, hold=True)
    second = queue(record, (first, "ended"))
    third = queue(record, (second, "ended"))
    for ahead in (first, second, third):
        with pytest.raises(UserError) as caught:
            control.wait_for(record, first, [After(job=ahead)])
        assert "neither could ever start" in caught.value.fields["after.0"]
    assert control.wait_for(record, third, []).state is JobState.WAITING


def test_a_job_that_is_not_on_the_record_cannot_be_waited_for(record: Record) -> None:
    with pytest.raises(UserError) as caught:
        queue(record, (4711, "ended"))
    assert caught.value.fields.keys() == {"after.0"}
    with record.read() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM jobs").scalar() == 0


def test_stopping_the_first_asks_what_becomes_of_the_rest(record: Record) -> None:
    first = queue(record, hold=True)
    second = queue(record, (first, "succeeded"))
    third = queue(record, (second, "succeeded"))
    with pytest.raises(ConflictError, match="2 other jobs wait for 'Steps'") as caught:
        control.stop(record, first)
    assert caught.value.code == "job.has_dependents"
    assert state(record, first) is JobState.HELD
    assert [view.id for view in control.stop(record, first, "stop")] == [first, second, third]
    assert {state(record, job) for job in (first, second, third)} == {JobState.STOPPED}
    assert "which it waited for, was stopped" in detail(record, third).summary


def test_the_rest_can_be_kept_and_then_needs_a_person(record: Record) -> None:
    first = queue(record, hold=True)
    second, either = queue(record, (first, "succeeded")), queue(record, (first, "ended"))
    control.stop(record, first, "keep")
    assert settle(record) == [second, either]
    assert (state(record, second), state(record, either)) == (JobState.NEEDS_USER, JobState.WAITING)


def test_a_removed_job_leaves_those_that_wait_to_a_person(record: Record, run: Run) -> None:
    first = queue(record, ending="needs")
    second = queue(record, (first, "succeeded"))
    run()
    with pytest.raises(ConflictError, match="Another job waits"):
        control.remove(record, first)
    assert [view.id for view in control.remove(record, first, "keep")] == [second]
    left = detail(record, second)
    assert left.state is JobState.NEEDS_USER
    assert left.problem is not None
    assert "was removed" in left.problem.message
    assert control.retry(record, second)[0].state is JobState.WAITING


def test_a_paused_job_of_a_chain_waits_on_when_it_is_resumed(record: Record) -> None:
    first = queue(record, hold=True)
    second = queue(record, (first, "ended"))
    assert control.pause(record, second).state is JobState.HELD
    assert control.resume(record, second).state is JobState.BLOCKED


def test_a_copy_of_a_job_waits_for_the_same_files(record: Record, tmp_path: Path) -> None:
    first = queue(record, hold=True)
    copy = control.rerun(record, gather(record, tmp_path, {"from_job": first}))
    assert (copy.state, copy.waits_for) == (JobState.BLOCKED, [first])


def test_a_reference_where_no_file_is_asked_for_is_a_wrong_answer(record: Record) -> None:
    first = queue(record, hold=True)
    with pytest.raises(UserError) as caught:
        queue(record, target={"from_job": first})
    assert caught.value.fields == {"target": "Please enter text."}

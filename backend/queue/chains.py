"""Jobs that start after others have ended: what they wait for, when they may go, and when they may not."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa
from pydantic import BaseModel

from backend.core.clock import now
from backend.core.errors import ConflictError, DeskhandError, UnavailableError, UserError
from backend.core.states import IN_CHAIN, SUCCESS, TERMINAL, JobState
from backend.core.views import Problem, When
from backend.jobtypes import job_type, job_types
from backend.jobtypes.contract import JobType
from backend.queue.checking import checked
from backend.queue.references import references, with_files, with_other_job
from backend.store.jobs import change_state, get_row
from backend.store.prepared import Prepared, one_of
from backend.store.record import Record
from backend.store.schema import artifacts, dependencies, jobs

Dependents = Literal["stop", "keep"]
Verdict = Literal["open", "met", "wrong", "not needed"]
BROKEN = "chain.broken"
_REMOVED = "chain.removed"


class After(BaseModel):
    """A job that must have ended first, and how."""

    job: int
    when: When = "succeeded"


def verdict(state: JobState, when: When) -> Verdict:
    """What the state of the earlier job means for the later one. A job that needs a person has not ended yet."""
    if state not in TERMINAL or state is JobState.NEEDS_USER:
        return "open"
    if when == "ended" or ((state in SUCCESS) == (when == "succeeded") and state is not JobState.STOPPED):
        return "met"
    return "wrong" if when == "succeeded" else "not needed"


def set_links(connection: sa.Connection, job_id: int, wanted: Iterable[After]) -> None:
    """Writes down what a job waits for, in place of what it waited for.

    Raises UserError for a job that is not on the record, and for a chain that would lead back to itself.
    """
    chosen = {each.job: each.when for each in wanted}
    for number, on_id in enumerate(chosen):
        if connection.scalar(sa.select(jobs.c.id).where(jobs.c.id == on_id)) is None:
            raise _refused(number, f"Job {on_id} is not on the record (any more).")
        if _leads_to(connection, on_id, job_id):
            raise _refused(number, f"Job {on_id} waits for this one itself; neither could ever start.")
    connection.execute(sa.delete(dependencies).where(dependencies.c.job_id == job_id))
    for on_id, when in chosen.items():
        connection.execute(sa.insert(dependencies).values(job_id=job_id, on_id=on_id, condition=when, settled=False))


def _refused(number: int, sentence: str) -> UserError:
    return UserError(
        "chain.impossible", sentence, "Choose another job to wait for.", fields={f"after.{number}": sentence}
    )


def _leads_to(connection: sa.Connection, start: int, goal: int) -> bool:
    reached = sa.select(sa.literal(start).label("id")).cte("reached", recursive=True)
    step = sa.select(dependencies.c.on_id).join(reached, dependencies.c.job_id == reached.c.id)
    reached = reached.union(step)
    return connection.scalar(sa.select(reached.c.id).where(reached.c.id == goal)) is not None


def place_in_line(connection: sa.Connection, job_id: int) -> JobState:
    """Where a job belongs that is to go on: *blocked* while it waits for others or takes files it does not have yet."""
    waits = sa.select(dependencies.c.on_id).where(dependencies.c.job_id == job_id, ~dependencies.c.settled)
    if connection.execute(waits.limit(1)).first() is not None:
        return JobState.BLOCKED
    row = get_row(connection, job_id)
    kind = job_types().get(row["kind"])
    return JobState.BLOCKED if kind and references(kind, row["params"]) else JobState.WAITING


def followers(connection: sa.Connection, job_id: int) -> list[int]:
    """The jobs that wait for this one, and those that wait for them."""
    found: list[int] = []
    ahead = [job_id]
    while ahead:
        waiting = sa.select(dependencies.c.job_id).join(jobs, jobs.c.id == dependencies.c.job_id)
        ahead = [
            each
            for each in connection.scalars(
                waiting.where(
                    dependencies.c.on_id.in_(ahead), ~dependencies.c.settled, jobs.c.state.in_(sorted(IN_CHAIN))
                )
            )
            if each not in found
        ]
        found += ahead
    return found


def decide_followers(connection: sa.Connection, job_id: int, choice: Dependents | None, verb: str) -> list[int]:
    """Stops the jobs that wait for this one, or leaves them to what will become of it. Returns those that were stopped.

    Raises ConflictError `job.has_dependents` where there are some and nothing was chosen.
    """
    waiting = followers(connection, job_id)
    if not waiting or choice == "keep":
        return []
    name = get_row(connection, job_id)["name"]
    if choice is None:
        many = "Another job waits" if len(waiting) == 1 else f"{len(waiting)} other jobs wait"
        raise ConflictError("job.has_dependents", f"{many} for '{name}'.", "Say whether to stop them, too.")
    summary = f"Stopped, since '{name}', which it waited for, was {verb}."
    return [each for each in waiting if _stop(connection, each, summary)]


def let_go(connection: sa.Connection, job_id: int) -> list[int]:
    """The job is about to be taken off the record: those that wait for it need a person. Returns them."""
    row = get_row(connection, job_id)
    left: list[int] = []
    waiting = sa.select(dependencies.c.job_id).where(dependencies.c.on_id == job_id, ~dependencies.c.settled)
    for each in list(connection.scalars(waiting)):
        problem = Problem(
            code=_REMOVED,
            message=f"'{row['name']}', which this job waited for, was removed from the list.",
            hint="Press Try again to start it without waiting, or Change and run if it takes files from there.",
        )
        if _hand_over(connection, each, problem) or _say_instead(connection, each, problem):
            left.append(each)
    return left


def _say_instead(connection: sa.Connection, job_id: int, problem: Problem) -> bool:
    broken = sa.and_(jobs.c.state == JobState.NEEDS_USER.value, jobs.c.problem["code"].as_string() == BROKEN)
    statement = sa.update(jobs).where(jobs.c.id == job_id, broken).values(problem=problem.model_dump())
    return connection.execute(statement).rowcount == 1


def take_back_in(connection: sa.Connection, job_id: int) -> list[int]:
    """The job is tried again: those that gave up waiting for it wait again. Returns them."""
    again: list[int] = []
    waiting = sa.select(dependencies.c.job_id).where(dependencies.c.on_id == job_id, ~dependencies.c.settled)
    for each in list(connection.scalars(waiting)):
        problem = get_row(connection, each)["problem"] or {}
        if problem.get("code") == BROKEN and change_state(
            connection, each, JobState.BLOCKED, since={JobState.NEEDS_USER}, problem=None, ended_at=None
        ):
            again.append(each)
    return again


def take_over(connection: sa.Connection, old_id: int, new_id: int) -> list[int]:
    """What still waits for a job that has ended waits for another one instead, and takes its files. Returns those.

    A job that has not ended keeps what waits for it. Raises UserError where the new one waits for one of them itself.
    """
    if get_row(connection, old_id)["state"] not in TERMINAL:
        return []
    waiting = (
        sa.select(jobs.c.id, jobs.c.params)
        .join(dependencies, jobs.c.id == dependencies.c.job_id)
        .where(dependencies.c.on_id == old_id, ~dependencies.c.settled, jobs.c.state.in_(sorted(IN_CHAIN)))
        .order_by(jobs.c.id)
    )
    moved: list[int] = []
    for job_id, answers in connection.execute(waiting).all():
        if _leads_to(connection, new_id, job_id):
            raise _refused(0, f"Job {job_id} waits for what this one is to stand in for; neither could ever start.")
        link = sa.and_(dependencies.c.job_id == job_id, dependencies.c.on_id == old_id)
        connection.execute(sa.update(dependencies).where(link).values(on_id=new_id))
        named = with_other_job(answers, old_id, new_id)
        connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(params=named))
        moved.append(job_id)
    take_back_in(connection, new_id)
    return moved


_earlier = jobs.alias("earlier")
_DUE = Prepared(
    sa.select(jobs.c.id)
    .where(
        jobs.c.state == JobState.BLOCKED.value,
        sa.or_(
            sa.exists().where(
                dependencies.c.job_id == jobs.c.id,
                ~dependencies.c.settled,
                dependencies.c.on_id == _earlier.c.id,
                one_of(_earlier.c.state, TERMINAL - {JobState.NEEDS_USER}),
            ),
            ~sa.exists().where(dependencies.c.job_id == jobs.c.id, ~dependencies.c.settled),
        ),
    )
    .order_by(jobs.c.id)
)
"""Those about which something has been decided; made once, since it is asked after every change."""


def settle(record: Record) -> list[int]:
    """One round: jobs whose chain has come to a decision go in line, to a person, or out. Returns them."""
    with record.glance() as lane:
        found = [row["id"] for row in _DUE.rows(lane)]
    changed: list[int] = []
    for job_id in found:
        with record.write(durable=False) as connection:
            if _decide(connection, job_id):
                changed.append(job_id)
    return changed


def _decide(connection: sa.Connection, job_id: int) -> bool:
    links = connection.execute(
        sa.select(dependencies.c.condition, jobs.c.id, jobs.c.name, jobs.c.state)
        .join(jobs, jobs.c.id == dependencies.c.on_id)
        .where(dependencies.c.job_id == job_id, ~dependencies.c.settled)
        .order_by(jobs.c.id)
    ).all()
    verdicts = [(verdict(JobState(link.state), link.condition), link) for link in links]
    for said, link in verdicts:
        if said == "wrong":
            how = "was stopped" if link.state == JobState.STOPPED else "did not succeed"
            problem = Problem(
                code=BROKEN,
                message=f"'{link.name}', which this job waits for, {how}.",
                hint="Try that one again, and this job follows by itself. Or remove it, if it is not needed any more.",
            )
            return _hand_over(connection, job_id, problem)
        if said == "not needed":
            how = "was stopped" if link.state == JobState.STOPPED else "succeeded"
            return _stop(connection, job_id, f"Not needed, since '{link.name}' {how}.")
    if any(said == "open" for said, _ in verdicts):
        return False
    return _go(connection, job_id)


def answers_now(record: Record, kind_name: str, answers: Mapping[str, Any]) -> Mapping[str, Any]:
    """Answers with the result files of other jobs put in, for a look ahead.

    Raises UnavailableError while one of these jobs has not succeeded, and UserError where no file fits.
    """
    kind = job_type(kind_name)
    meant = _meant(kind, answers)
    if not meant:
        return answers
    with record.read() as connection:
        for job_id in meant:
            row = get_row(connection, job_id)
            if row["state"] not in SUCCESS:
                raise UnavailableError(
                    "chain.later",
                    f"This takes files that '{row['name']}' has not made yet.",
                    "It can be started anyway.",
                )
        return with_files(kind, answers, _made(connection, meant))


def _meant(kind: JobType[Any], answers: Mapping[str, Any]) -> set[int]:
    return {each.from_job for several in references(kind, answers).values() for each in several}


def _go(connection: sa.Connection, job_id: int) -> bool:
    row = get_row(connection, job_id)
    try:
        kind = job_type(row["kind"])
        meant = _meant(kind, row["params"])
        params = checked(kind, with_files(kind, row["params"], _made(connection, meant)))
    except DeskhandError as error:
        problem = Problem(code=error.code, message=error.message, hint=error.hint, fields=error.fields)
        return _hand_over(connection, job_id, problem)
    answers: Mapping[str, Any] = params.model_dump(mode="json") if meant else row["params"]
    connection.execute(sa.update(dependencies).where(dependencies.c.job_id == job_id).values(settled=True))
    return change_state(
        connection, job_id, JobState.WAITING, since={JobState.BLOCKED}, params=answers, target=kind.target(params)
    )


def _made(connection: sa.Connection, meant: Iterable[int]) -> dict[int, Sequence[str]]:
    return {
        job_id: list(
            connection.scalars(sa.select(artifacts.c.path).where(artifacts.c.job_id == job_id).order_by(artifacts.c.id))
        )
        for job_id in meant
    }


def _hand_over(connection: sa.Connection, job_id: int, problem: Problem) -> bool:
    said, moment = problem.model_dump(), now().timestamp()
    since = {JobState.BLOCKED}
    return change_state(connection, job_id, JobState.NEEDS_USER, since=since, problem=said, ended_at=moment)


def _stop(connection: sa.Connection, job_id: int, summary: str) -> bool:
    since, moment = {JobState.BLOCKED, JobState.HELD, JobState.NEEDS_USER}, now().timestamp()
    return change_state(
        connection, job_id, JobState.STOPPED, since=since, summary=summary, problem=None, ended_at=moment
    )

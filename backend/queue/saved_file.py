"""Saved jobs as one file, to be carried to another computer: no secrets in it, and looked at before it is taken in."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.core.errors import UserError
from backend.jobtypes import job_types
from backend.lib.masking import COVER, shown_body, shown_url, shown_value
from backend.queue import saved as saving
from backend.queue.answers import PATHS, Answer, answers_of, with_answer
from backend.queue.saved import SavedAnswers, SavedJob
from backend.queue.schedules import book
from backend.queue.schedules.deciding import Missed, Overlap
from backend.queue.schedules.rules import Rule
from backend.store import accounts
from backend.store import saved as store
from backend.store import schedules as schedule_store
from backend.store.record import Record

FORMAT: Literal["deskhand-saved-jobs"] = "deskhand-saved-jobs"


class CarriedSchedule(BaseModel):
    """A schedule without its past."""

    model_config = ConfigDict(extra="forbid")

    rule: Rule
    missed: Missed
    overlap: Overlap


class CarriedJob(SavedAnswers):
    """A saved job. An account is called by kind and name: numbers mean nothing on another computer."""

    schedules: list[CarriedSchedule] = Field(default_factory=list["CarriedSchedule"], max_length=20)


class Document(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid")

    format: Literal["deskhand-saved-jobs"]
    version: Literal[1]
    jobs: list[CarriedJob] = Field(max_length=1000)


class Lack(BaseModel):
    """Something that an answer names and that is not here; `hint` says what to do."""

    field: str
    title: str
    sentence: str
    hint: str


class Arrival(BaseModel):
    """One saved job of a file: the name it would get, its schedules, and what is missing here."""

    name: str
    kind: str
    schedules: int
    lacks: list[Lack]


def written(record: Record, ids: Sequence[int]) -> dict[str, Any]:
    """The document of these saved jobs, or of all. Raises NotFoundError."""
    with record.read() as connection:
        rows = [store.get_saved(connection, each) for each in ids] if ids else store.all_saved(connection)
        planned = schedule_store.all_schedules(connection)
    jobs = [
        CarriedJob(
            name=row["name"],
            kind=row["kind"],
            params=_with_named_accounts(record, row["kind"], row["params"]),
            priority=saving.view_of(row).priority,
            follow_ups=[
                each.model_copy(update={"params": _with_named_accounts(record, each.kind, each.params)})
                for each in saving.view_of(row).follow_ups
            ],
            schedules=[
                CarriedSchedule(rule=Rule.model_validate(plan["rule"]), missed=plan["missed"], overlap=plan["overlap"])
                for plan in planned
                if plan["saved_id"] == row["id"]
            ],
        )
        for row in rows
    ]
    return Document(format=FORMAT, version=1, jobs=jobs).model_dump(mode="json")


def looked_at(record: Record, document: Mapping[str, Any]) -> list[Arrival]:
    """What the document would bring; changes nothing. Raises UserError for one that is no such document."""
    read = _read(document)
    arrivals: list[Arrival] = []
    with record.read() as connection:
        for job in read.jobs:
            name = store.free_name(connection, job.name)
            steps = [(job.kind, job.params, ""), *((each.kind, each.params, each.name) for each in job.follow_ups)]
            lacks = [lack for kind, params, where in steps for lack in _lacks(record, kind, params, where)]
            arrivals.append(Arrival(name=name, kind=job.kind, schedules=len(job.schedules), lacks=lacks))
    return arrivals


def read_in(record: Record, document: Mapping[str, Any], now: dt.datetime, zone: ZoneInfo) -> list[SavedJob]:
    """Takes all in, under names that are free; schedules begin paused. Raises UserError for no such document.

    Answers that name what is missing here are kept as they are; an account that is missing is left out.
    """
    made: list[SavedJob] = []
    for job in _read(document).jobs:
        with record.read() as connection:
            name = store.free_name(connection, job.name)
        answers = SavedAnswers(
            name=name,
            kind=job.kind,
            params=_with_numbered_accounts(record, job.kind, job.params),
            priority=job.priority,
            follow_ups=[
                each.model_copy(update={"params": _with_numbered_accounts(record, each.kind, each.params)})
                for each in job.follow_ups
            ],
        )
        saved = saving.save(record, answers, check_first=False)
        for plan in job.schedules:
            new = book.NewSchedule(saved_id=saved.id, rule=plan.rule, missed=plan.missed, overlap=plan.overlap)
            number = book.make(record, new, now, zone)
            book.change(record, number, book.ScheduleChange(paused=True), now, zone)
        made.append(saved)
    return made


def _read(document: Mapping[str, Any]) -> Document:
    try:
        return Document.model_validate(document)
    except ValidationError as error:
        newer = document.get("format") == FORMAT and document.get("version") not in (None, 1)
        raise UserError(
            "saved_file.strange",
            "This file was made by a newer Deskhand." if newer else "This is not a file of saved jobs.",
            "Install the newer one." if newer else "Choose a file that was made with Export in Deskhand.",
        ) from error


def _answers(kind: str, params: Mapping[str, Any]) -> list[Answer]:
    known = job_types().get(kind)
    return list(answers_of(known.params, params)) if known else []


def _with_named_accounts(record: Record, kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(params)
    for answer in _answers(kind, params):
        if answer.asked == "secret":
            made = with_answer(made, answer.place, None)
        elif answer.asked == "account" and isinstance(answer.value, int):
            found = accounts.find(record, answer.value)
            named = {"account": found.name, "kind": found.kind} if found else None
            made = with_answer(made, answer.place, named)
        elif isinstance(answer.value, str) and (covered := _covered(params, answer)) != answer.value:
            made = with_answer(made, answer.place, covered)
    return made


def _covered(params: Mapping[str, Any], answer: Answer) -> str:
    """The text without what may be a secret: in a row of name and value, an address, JSON, or a form's `a=b&c=d`."""
    text: str = answer.value
    if answer.place[-1] == "value" and len(answer.place) > 1:
        row: Any = params
        for step in answer.place[:-1]:
            row = row[step]
        return shown_value(str(row.get("name", "")), text) if text else text
    if text.startswith(("http://", "https://")):
        return shown_url(text)
    is_data = text[:1] in ("{", "[") or ("=" in text and len(text.split()) == 1)
    return shown_body(text) if is_data and answer.asked not in PATHS else text


def _with_numbered_accounts(record: Record, kind: str, params: Mapping[str, Any]) -> dict[str, Any]:
    made = dict(params)
    for answer in _answers(kind, params):
        if answer.asked == "account":
            made = with_answer(made, answer.place, _account_of(record, answer.value))
    return made


def _account_of(record: Record, named: Any) -> int | None:
    if not isinstance(named, dict):
        return None
    wanted = cast("dict[str, Any]", named)
    found = accounts.listing(record, [str(wanted.get("kind"))])
    return next((account.id for account in found if account.name == wanted.get("account")), None)


def _lacks(record: Record, kind: str, params: Mapping[str, Any], where: str) -> Iterator[Lack]:
    prefix = f"{where}: " if where else ""
    if kind not in job_types():
        sentence = f"This Deskhand does not know jobs of the kind '{kind}'."
        hint = "Install a newer Deskhand, or one that has this kind of job."
        yield Lack(field="", title=where or kind, sentence=sentence, hint=hint)
    for answer in _answers(kind, params):
        field, title = ".".join(map(str, answer.place)), prefix + answer.title
        if any(COVER in text for text in answer.texts()):
            sentence = "What may be a secret was left out of the file."
            hint = "Type it again with Edit, or choose an account that has it."
            yield Lack(field=field, title=title, sentence=sentence, hint=hint)
        if answer.asked in PATHS:
            for path in answer.texts():
                if not _is_here(Path(path), answer.asked):
                    sentence = f"'{path}' is not there on this computer."
                    hint = "If it is on a drive, connect it. Else choose another place with Edit."
                    yield Lack(field=field, title=title, sentence=sentence, hint=hint)
        elif answer.asked == "account" and answer.value is not None and _account_of(record, answer.value) is None:
            called = cast("Any", answer.value).get("account", "") if isinstance(answer.value, dict) else ""
            sentence = f"There is no account '{called}' on this computer."
            hint = "Make one of this name under Accounts before you go on, or choose another with Edit afterwards."
            yield Lack(field=field, title=title, sentence=sentence, hint=hint)


def _is_here(place: Path, asked: str) -> bool:
    try:
        return place.exists() or (asked == "folder-out" and place.parent.is_dir())
    except OSError:
        return False

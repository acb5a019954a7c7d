"""Kinds of jobs: what they ask, and what would happen."""

import asyncio
from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel, Field

from backend.api.asking import ask
from backend.api.state import ApiState, State
from backend.core.views import LetterPage, Option, Rehearsal
from backend.jobtypes import job_type, job_types
from backend.lib.accounts.kinds import account_kinds
from backend.queue.chains import answers_now
from backend.queue.switches import is_on, switch, switched
from backend.store import accounts

router = APIRouter(prefix="/job-types", tags=["job types"])


class JobTypeView(BaseModel):
    """A kind of job, with the JSON Schema of its answers (`x-kind` and friends: see docs/api.md)."""

    name: str
    title: str
    summary: str
    icon: str
    order: int
    can_rehearse: bool
    has_options: bool
    has_letters: bool
    params_schema: dict[str, Any]


class Answers(BaseModel):
    """The answers given so far."""

    params: dict[str, Any]


class FieldQuestion(Answers):
    """Which field wants to know what can be picked; dotted for one inside a list of small forms."""

    field: str


class LetterQuestion(Answers):
    """Which letters to look at: those that `search` finds, from the place `first` on."""

    first: int = Field(default=0, ge=0)
    search: str = Field(default="", max_length=200)


class LetterChoice(Answers):
    """Which letter, by its place among all."""

    place: int = Field(ge=0)


class Sent(BaseModel):
    """What was sent, in a sentence."""

    message: str


class Options(BaseModel):
    """What can be picked."""

    options: list[Option]


class SwitchView(BaseModel):
    """A kind of job that is off until it is switched on, and why."""

    name: str
    title: str
    caution: str
    on: bool


class Switch(BaseModel):
    """On or off."""

    on: bool


@router.get("")
def listing(parts: State) -> list[JobTypeView]:
    """The kinds of jobs that are offered."""
    with parts.record.read() as connection:
        off = {kind.name for kind in switched() if not is_on(connection, kind)}
    return [
        JobTypeView(
            name=kind.name,
            title=kind.title,
            summary=kind.summary,
            icon=kind.icon,
            order=kind.order,
            can_rehearse=kind.rehearse is not None,
            has_options=kind.options is not None or _asks_for_an_account(schema),
            has_letters=kind.letters is not None,
            params_schema=schema,
        )
        for kind in job_types().values()
        if not kind.hidden and kind.name not in off and (schema := kind.params.model_json_schema())
    ]


@router.get("/switches")
def switches(parts: State) -> list[SwitchView]:
    """The kinds of jobs that are off until they are switched on."""
    with parts.record.read() as connection:
        return [
            SwitchView(name=kind.name, title=kind.title, caution=kind.caution, on=is_on(connection, kind))
            for kind in switched()
        ]


@router.put("/{name}/switch")
def change_switch(name: str, wanted: Switch, parts: State) -> SwitchView:
    """Switches such a kind on or off; jobs of a kind that is off are neither taken nor run."""
    kind = job_type(name)
    with parts.record.write() as connection:
        switch(connection, kind, wanted.on)
    return SwitchView(name=kind.name, title=kind.title, caution=kind.caution, on=wanted.on)


@router.post("/{name}/rehearsal")
async def rehearsal(name: str, asked: Answers, parts: State, request: Request) -> Rehearsal:
    """What would happen; worked out in the worker, and nothing is changed."""
    answers = await asyncio.to_thread(answers_now, parts.record, name, asked.params)
    return Rehearsal.model_validate(await ask(parts, "rehearsal", name, "", dict(answers), request))


@router.post("/{name}/letters")
async def letters(name: str, asked: LetterQuestion, parts: State, request: Request) -> LetterPage:
    """Letters as their recipients will see them; worked out in the worker, and nothing is sent."""
    answers = await asyncio.to_thread(answers_now, parts.record, name, asked.params)
    question = {"answers": dict(answers), "first": asked.first, "search": asked.search}
    return LetterPage.model_validate(await ask(parts, "letters", name, "", question, request))


@router.post("/{name}/letters/test")
async def test_letter(name: str, asked: LetterChoice, parts: State) -> Sent:
    """Sends one of the letters to the user instead of its recipient, outside any job."""
    answers = await asyncio.to_thread(answers_now, parts.record, name, asked.params)
    question = {"answers": dict(answers), "place": asked.place}
    return Sent(message=await ask(parts, "letter", name, "", question))


@router.post("/{name}/options")
async def options(name: str, asked: FieldQuestion, parts: State, request: Request) -> Options:
    """What can be picked in a field, given the other answers."""
    known = job_type(name)
    described = _described(known.params.model_json_schema(), asked.field)
    if described.get("x-kind") == "account":
        return Options(options=await asyncio.to_thread(_accounts, parts, described.get("x-kinds", [])))
    found = await ask(parts, "options", name, asked.field, asked.params, request)
    return Options.model_validate({"options": found})


def _accounts(parts: ApiState, kinds: list[str]) -> list[Option]:
    known = account_kinds()
    return [
        Option(value=str(found.id), label=found.name, note="" if len(kinds) == 1 else known[found.kind].title)
        for found in accounts.listing(parts.record, kinds)
        if found.kind in known
    ]


def _described(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """What a schema says of a field, dotted for one in a list of small forms; empty where there is none."""
    found = schema
    for name in path.split("."):
        inner = found.get("items", found)
        if "$ref" in inner:
            inner = schema.get("$defs", {}).get(inner["$ref"].rsplit("/", 1)[-1], {})
        found = inner.get("properties", {}).get(name, {})
    return found


def _asks_for_an_account(schema: dict[str, Any]) -> bool:
    forms = [schema, *schema.get("$defs", {}).values()]
    return any(field.get("x-kind") == "account" for form in forms for field in form.get("properties", {}).values())

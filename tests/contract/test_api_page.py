"""`docs/api.md` says all of the API that there is, and nothing that there is not."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from backend.api.application import make_application
from backend.core.events import Event
from backend.core.settings import Settings
from backend.core.states import JobState
from backend.jobtypes import job_types
from backend.store.record import Record

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "api.md").read_text("utf-8")


def part(heading: str) -> str:
    """The text under a heading of the page."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def extension_keys(schema: Any) -> Iterator[str]:
    """Every `x-` key in a JSON Schema."""
    if isinstance(schema, dict):
        yield from (str(key) for key in schema if str(key).startswith("x-"))
        for value in schema.values():
            yield from extension_keys(value)
    if isinstance(schema, list):
        for value in schema:
            yield from extension_keys(value)


def test_the_page_lists_every_operation_in_the_words_of_the_api(tmp_path: Path, record: Record) -> None:
    paths = make_application(Settings(data_dir=tmp_path), record, "token").openapi()["paths"]
    there = {
        f"| `{method.upper()} {path.removeprefix('/api/v1')}` | {operation['description'].splitlines()[0]} |"
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    listed = {line for line in part("Operations").splitlines() if line.startswith("| `")}
    assert sorted(there) == sorted(listed)


def test_the_page_lists_every_event() -> None:
    (union, _) = get_args(Event)
    assert set(re.findall(r"^\| `([a-z.]+)`", part("Events"), re.MULTILINE)) == {
        kind.model_fields["type"].default for kind in get_args(union)
    }


def test_the_page_names_every_state() -> None:
    assert set(re.findall(r"`([a-z_]+)`", part("States").split("`wish`")[0])) == {state.value for state in JobState}


def test_the_page_explains_every_key_that_a_form_uses() -> None:
    explained = set(re.findall(r"`(x-[a-z-]+)`", part("Job types and their forms")))
    used = {key for kind in job_types().values() for key in extension_keys(kind.params.model_json_schema())}
    assert used
    assert used - explained == set()

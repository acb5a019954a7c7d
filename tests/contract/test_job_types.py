"""What every job type promises, whoever wrote it: found by the same walk as in the program."""

import ast
import inspect
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import backend.jobtypes
from backend.core.walking import module_names
from backend.jobtypes import fields, job_types
from backend.jobtypes.contract import JobType
from tests.helpers.tree import ROOT

SECTIONS = {"what", "from", "to", "options"}
HEAVY = {
    "adbc_driver_sqlite",
    "cryptography",
    "fastexcel",
    "jinja2",
    "keyring",
    "pikepdf",
    "polars",
    "pyfastcdc",
    "PySide6",
    "sqlalchemy.engine",
    "typst",
    "xlsxturbo",
    "xlsxwriter",
    "zstandard",
}
KINDS = {
    maker("A title").json_schema_extra["x-kind"]
    for name, maker in inspect.getmembers(fields, inspect.isfunction)
    if name in fields.__all__ and name != "field"
}
every_job_type = pytest.mark.parametrize("kind", job_types().values(), ids=job_types())


def forms_of(kind: JobType[Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The form of a job type and the small forms inside it: a name for it, and its properties."""
    schema = kind.params.model_json_schema()
    yield kind.name, schema.get("properties", {})
    for name, definition in schema.get("$defs", {}).items():
        if "properties" in definition:
            yield f"{kind.name}.{name}", definition["properties"]


@every_job_type
def test_a_job_type_introduces_itself(kind: JobType[Any]) -> None:
    assert kind.name == kind.name.lower()
    assert set(kind.name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
    assert kind.title == kind.title.strip() != ""
    assert kind.summary.endswith(".")
    assert kind.hidden or (ROOT / "resources" / "icons" / f"{kind.icon}.svg").is_file(), kind.icon


@every_job_type
def test_every_answer_has_a_title_a_kind_and_a_place_in_the_form(kind: JobType[Any]) -> None:
    for form, properties in forms_of(kind):
        for name, field in properties.items():
            assert field.get("title"), f"{form}.{name}"
            assert field.get("x-kind") in KINDS, f"{form}.{name}"
            assert field.get("x-section") in SECTIONS, f"{form}.{name}"


@every_job_type
def test_answers_that_depend_on_others_name_answers_that_exist(kind: JobType[Any]) -> None:
    outer = kind.params.model_json_schema().get("properties", {})
    for form, properties in forms_of(kind):
        for name, field in properties.items():
            others = {*field.get("x-depends-on", ()), *field.get("x-when", {})}
            known = (set(properties) - {name}) | (set(outer) if form != kind.name else set())
            assert others <= known, f"{form}.{name}"


@every_job_type
def test_choices_that_are_worked_out_have_a_function_that_works_them_out(kind: JobType[Any]) -> None:
    worked_out = {
        field["x-kind"] for _, properties in forms_of(kind) for field in properties.values() if "x-depends-on" in field
    }
    assert not worked_out or kind.options is not None


@every_job_type
def test_the_schema_is_json_and_unknown_answers_are_refused(kind: JobType[Any]) -> None:
    schema = kind.params.model_json_schema()
    assert json.loads(json.dumps(schema)) == schema
    assert schema["additionalProperties"] is False


def test_the_walk_loads_nothing_heavy() -> None:
    program = (
        "import json, sys; from backend.jobtypes import discover; discover('backend.jobtypes');"
        "print(json.dumps(sorted(sys.modules)))"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(json.loads(answer.stdout))
    assert "backend.jobtypes.contract" in loaded
    assert sorted(loaded & HEAVY) == []


def test_no_job_type_imports_another() -> None:
    package = backend.jobtypes.__name__
    shared = {f"{package}.contract", f"{package}.fields", package}
    for module in set(module_names(package)) - shared:
        for path in files_of(module):
            taken = {name for name in imports_of(path) if name.startswith(package)}
            foreign = {name for name in taken if not (name + ".").startswith(f"{module}.")} - shared
            assert foreign == set(), path


def files_of(module: str) -> list[Path]:
    """The files of a module, or of all modules of a package."""
    place = ROOT.joinpath(*module.split("."))
    return sorted(place.rglob("*.py")) if place.is_dir() else [place.with_suffix(".py")]


def imports_of(path: Path) -> set[str]:
    """The modules that a file imports anywhere, by their full names."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return names

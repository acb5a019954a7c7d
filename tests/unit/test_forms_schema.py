"""Reading a job type's JSON Schema."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict

from backend.jobtypes import fields as job_fields
from desktop.ui.forms.paths import tidy_path
from desktop.ui.forms.schema import FieldSpec, is_empty, is_shown, read_fields
from tests.helpers.sample_schemas import EVERY_KIND, REPORT


class _Row(BaseModel):
    column: str = job_fields.column("Column", depends_on=["source"])
    test: Literal["is", "not"] = job_fields.choice("Test", labels={"not": "is not"}, default="is")


class _Params(BaseModel):
    model_config = ConfigDict(extra="forbid")

    source: str = job_fields.file_in("File", "To read", section="from", suffixes=[".csv"])
    days: int | None = job_fields.number("Days", unit="days", default=None, ge=1, lt=100)
    rows: list[_Row] = job_fields.rows("Rows", default=[], add="One more", max_length=3)
    some: list[Literal["a", "b"]] = job_fields.choices("Some", min_length=1)
    shown: str = job_fields.text("Shown", default="", when={"days": [1, 2]}, max_length=9)


def _read(schema: dict[str, Any]) -> dict[str, FieldSpec]:
    return {spec.name: spec for spec in read_fields(schema)}


def test_what_a_job_type_declares_arrives_in_the_form() -> None:
    specs = _read(_Params.model_json_schema())
    assert list(specs) == ["source", "days", "rows", "some", "shown"]
    source, days, rows, some, shown = specs.values()
    assert (source.kind, source.title, source.help, source.section) == ("file-in", "File", "To read", "from")
    assert source.required
    assert source.suffixes == (".csv",)
    assert (days.type, days.nullable, days.at_least, days.below, days.unit) == ("integer", True, 1, 100, "days")
    assert (rows.add, rows.max_items, [inner.name for inner in rows.item_fields]) == ("One more", 3, ["column", "test"])
    assert rows.item_fields[0].depends_on == ("source",)
    assert rows.item_fields[1].labels == {"not": "is not"}
    assert (some.choices, some.min_items, some.must_be_filled) == (("a", "b"), 1, True)
    assert (shown.when, shown.max_length) == ({"days": (1, 2)}, 9)


def test_every_property_of_the_samples_is_read_in_its_order() -> None:
    for sample in (REPORT, EVERY_KIND):
        assert [spec.name for spec in read_fields(sample["params_schema"])] == list(
            sample["params_schema"]["properties"]
        )


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"type": "boolean"}, "yes-no"),
        ({"type": "integer"}, "number"),
        ({"enum": ["a"], "type": "string"}, "choice"),
        ({"const": "a", "type": "string"}, "choice"),
        ({"type": "array", "items": {"enum": ["a"]}}, "choices"),
        ({"type": "array", "items": {"type": "object", "properties": {}}}, "rows"),
        ({"type": "array", "items": {"type": "string"}}, "long-text"),
        ({"type": "string", "format": "date"}, "date"),
        ({"type": "string"}, "text"),
    ],
)
def test_a_field_without_a_kind_gets_one_by_its_type(schema: dict[str, Any], kind: str) -> None:
    assert _read({"properties": {"it": schema}})["it"].kind == kind


def test_rows_within_themselves_end_somewhere() -> None:
    schema = {
        "$defs": {"Node": {"properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}}},
        "properties": {"root": {"type": "array", "items": {"$ref": "#/$defs/Node"}, "x-kind": "rows"}},
    }
    spec = _read(schema)["root"]
    depth = 0
    while spec.item_fields:
        spec = spec.item_fields[0]
        depth += 1
    assert 1 <= depth <= 8


def test_a_field_is_shown_only_while_all_it_depends_on_agree() -> None:
    spec = _read({"properties": {"a": {"x-when": {"b": [1, 2], "c": [True]}}}})["a"]
    assert is_shown(spec, {"b": 2, "c": True})
    assert not is_shown(spec, {"b": 3, "c": True})
    assert not is_shown(spec, {"b": 1})


@pytest.mark.parametrize("value", [None, "", "  ", []])
def test_these_answers_say_nothing(value: Any) -> None:
    assert is_empty(value)


@pytest.mark.parametrize("value", [0, False, "x", [0]])
def test_these_answers_say_something(value: Any) -> None:
    assert not is_empty(value)


@pytest.mark.parametrize(
    ("pasted", "path"),
    [
        ('"C:\\Users\\Anna\\a b.csv"', "C:\\Users\\Anna\\a b.csv"),
        ("  /home/anna/a.csv\n", "/home/anna/a.csv"),
        ("file:///home/anna/a%20b.csv", "/home/anna/a b.csv"),
        ("'", "'"),
    ],
)
def test_pasted_paths_are_tidied(pasted: str, path: str) -> None:
    assert tidy_path(pasted) == path

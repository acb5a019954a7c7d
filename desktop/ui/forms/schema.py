"""A job type's JSON Schema, read into plain records: one `FieldSpec` for each answer that is asked for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

Json = dict[str, Any]

SECTIONS: Final = ("what", "from", "to", "options")
FILE_KINDS: Final = frozenset({"file-in", "files-in", "folder-in"})
OFFERED_KINDS: Final = frozenset(
    {"pick", "column", "columns", "tree", "account", "template-line", "template-text", "template-rich"}
)


@dataclass(frozen=True)
class FieldSpec:
    """One question of a form. `default` is what stands there at first, None for nothing."""

    name: str
    title: str
    help: str
    kind: str
    section: str
    type: str
    required: bool
    nullable: bool
    default: Any = None
    choices: tuple[Any, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    min_items: int | None = None
    max_items: int | None = None
    suffixes: tuple[str, ...] = ()
    depends_on: tuple[str, ...] = ()
    empty: str = ""
    placeholder: str = ""
    unit: str = ""
    add: str = ""
    kinds: tuple[str, ...] = ()
    when: Mapping[str, tuple[Any, ...]] = field(default_factory=dict[str, tuple[Any, ...]])
    item_fields: tuple["FieldSpec", ...] = ()

    @property
    def must_be_filled(self) -> bool:
        """Whether an empty answer is no answer."""
        unskippable = not self.nullable and self.kind in {"number", "date", "choice"}
        return self.required or unskippable or bool(self.min_length) or bool(self.min_items)


def read_fields(schema: Mapping[str, Any]) -> tuple[FieldSpec, ...]:
    """The fields of an object schema, in its order. `$ref` is looked up in the schema's own `$defs`."""
    return _fields_of(schema, cast("Json", schema.get("$defs", {})), 0)


def _fields_of(schema: Mapping[str, Any], definitions: Json, depth: int) -> tuple[FieldSpec, ...]:
    required = set(cast("list[str]", schema.get("required", [])))
    properties = cast("dict[str, Json]", schema.get("properties", {}))
    return tuple(_read(name, raw, name in required, definitions, depth) for name, raw in properties.items())


def _resolved(raw: Json, definitions: Json) -> Json:
    reference = raw.get("$ref")
    if not isinstance(reference, str):
        return raw
    target = cast("Json", definitions.get(reference.rsplit("/", 1)[-1], {}))
    return {**_resolved(target, definitions), **{key: value for key, value in raw.items() if key != "$ref"}}


def _without_null(raw: Json, definitions: Json) -> tuple[Json, bool]:
    """The schema with its one real alternative folded in, and whether null was another."""
    raw = _resolved(raw, definitions)
    branches = [_resolved(branch, definitions) for branch in cast("list[Json]", raw.get("anyOf", []))]
    real = [branch for branch in branches if branch.get("type") != "null"]
    outer = {key: value for key, value in raw.items() if key != "anyOf"}
    return {**(real[0] if real else {}), **outer}, len(real) < len(branches)


def _read(name: str, raw: Json, required: bool, definitions: Json, depth: int) -> FieldSpec:
    schema, nullable = _without_null(raw, definitions)
    items = _without_null(cast("Json", schema.get("items", {})), definitions)[0]
    choices = _choices(schema) or _choices(items)
    kind = str(schema.get("x-kind") or _kind_by_type(schema, items))
    rows = kind == "rows" and depth < 4
    return FieldSpec(
        name=name,
        title=str(schema.get("title") or name.replace("_", " ").capitalize()),
        help=str(schema.get("description", "")),
        kind=kind,
        section=schema["x-section"] if schema.get("x-section") in SECTIONS else "what",
        type=str(schema.get("type", "string")),
        required=required or bool(schema.get("x-needed")),
        nullable=nullable,
        default=schema.get("default"),
        choices=choices,
        labels={str(value): str(label) for value, label in cast("Json", schema.get("x-labels", {})).items()},
        at_least=schema.get("minimum"),
        at_most=schema.get("maximum"),
        above=schema.get("exclusiveMinimum"),
        below=schema.get("exclusiveMaximum"),
        min_length=schema.get("minLength"),
        max_length=schema.get("maxLength"),
        min_items=schema.get("minItems"),
        max_items=schema.get("maxItems"),
        suffixes=tuple(schema.get("x-suffixes", ())),
        depends_on=tuple(schema.get("x-depends-on", ())),
        empty=str(schema.get("x-empty", "")),
        placeholder=str(schema.get("x-placeholder", "")),
        unit=str(schema.get("x-unit", "")),
        add=str(schema.get("x-add", "")),
        kinds=tuple(schema.get("x-kinds", ())),
        when={other: tuple(values) for other, values in cast("Json", schema.get("x-when", {})).items()},
        item_fields=_fields_of(items, definitions, depth + 1) if rows else (),
    )


def _choices(schema: Json) -> tuple[Any, ...]:
    if "enum" in schema:
        return tuple(schema["enum"])
    return (schema["const"],) if "const" in schema else ()


def _kind_by_type(schema: Json, items: Json) -> str:
    match schema.get("type"):
        case "boolean":
            return "yes-no"
        case "integer" | "number":
            return "number"
        case "array":
            if items.get("type") == "object":
                return "rows"
            return "choices" if _choices(items) else "long-text"
        case _ if _choices(schema):
            return "choice"
        case _:
            return "date" if schema.get("format") == "date" else "text"


def is_shown(spec: FieldSpec, answers: Mapping[str, Any]) -> bool:
    """Whether the other answers call for this field (`x-when`). A field that is not there is not asked about."""
    return all(answers[other] in values if other in answers else False for other, values in spec.when.items())


def is_empty(value: Any) -> bool:
    """Whether an answer says nothing: absent, blank, or a list without items. False and 0 say something."""
    return value is None or (isinstance(value, str) and not value.strip()) or value == []

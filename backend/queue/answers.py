"""Every answer of a form with what its field says of itself, those in lists of small forms included."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast, get_args

from pydantic import BaseModel

PATHS = frozenset({"file-in", "files-in", "folder-in", "folder-out"})


@dataclass(frozen=True)
class Answer:
    """One answer. `place` leads to it (`("folders", 0, "path")`), `asked` is the `x-kind` of its field."""

    place: tuple[str | int, ...]
    title: str
    asked: str
    value: Any

    def texts(self) -> list[str]:
        """The texts that it is or holds."""
        several = cast("list[Any]", self.value) if isinstance(self.value, list) else [self.value]
        return [each for each in several if isinstance(each, str) and each]


def answers_of(model: type[BaseModel], given: Mapping[str, Any], above: tuple[str | int, ...] = ()) -> Iterator[Answer]:
    """The answers that were given, in the order of the fields."""
    for name, field in model.model_fields.items():
        extra = field.json_schema_extra
        if name not in given or not isinstance(extra, dict):
            continue
        asked, value = str(extra.get("x-kind")), given[name]
        inner = next((each for each in get_args(field.annotation) if _is_form(each)), None)
        if asked == "rows" and inner is not None and isinstance(value, list):
            for number, row in enumerate(cast("list[Any]", value)):
                if isinstance(row, Mapping):
                    yield from answers_of(inner, cast("Mapping[str, Any]", row), (*above, name, number))
        else:
            yield Answer((*above, name), field.title or name, asked, value)


def _is_form(candidate: Any) -> bool:
    return isinstance(candidate, type) and issubclass(candidate, BaseModel)


def with_answer(given: Mapping[str, Any], place: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The answers with another one at that place; None takes it out."""
    return cast("dict[str, Any]", _changed(given, place, value))


def _changed(part: Any, place: tuple[str | int, ...], value: Any) -> Any:
    if not place:
        return value
    key, *rest = place
    if isinstance(key, int):
        return [_changed(each, tuple(rest), value) if at == key else each for at, each in enumerate(part)]
    if not rest and value is None:
        return {name: each for name, each in part.items() if name != key}
    return {**part, key: _changed(part.get(key), tuple(rest), value)}

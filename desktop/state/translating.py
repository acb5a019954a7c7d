"""The words of the API's forms in the language of the window: titles, help and labels, looked up as they stand."""

from collections.abc import Callable, Mapping
from typing import Any

WORDS = ("title", "description", "x-placeholder", "x-unit", "x-empty", "x-add")
"""What people read of a field of a form (see docs/api.md); `x-labels` holds words, too, by value."""
HEADS = ("title", "summary", "note", "caution")
"""What people read of a kind of job or account, and of a preset."""


def translated(kind: Mapping[str, Any], say: Callable[[str], str]) -> dict[str, Any]:
    """A kind of job or account, as the API hands it out, with `say` put to each text for people."""
    made = _spoken(kind, HEADS, say)
    if "presets" in kind:
        made["presets"] = [translated(preset, say) for preset in kind["presets"]]
    return made


def _spoken(said: Mapping[str, Any], names: tuple[str, ...], say: Callable[[str], str]) -> dict[str, Any]:
    """The same, with the texts of these names translated, and whatever fields lie in the others."""
    made: dict[str, Any] = {}
    for name, value in said.items():
        made[name] = say(value) if name in names and value and isinstance(value, str) else _within(value, say)
    return made


def _within(value: Any, say: Callable[[str], str]) -> Any:
    if isinstance(value, list):
        return [_within(one, say) for one in value]
    if not isinstance(value, dict):
        return value
    if "x-kind" not in value:
        return _spoken(value, (), say)
    made = _spoken(value, WORDS, say)
    if labels := value.get("x-labels"):
        made["x-labels"] = {name: say(word) if word else word for name, word in labels.items()}
    return made

"""Which steps of a chain take files of which: `{"from_step": 0, "files": "*.pdf"}`; step 0 is the first job."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from desktop.client.drafts import FollowUp
from desktop.state.references import is_from_step


def taken_from(params: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The references to earlier steps among the answers."""
    found: list[Mapping[str, Any]] = []
    for value in params.values():
        several = cast("list[object]", value) if isinstance(value, list) else [value]
        found += [one for one in several if is_from_step(one)]
    return found


def without(follow_ups: Sequence[FollowUp], place: int) -> list[FollowUp]:
    """The follow-ups but one; those that took files of it take those of the step before it."""
    left = [one for number, one in enumerate(follow_ups) if number != place]
    return [replace(one, params={name: _moved(value, place + 1) for name, value in one.params.items()}) for one in left]


def _moved(value: Any, gone: int) -> Any:
    if isinstance(value, list):
        return [_moved(one, gone) for one in cast("list[Any]", value)]
    if is_from_step(value) and value["from_step"] >= gone:
        return {**value, "from_step": value["from_step"] - 1}
    return value

"""Answers that stand for files which another job makes: `{"from_job": 12, "files": "*.pdf"}`.

In what follows a job, `{"from_step": 0, "files": "*.pdf"}`: the files of an earlier step.
"""

from collections.abc import Mapping
from typing import Any, TypeGuard, cast


def is_reference(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an answer stands for files of another job."""
    return isinstance(value, Mapping) and "from_job" in value


def is_from_step(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an answer stands for files of an earlier step."""
    return isinstance(value, Mapping) and "from_step" in value


def holds_reference(value: object) -> bool:
    """Whether it stands for files that are not there yet, or is a list with something that does."""
    several = cast("list[object]", value) if isinstance(value, list) else [value]
    return any(is_reference(one) or is_from_step(one) for one in several)

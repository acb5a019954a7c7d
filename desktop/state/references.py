"""Answers that stand for files which another job makes: `{"from_job": 12, "files": "*.pdf"}`."""

from collections.abc import Mapping
from typing import Any, TypeGuard, cast


def is_reference(value: object) -> TypeGuard[Mapping[str, Any]]:
    """Whether an answer stands for files of another job."""
    return isinstance(value, Mapping) and "from_job" in value


def holds_reference(value: object) -> bool:
    """Whether it does, or is a list with one that does."""
    return is_reference(value) or (isinstance(value, list) and any(map(is_reference, cast("list[object]", value))))

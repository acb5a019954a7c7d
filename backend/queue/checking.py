"""Answers against what their job type asks for."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from backend.core.errors import UserError
from backend.jobtypes.contract import JobType, Params
from backend.queue.wording import field_sentences


def checked(kind: JobType[Any], answers: Mapping[str, Any]) -> Params:
    """The answers as the job type's `Params`. Raises UserError with a sentence for each field that is wrong."""
    try:
        return kind.params.model_validate(answers)
    except ValidationError as error:
        raise UserError(
            "answers.invalid",
            "Some answers in the form are missing or not right.",
            "Look at the marked fields.",
            fields=field_sentences(error),
        ) from error

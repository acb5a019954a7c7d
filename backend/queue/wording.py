"""pydantic's messages in plain words."""

from collections.abc import Sequence
from typing import Any, Protocol

_SENTENCES = {
    "missing": "Please fill this in.",
    "string_too_short": "Please fill this in.",
    "too_short": "Please choose at least {min_length}.",
    "too_long": "Please choose at most {max_length}.",
    "string_too_long": "Please use at most {max_length} characters.",
    "greater_than_equal": "The smallest number allowed is {ge}.",
    "greater_than": "The number must be more than {gt}.",
    "less_than_equal": "The largest number allowed is {le}.",
    "less_than": "The number must be less than {lt}.",
    "int_parsing": "Please enter a whole number.",
    "int_type": "Please enter a whole number.",
    "int_from_float": "Please enter a whole number.",
    "float_parsing": "Please enter a number.",
    "float_type": "Please enter a number.",
    "bool_parsing": "Please answer yes or no.",
    "bool_type": "Please answer yes or no.",
    "literal_error": "Please choose one of the answers that are offered.",
    "enum": "Please choose one of the answers that are offered.",
    "date_parsing": "Please enter a day, such as 2026-11-24.",
    "date_from_datetime_parsing": "Please enter a day, such as 2026-11-24.",
    "date_type": "Please enter a day, such as 2026-11-24.",
    "path_type": "Please choose a file or folder.",
    "string_type": "Please enter text.",
    "list_type": "Please choose one or more.",
    "extra_forbidden": "This version of Deskhand does not know this answer. Leave it out.",
}


class _HasErrors(Protocol):
    def errors(self) -> Sequence[Any]: ...


def field_sentences(error: _HasErrors, skip: int = 0) -> dict[str, str]:
    """For each field that is wrong (dotted, as `filters.0.column`) a sentence for people.

    `error` is pydantic's or FastAPI's; the first `skip` parts of each place are left out.
    """
    return {".".join(str(part) for part in found["loc"][skip:]): _sentence(dict(found)) for found in error.errors()}


def _sentence(found: dict[str, Any]) -> str:
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    template = _SENTENCES.get(found["type"], "This answer is not right. Please look at it again.")
    return template.format(**found.get("ctx", {}))

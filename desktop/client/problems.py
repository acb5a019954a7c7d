"""Errors of the backend, and of the way to it, as the window knows them."""

from collections.abc import Mapping
from typing import Any

UNREACHABLE = "client.unreachable"
STRANGE_ANSWER = "client.strange_answer"
HOST_HELD = "host.held"
HOST_ENDED = "host.ended"
HOST_SLOW = "host.slow"
HOST_MISSING = "host.missing"
HOST_TOO_OLD = "host.too_old"
OTHERS_WAIT = "job.has_dependents"
CHAIN_BROKEN = "chain.broken"


class ApiError(Exception):
    """What could not be done: `code` for programs, `message` and `hint` for people, `fields` by form field.

    `status` is the HTTP status, or 0 where no answer came. Codes that begin with `client.` and `host.` arise
    in the window itself; it has its own words for them.
    """

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        fields: Mapping[str, str] | None = None,
        status: int = 0,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.fields = dict(fields or {})
        self.status = status

    @classmethod
    def read(cls, status: int, body: Any) -> "ApiError":
        """The error that an answer with an error status carries."""
        if isinstance(body, Mapping) and "code" in body and "message" in body:
            return cls(
                str(body["code"]),
                str(body["message"]),
                str(body.get("hint") or ""),
                {str(name): str(text) for name, text in dict(body.get("fields") or {}).items()},
                status,
            )
        return cls(STRANGE_ANSWER, f"The answer was {status}.", status=status)

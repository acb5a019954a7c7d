"""Expected failures. Each carries a code for programs and two sentences for people."""

from collections.abc import Mapping


class DeskhandError(Exception):
    """A failure that was foreseen: what happened (`message`), what to do (`hint`), and where (`fields`).

    `code` is a stable dotted name for programs (`file.locked`), `status` the HTTP status it answers with,
    `fields` maps a form field to the sentence that belongs beside it.
    """

    status = 400

    def __init__(
        self,
        code: str,
        message: str,
        hint: str = "",
        *,
        fields: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint
        self.fields = dict(fields or {})
        if status is not None:
            self.status = status


class UserError(DeskhandError):
    """Something the user can put right: a missing file, a wrong column, a full disk."""

    status = 422


class NotFoundError(DeskhandError):
    """The thing that was asked for is not there (any more)."""

    status = 404


class ConflictError(DeskhandError):
    """The thing is there, but not in a state in which this can be done to it."""

    status = 409


class UnavailableError(DeskhandError):
    """A part of Deskhand is not ready; trying again in a moment is right."""

    status = 503


class NeedsUserError(DeskhandError):
    """A job cannot go on until a person does something (connect a drive, enter a password).

    The job ends in the state *needs you* and is kept with its answers; *Try again* starts it anew.
    """

    status = 409


class RetryableError(DeskhandError):
    """A passing fault (a busy server, a lost connection): the job type's retry policy decides."""

    status = 503

"""Answers that name the result files of another job: `{"from_job": 12, "files": "*.pdf"}` in place of a path.

They stand in fields for one file (`file-in`) or for several (`files-in`; there also among paths) of the form itself,
and become paths when the job leaves its chain.
"""

from collections.abc import Callable, Mapping, Sequence
from fnmatch import fnmatch
from pathlib import PurePath
from typing import Any, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from backend.core.errors import UserError
from backend.jobtypes.contract import JobType

ONE, SEVERAL = "file-in", "files-in"
Answers = Mapping[str, Any]


class Reference(BaseModel):
    """Result files of a job; `files` is a pattern for their names (as in a shell, whatever their case)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    from_job: int = Field(ge=1)
    files: str = Field(default="*", min_length=1, max_length=200)

    def fits(self, path: str) -> bool:
        """Whether a file of that path is meant."""
        return fnmatch(PurePath(path).name.casefold(), self.files.casefold())


def reference(value: Any) -> Reference | None:
    """The reference that an answer is, or None: whatever else it is, the job type judges."""
    if not isinstance(value, Mapping) or "from_job" not in value:
        return None
    try:
        return Reference.model_validate(value)
    except ValidationError:
        return None


def references(kind: JobType[Any], answers: Answers) -> dict[str, list[Reference]]:
    """The references among the answers, by field."""
    found: dict[str, list[Reference]] = {}

    def note(meant: Reference, _one: bool, field: str) -> list[str]:
        found.setdefault(field, []).append(meant)
        return [""]

    replaced(kind, answers, note)
    return found


def replaced(kind: JobType[Any], answers: Answers, files_for: Callable[[Reference, bool, str], list[str]]) -> Answers:
    """The answers with paths in place of references.

    `files_for` is given the reference, whether exactly one file is wanted, and the field's name.
    """
    made = dict(answers)
    for name, field in kind.params.model_fields.items():
        extra = field.json_schema_extra
        asked = extra.get("x-kind") if isinstance(extra, dict) else None
        value = made.get(name)
        if asked == ONE and (meant := reference(value)):
            made[name] = files_for(meant, True, name)[0]
        elif asked == SEVERAL and value is not None:
            many = cast("Sequence[Any]", value if isinstance(value, list) else [value])
            parts = [(one, reference(one)) for one in many]
            if any(meant for _, meant in parts):
                made[name] = [
                    path for one, meant in parts for path in (files_for(meant, False, name) if meant else [one])
                ]
    return made


def with_other_job(answers: Answers, old: int, new: int) -> Answers:
    """The answers with the files of another job in place of those of `old`."""

    def named(value: Any) -> Any:
        if isinstance(value, list):
            return list(map(named, cast("list[Any]", value)))
        meant = reference(value)
        return meant.model_copy(update={"from_job": new}).model_dump() if meant and meant.from_job == old else value

    return {name: named(value) for name, value in answers.items()}


def stand_ins(kind: JobType[Any], answers: Answers, name_of: Callable[[int], str]) -> Answers:
    """The answers with made-up paths, called like the other job, so that all else can be checked already."""

    def made_up(meant: Reference, _one: bool, _field: str) -> list[str]:
        suffix = PurePath(meant.files).suffix
        stem = "".join(letter for letter in name_of(meant.from_job) if letter not in '/\\:*?"<>|') or "results"
        return [stem + (suffix if suffix.strip(".*?[]") else "")]

    return replaced(kind, answers, made_up)


def with_files(kind: JobType[Any], answers: Answers, made: Mapping[int, Sequence[str]]) -> Answers:
    """The answers with the files that the jobs made, as `made` has them by job.

    Raises UserError, with a sentence at the field, where nothing fits or several do and one is wanted.
    """

    def pick(meant: Reference, one: bool, field: str) -> list[str]:
        fitting = [path for path in made.get(meant.from_job, ()) if meant.fits(path)]
        if fitting and not (one and len(fitting) > 1):
            return fitting
        what = "no result file" if meant.files == "*" else f"no result file that fits '{meant.files}'"
        sentence = (
            f"Job {meant.from_job} made {len(fitting)} files that fit, and one is wanted here."
            if fitting
            else f"Job {meant.from_job} made {what}."
        )
        raise UserError(
            "chain.files",
            sentence,
            "Press Change and run, and choose the file yourself.",
            fields={field: sentence},
        )

    return replaced(kind, answers, pick)

"""Every kind of job that asks for files takes them from the step before, and says nothing against files to come."""

from typing import Any

import pytest

from backend.core.errors import UserError
from backend.jobtypes import job_types
from backend.jobtypes.contract import JobType
from backend.queue.following import FollowUp, check_follow_ups

FIELDS = [
    (kind, name, field.json_schema_extra["x-kind"])
    for kind in job_types().values()
    for name, field in kind.params.model_fields.items()
    if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("x-kind") in ("file-in", "files-in")
]


def wrong(follow_up: FollowUp) -> dict[str, str]:
    """What is said against its answers."""
    try:
        check_follow_ups([follow_up])
    except UserError as error:
        return error.fields
    return {}


@pytest.mark.parametrize("files", ["*", "*.csv"])
@pytest.mark.parametrize(("kind", "name", "asked"), FIELDS, ids=lambda one: getattr(one, "name", one))
def test_files_that_are_not_there_yet_are_no_wrong_answer(
    kind: JobType[Any], name: str, asked: object, files: str
) -> None:
    meant = {"from_step": 0, "files": files}
    answer = [meant] if asked == "files-in" else meant
    assert f"follow_ups.0.params.{name}" not in wrong(FollowUp(kind=kind.name, params={name: answer}))
    wanting = [field for field, about in kind.params.model_fields.items() if about.is_required()]
    empty = wrong(FollowUp(kind=kind.name, params={}))
    assert {f"follow_ups.0.params.{field}" for field in wanting} <= empty.keys()

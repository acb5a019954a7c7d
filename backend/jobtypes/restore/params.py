"""What the form of a restore asks."""

from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationInfo, field_validator

from backend.jobtypes import fields
from backend.jobtypes.contract import Params
from backend.lib.restic import asking

MOST_CHOSEN = 1000
_SOME: dict[str, list[Any]] = {"everything": [False]}


class RestoreParams(Params):
    """The answers. `chosen` names things by version and path (see `choosing.reference`)."""

    backup: int = asking.backup(section="from")
    version: str = fields.pick(
        "Version", depends_on=["backup"], empty="The newest", default="", section="from", max_length=64
    )
    everything: bool = fields.yes_no("Everything in it", default=True, section="from")
    chosen: list[str] = fields.tree(
        "Files and folders",
        "Those of the version above, or what you search for in all versions.",
        depends_on=["backup", "version"],
        default=[],
        needed=True,
        when=_SOME,
        section="from",
        max_length=MOST_CHOSEN,
        validate_default=True,
    )
    to: Literal["elsewhere", "original", "archive"] = fields.choice(
        "Put it",
        labels={
            "elsewhere": "Into another folder",
            "original": "Where it came from",
            "archive": "Into one archive file (.tar.zst)",
        },
        default="elsewhere",
        section="to",
    )
    target: Path | None = fields.folder_out(
        "Folder",
        default=None,
        needed=True,
        section="to",
        when={"to": ["elsewhere", "archive"]},
        validate_default=True,
    )
    existing: Literal["keep_both", "replace", "skip"] = fields.choice(
        "Where a file of that name exists",
        labels={"keep_both": "Keep both", "replace": "Replace it", "skip": "Leave it and skip"},
        default="keep_both",
        section="to",
        when={"to": ["elsewhere", "original"]},
    )

    @field_validator("chosen")
    @classmethod
    def _something(cls, value: list[str], info: ValidationInfo) -> list[str]:
        if not value and info.data.get("everything") is False:
            raise ValueError("Please tick at least one.")
        return value

    # `to` stands before `target`, so its answer is known here.
    @field_validator("target")
    @classmethod
    def _somewhere(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is None and info.data.get("to") != "original":
            raise ValueError("Please choose a folder.")
        return value

"""What the form of a backup asks."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationInfo, field_validator

from backend.jobtypes import fields
from backend.jobtypes.contract import Params
from backend.lib.restic import asking
from backend.lib.results import documents_folder

if TYPE_CHECKING:
    from backend.lib.restic.exclusions import Exclusions
    from backend.lib.restic.keep import KeepRules

LeaveOut = Literal["temporary files", "caches", "system files"]
_TIDY: dict[str, list[Any]] = {"tidy": [True]}


class FolderRow(BaseModel):
    """A folder to back up."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    folder: Path = fields.folder_in("Folder")


class BackupParams(Params):
    """The answers."""

    folders: list[FolderRow] = fields.rows(
        "Folders", "With everything in them.", default=[], section="from", add="Add a folder", max_length=50
    )
    files: list[Path] = fields.files_in(
        "Single files", default=[], section="from", max_length=200, validate_default=True
    )
    backup: int = asking.backup(
        "Keep the backup in", "Set up once: a folder on another drive or a network share.", section="to"
    )
    leave_out: list[LeaveOut] = fields.choices(
        "Leave out",
        labels={
            "temporary files": "Temporary files",
            "caches": "Caches that programs make anew",
            "system files": "Files of the system",
        },
        default=["temporary files", "caches", "system files"],
        section="options",
    )
    patterns: str = fields.long_text(
        "Leave out by name",
        "One a line, such as *.iso or Downloads/old. A * stands for anything.",
        default="",
        section="options",
        max_length=10_000,
    )
    larger_than: int = fields.number(
        "Leave out files larger than", "0 for none.", default=0, ge=0, unit="MB", section="options"
    )
    tidy: bool = fields.yes_no(
        "Remove old versions afterwards", "By the numbers below.", default=False, section="options"
    )
    keep_last: int = asking.keep_last(section="options", when=_TIDY)
    keep_daily: int = asking.keep_daily(section="options", when=_TIDY)
    keep_weekly: int = asking.keep_weekly(section="options", when=_TIDY)
    keep_monthly: int = asking.keep_monthly(section="options", when=_TIDY)
    keep_yearly: int = asking.keep_yearly(section="options", when=_TIDY)
    sheet_folder: Path = fields.folder_out(
        "Put the recovery sheet into",
        "The first time only. The sheet holds the password: print it, keep it elsewhere, and delete the file.",
        default=documents_folder(),
        section="options",
    )

    @field_validator("files")
    @classmethod
    def _something(cls, value: list[Path], info: ValidationInfo) -> list[Path]:
        if not value and info.data.get("folders") == []:
            raise ValueError("Please add a folder or a file.")
        return value

    def sources(self) -> list[str]:
        """All that is to be backed up."""
        return [str(row.folder) for row in self.folders] + [str(path) for path in self.files]

    def exclusions(self) -> "Exclusions":
        """What is left out."""
        from backend.lib.restic.exclusions import Exclusions

        return Exclusions.of(self.patterns.splitlines(), self.leave_out, self.larger_than * 1_000_000)

    def rules(self) -> "KeepRules":
        """Which versions stay."""
        return asking.rules(self)

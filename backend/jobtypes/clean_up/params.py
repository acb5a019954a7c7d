"""The answers of the clean-up job."""

from pathlib import Path
from typing import Any, Literal

from backend.core.clock import now
from backend.jobtypes import fields
from backend.jobtypes.contract import Params
from backend.lib.cleaning.looking import Wanted

_FILES: dict[str, list[Any]] = {"find": ["files", "duplicates"]}


class CleanUpParams(Params):
    """What the form asks for."""

    folder: Path = fields.folder_in("Folder", "The folder to clean up.", section="from")
    find: Literal["files", "duplicates", "folders"] = fields.choice(
        "Look for",
        labels={"files": "Files", "duplicates": "Files that are there twice", "folders": "Empty folders"},
        default="files",
    )
    keep: Literal["oldest", "newest"] = fields.choice(
        "Of files with the same content, keep",
        labels={"oldest": "The oldest", "newest": "The newest"},
        default="oldest",
        when={"find": ["duplicates"]},
    )
    names: str = fields.text(
        "With names like",
        "Several with commas between; * stands for anything. Without, all names.",
        placeholder="*.tmp, *.bak, copy of *",
        default="",
        max_length=500,
    )
    days: int = fields.number("Not changed for", "0: however new.", default=30, ge=0, le=36_500, unit="days")
    megabytes: float = fields.number(
        "Only files from", "0: however small.", default=0, ge=0, le=1e7, unit="MB", when=_FILES
    )
    to: Literal["bin", "quarantine", "archive"] = fields.choice(
        "What becomes of them",
        "From quarantine they can all be brought back with 'Undo a clean-up'.",
        labels={"quarantine": "To quarantine", "bin": "To the recycle bin", "archive": "Into a ZIP file"},
        default="quarantine",
        section="to",
    )
    keep_days: int = fields.number(
        "Keep them in quarantine for",
        "After that, they are removed for good.",
        default=30,
        ge=1,
        le=3650,
        unit="days",
        section="to",
        when={"to": ["quarantine"]},
    )
    archive: Path | None = fields.folder_out(
        "Put the ZIP file into",
        "The files are removed once they are safely in it.",
        default=None,
        section="to",
        when={"to": ["archive"]},
        needed=True,
    )
    subfolders: bool = fields.yes_no("In subfolders, too", default=True, section="options")
    hidden: bool = fields.yes_no("Hidden ones, too", "Names that begin with a dot.", default=False, section="options")

    def wanted(self) -> Wanted:
        """What is to be found, as of now."""
        return Wanted(
            find=self.find,
            patterns=tuple(name.strip().lower() for name in self.names.split(",") if name.strip()),
            before=now().timestamp() - self.days * 86_400 if self.days else None,
            larger=0 if self.find == "folders" else int(self.megabytes * 1e6),
            subfolders=self.subfolders,
            hidden=self.hidden,
            keep=self.keep,
        )

    @property
    def noun(self) -> str:
        """What is looked for: `file`, `folder`."""
        return "empty folder" if self.find == "folders" else "file"

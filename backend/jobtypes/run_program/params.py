"""The answers of the job that runs a program."""

import os
import re
import shutil
import sys
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, field_validator

from backend.core.errors import UserError
from backend.jobtypes import fields
from backend.jobtypes.contract import Params
from backend.lib.results import check_folder

_CODES = re.compile(r"\s*(-?\d+)\s*(?:-\s*(-?\d+)\s*)?")
_KEPT: dict[str, list[Any]] = {"keep": [True]}
Encoding = Literal["", "utf-8", "cp1252", "gb18030", "utf-16-le"]


class VariableRow(BaseModel):
    """One variable of the environment."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str = fields.text("Name", min_length=1, max_length=200)
    value: str = fields.text("Value", default="", max_length=8000)

    @field_validator("name")
    @classmethod
    def _a_name(cls, value: str) -> str:
        if not value.strip() or "=" in value or "\x00" in value:
            raise ValueError("A name has no = in it.")
        return value.strip()

    @field_validator("value")
    @classmethod
    def _a_value(cls, value: str) -> str:
        return _without_null(value)


def _without_null(value: str) -> str:
    if "\x00" in value:
        raise ValueError("There is a sign in it that cannot be handed over.")
    return value


def codes(text: str) -> list[range]:
    """Exit codes as typed: `0, 2-4`. Raises ValueError with a sentence."""
    found: list[range] = []
    for part in text.split(","):
        if not part.strip():
            continue
        if (match := _CODES.fullmatch(part)) is None:
            raise ValueError(f"'{part.strip()}' is no exit code. Write them as 0, 2-4.")
        first = int(match[1])
        found.append(range(first, int(match[2] or first) + 1))
    return found


class RunProgramParams(Params):
    """Only the program must be given."""

    program: str = fields.file_in(
        "Program", "A file, or the name of a program that this computer knows.", min_length=1, max_length=4000
    )
    arguments: list[str] = fields.long_text(
        "Arguments",
        "One on each line, just as it is: no quotation marks are needed, and nothing in it has a special meaning.",
        default=[],
        max_length=1000,
    )
    folder: Path | None = fields.folder_in(
        "Working folder", "Where it is started. Without, in your own folder.", default=None
    )
    variables: list[VariableRow] = fields.rows(
        "Environment",
        "Added to what programs have that you start yourself.",
        default=[],
        add="Add a variable",
        section="options",
        max_length=100,
    )
    minutes: int = fields.number(
        "At most", "Then it is ended.", default=60, ge=1, le=10_080, unit="minutes", section="options"
    )
    good: str = fields.text(
        "Success is", "Exit codes, as 0 or 0, 2-4.", default="0", section="options", min_length=1, max_length=200
    )
    fair: str = fields.text(
        "Done with warnings is",
        "Exit codes that the program uses for it.",
        default="",
        section="options",
        max_length=200,
    )
    encoding: Encoding = fields.choice(
        "It writes",
        labels={
            "": "Find out",
            "utf-8": "UTF-8",
            "cp1252": "Western (1252)",
            "gb18030": "Chinese (GB18030)",
            "utf-16-le": "UTF-16",
        },
        default="",
        section="options",
    )
    keep: bool = fields.yes_no(
        "Keep all it writes as a file", "The log has the beginning and the end.", default=False, section="to"
    )
    into: Path | None = fields.folder_out("Folder", default=None, section="to", when=_KEPT, needed=True)

    @field_validator("good", "fair")
    @classmethod
    def _exit_codes(cls, value: str) -> str:
        codes(value)
        return value

    @field_validator("arguments")
    @classmethod
    def _can_be_handed_over(cls, value: list[str]) -> list[str]:
        return [_without_null(each) for each in value]

    @property
    def title(self) -> str:
        """The program's name."""
        return Path(self.program).name

    @property
    def start_folder(self) -> Path:
        """Where it is started."""
        return self.folder or Path.home()

    def found(self) -> Path:
        """The program's file. Raises UserError, also for answers that do not fit together."""
        if self.folder is not None and not self.folder.is_dir():
            raise _wrong("folder", f"The folder '{self.folder}' is not there.", "Pick it again.")
        if self.keep and self.into is None:
            raise _wrong("into", "The folder for the file is missing.", "Choose one.")
        if self.keep and self.into is not None:
            check_folder(self.into, "into")
        known = shutil.which(self.program) if not _has_folder(self.program) else None
        path = Path(known or self.program)
        if known is None and not _has_folder(self.program):
            raise _wrong("program", f"This computer knows no program “{self.program}”.", "Pick its file.")
        if not path.is_absolute():
            raise _wrong("program", "A file must be given with its whole path.", "Pick it with “Browse...”.")
        if not path.is_file():
            raise _wrong("program", f"The program '{path}' is not there.", "Pick it again.")
        if sys.platform == "win32" and path.suffix.lower() not in (".exe", ".com"):
            # A .bat is run by a shell, which gives signs in the arguments a meaning of their own.
            raise _wrong("program", f"“{path.name}” is no program by itself.", "Pick the program that runs it (.exe).")
        if not os.access(path, os.X_OK):
            hint = "Make it executable; or, if it is a script, pick the program that runs it and give it as argument."
            raise _wrong("program", f"“{path.name}” may not be run.", hint)
        return path


def _has_folder(program: str) -> bool:
    return any(sign in program for sign in (os.sep, os.altsep or os.sep))


def _wrong(field: str, message: str, hint: str) -> UserError:
    return UserError(f"program.{field}", message, hint, fields={field: f"{message} {hint}"})

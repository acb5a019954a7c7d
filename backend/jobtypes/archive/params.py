"""The answers of the ZIP job."""

from pathlib import Path
from typing import Any, Literal

from backend.core.errors import UserError
from backend.jobtypes import fields
from backend.jobtypes.contract import Params
from backend.lib.accounts.kinds.archive import NAME, ArchiveSettings
from backend.lib.results import check_folder

_ZIP: dict[str, list[Any]] = {"do": ["zip"]}
_UNZIP: dict[str, list[Any]] = {"do": ["unzip"]}


class ArchiveParams(Params):
    """What the form asks for."""

    do: Literal["zip", "unzip"] = fields.choice(
        "What to do", labels={"zip": "Make a ZIP file", "unzip": "Unpack a ZIP file"}, default="zip"
    )
    files: list[Path] = fields.files_in("Files", default=[], section="from", when=_ZIP, max_length=10_000)
    source: Path | None = fields.folder_in(
        "And a whole folder", "With everything in it.", default=None, section="from", when=_ZIP
    )
    archive: Path | None = fields.file_in(
        "ZIP file", default=None, section="from", suffixes=[".zip"], when=_UNZIP, needed=True
    )
    folder: Path = fields.folder_out(
        "Folder", "Where the ZIP file, or a new folder with what was in it, is put.", section="to"
    )
    name: str = fields.text(
        "Name of the ZIP file", default="", section="to", placeholder="the first file's name", when=_ZIP, max_length=200
    )
    password: int | None = fields.account(
        "Password",
        "Without it nobody can look into the files (AES, 256 bits); their names can be seen.",
        kinds=[NAME],
        empty="None",
        default=None,
        section="to",
    )

    def checked(self) -> None:
        """Raises UserError for answers that do not fit together."""
        if self.do == "unzip" and self.archive is None:
            raise _missing("archive", "No ZIP file is chosen.")
        if self.do == "zip" and not self.files and self.source is None:
            raise _missing("files", "Nothing to put into a ZIP file is chosen.")
        check_folder(self.folder)

    def secret(self) -> str:
        """The password; empty for none."""
        if self.password is None:
            return ""
        from backend.lib.accounts.opening import open_account

        return open_account(self.password, NAME, ArchiveSettings).secret("password")


def _missing(field: str, message: str) -> UserError:
    return UserError(f"archive.no_{field}", message, "Choose one.", fields={field: message})

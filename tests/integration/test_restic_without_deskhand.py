"""Recovery without Deskhand: the commands of the recovery sheet and of the manual, run as they are printed."""

import os
import re
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from backend.lib.restic.repository import Repository
from backend.lib.restic.sheet import COMMANDS
from backend.lib.restic.snapshots import load_snapshots
from tests.helpers.backup_accounts import add_backup, back_up, desk, do, documents, password_of, words_in
from tests.helpers.children import ROOT
from tests.helpers.direct_context import DirectContext
from tests.helpers.restic_judge import judge
from tests.helpers.trees import picture

MANUAL = (ROOT / "docs" / "backup-format.md").read_text("utf-8")


@pytest.fixture(name="source")
def source_tree(tmp_path: Path) -> Path:
    """Folders with a letter and an invoice, backed up to a drive."""
    made = documents(tmp_path)
    (made / "invoice 12.pdf").write_text("an invoice")
    return made


@pytest.fixture(name="sheet", autouse=True)
def printed_sheet(tmp_path: Path, source: Path) -> Generator[str]:
    """The words on the sheet that the first backup wrote."""
    with desk(tmp_path / "data"):
        backup = add_backup(tmp_path / "drive")
        back_up(tmp_path, source, backup)
        back_up(tmp_path, source, backup)
        yield words_in(next(tmp_path.glob("Recovery sheet*.pdf")))


def typed(line: str, password: str, folder: Path) -> str:
    """What a person sees who types the line in a terminal, and the password when asked for it."""
    quiet = {key: value for key, value in os.environ.items() if not key.startswith("RESTIC_")}
    done = subprocess.run(
        ["sh", "-c", line],
        input=password + "\n",
        capture_output=True,
        text=True,
        cwd=folder,
        env={**quiet, "XDG_CACHE_HOME": str(folder / "cache")},
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, line + done.stdout + done.stderr
    return done.stdout


def filled(line: str, tmp_path: Path, target: str) -> str:
    """A printed line with the folders of this computer in it."""
    return line.replace("NEW_FOLDER", f"'{tmp_path / target}'").replace("FOLDER", f"'{tmp_path / 'drive'}'")


def test_the_commands_on_the_recovery_sheet_do_what_it_says_with_the_password_on_it(
    tmp_path: Path, source: Path, sheet: str
) -> None:
    rows = [" ".join(line.split()) for line in sheet.splitlines() if line.strip().startswith("restic -r ")]
    assert rows == [f"{line} {meaning}" for line, meaning in COMMANDS]
    printed = [row.removesuffix(f" {meaning}") for row, (_, meaning) in zip(rows, COMMANDS, strict=True)]
    (password,) = re.findall(r"^ *((?:[a-z2-9]{4}-){5}[a-z2-9]{4})$", sheet, re.MULTILINE)
    said = {line: typed(filled(line, tmp_path, "back"), password, tmp_path) for line in printed}
    assert "2 snapshots" in said["restic -r FOLDER snapshots"]
    assert "Letter to Ann.txt" in said["restic -r FOLDER ls latest"]
    assert picture(Path(f"{tmp_path / 'back'}{source}")) == picture(source)
    assert "invoice 12.pdf" in said["restic -r FOLDER find 'invoice*.pdf'"]
    assert "no errors were found" in said["restic -r FOLDER check --read-data"]


def test_the_commands_in_the_manual_do_what_it_says(tmp_path: Path, source: Path) -> None:
    drive, password = tmp_path / "drive", password_of(1) or ""
    done = do("restore", {"backup": 1, "to": "archive", "target": str(tmp_path)}, DirectContext(tmp_path / "job"))
    assert done.facts["files"] == 32
    (archive,) = tmp_path.glob("*.tar.zst")
    first = load_snapshots(Repository.open(drive, password))[0].id
    here = {"4bba301e": first[:8], "/home/ann/Letters": f"'{source}/year-1'", "ARCHIVE.tar.zst": f"'{archive}'"}
    said: dict[str, str] = {}
    for number, line in enumerate(lines_of_the_manual()):
        target = f"back-{number}"
        if line.startswith("tar"):
            (tmp_path / target).mkdir()
        command = filled(line, tmp_path, target)
        for printed, real in here.items():
            command = command.replace(printed, real)
        said[line] = typed(command, password, tmp_path)
        if "NEW_FOLDER" in line:
            part = "year-1" if "--include" in line else ""
            back = Path(f"{tmp_path / target}{source}") / part
            assert picture(back) == picture(source / part), line
    assert len(said) == 11
    assert first[:8] in said["restic -r FOLDER snapshots"]
    assert "no errors were found" in said["restic -r FOLDER check --read-data"]
    assert "Letter to Ann.txt" in said["tar --zstd -tf ARCHIVE.tar.zst"]
    judge(drive, password)


def lines_of_the_manual() -> list[str]:
    """What it says to type, without the explanations beside it."""
    blocks = re.findall(r"^```\n(.*?)^```$", MANUAL, re.MULTILINE | re.DOTALL)
    return [re.split(r" {2,}", line)[0] for block in blocks for line in block.splitlines()]

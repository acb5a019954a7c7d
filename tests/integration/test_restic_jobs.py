"""The job types of backups: set up with a password made for it, run, restored from, verified, and tidied."""

import os
import random
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from keyring.backends.fail import Keyring as NoKeyring

from backend.core.errors import NeedsUserError, UserError
from backend.jobtypes import job_type
from backend.jobtypes.backup import BackupParams
from backend.jobtypes.contract import JobStopped, Outcome
from backend.lib.restic import repository
from backend.lib.restic.access import read_sheet
from backend.lib.restic.errors import DestinationGoneError, WrongPasswordError
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import NothingRestoredError
from backend.lib.restic.snapshots import load_snapshots
from backend.lib.secrets import KeyringLockedError, NoKeyringError
from tests.helpers import restic_judge
from tests.helpers.direct_context import DirectContext
from tests.helpers.memory_keyring import MemoryKeyring, keyring_in_use
from tests.helpers.trees import office_tree, picture


@pytest.fixture(name="ring", autouse=True)
def memory_keyring() -> Generator[MemoryKeyring]:
    """A keyring of the test's own."""
    assert repository.KDF == restic_judge.QUICK
    ring = MemoryKeyring()
    with keyring_in_use(ring):
        yield ring


@pytest.fixture(name="source")
def source_tree(tmp_path: Path) -> Path:
    """Folders to back up."""
    office_tree(tmp_path / "Documents", 30)
    (tmp_path / "Documents" / "Letter to Ann.txt").write_text("Dear Ann")
    (tmp_path / "Documents" / "~$draft.tmp").write_text("temporary")
    return tmp_path / "Documents"


def answers(tmp_path: Path, source: Path, **more: Any) -> dict[str, Any]:
    return {
        "folders": [{"folder": str(source)}],
        "destination": str(tmp_path / "drive"),
        "sheet_folder": str(tmp_path),
        **more,
    }


def files_in(tree: Path) -> dict[bytes, Any]:
    return {key: value for key, value in picture(tree).items() if value[0] == "file"}


def do(kind: str, given: dict[str, Any], ctx: DirectContext) -> Outcome:
    declared = job_type(kind)
    return declared.run(declared.params.model_validate(given), ctx)


def test_a_backup_is_set_up_run_verified_and_restored(tmp_path: Path, source: Path, ring: MemoryKeyring) -> None:
    ctx = DirectContext(tmp_path / "job")
    made = do("backup", answers(tmp_path, source), ctx)
    assert made.facts["files_new"] == 31
    assert "31 files" in made.summary
    assert not ctx.warnings
    (sheet,) = ctx.artifacts
    password = read_sheet(sheet)
    assert set(ring.kept.values()) == {password}
    assert sheet.stat().st_mode & 0o077 == 0
    assert password not in str(ctx.lines) + str(ctx.told) + str(made)
    assert max(told.done for told in ctx.told) == ctx.told[-1].total

    verified = do("verify-backup", {"backup": str(tmp_path / "drive")}, DirectContext(tmp_path / "job2"))
    assert "1 version verified, all good" in verified.summary

    given = {"backup": str(tmp_path / "drive"), "target": str(tmp_path / "back")}
    assert do("restore", given, DirectContext(tmp_path / "job3")).facts["files"] == 31
    (source / "~$draft.tmp").unlink()
    assert files_in(Path(f"{tmp_path / 'back'}{source}")) == files_in(source)


def test_a_rehearsal_says_what_has_changed_and_changes_nothing(tmp_path: Path, source: Path) -> None:
    kind = job_type("backup")
    assert kind.rehearse
    params = BackupParams.model_validate(answers(tmp_path, source))
    first = kind.rehearse(params)
    assert first.headline.startswith("31 files")
    assert not (tmp_path / "drive").exists()
    assert any(table.title == "Left out" for table in first.tables)
    do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    (source / "new.txt").write_text("new")
    (source / "Letter to Ann.txt").write_text("Dear Ann, more")
    next(source.rglob("document*")).unlink()
    before = picture(tmp_path / "drive")
    second = kind.rehearse(params.model_copy(update={"tidy": True}))
    assert second.headline.startswith("2 of 31 files have changed since")
    assert {fact.label: fact.value for fact in second.facts}["Gone since the last version"] == "1"
    assert [table.title for table in second.tables] == ["Left out", "Versions until now"]
    assert picture(tmp_path / "drive") == before


def test_files_are_picked_by_browsing_and_by_searching_all_versions(tmp_path: Path, source: Path) -> None:
    do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    (source / "Letter to Ann.txt").write_text("Dear Ann, second")
    do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    kind = job_type("restore")
    assert kind.options
    assert kind.rehearse
    asked: dict[str, Any] = {"backup": str(tmp_path / "drive")}
    versions = kind.options("version", asked)
    assert len(versions) == 2
    folders = kind.options("folder", {**asked, "version": versions[1].value})
    assert str(source) in [option.label for option in folders]
    top = kind.options("chosen", asked)
    assert [option.label for option in top] == [str(source)]
    folder = next(option.value for option in folders if option.label == str(source))
    listed = kind.options("chosen", {**asked, "folder": folder})
    assert f"{source}/Letter to Ann.txt" in [option.label for option in listed]
    hits = kind.options("chosen", {**asked, "search": "letter"})
    assert len(hits) == 2
    given = {**asked, "everything": False, "chosen": [hits[1].value], "to": "original"}
    shown = kind.rehearse(kind.params.model_validate(given))
    assert shown.headline == "1 file, 8 bytes"
    do("restore", given, DirectContext(tmp_path / "job"))
    assert (source / "Letter to Ann (2).txt").read_text() == "Dear Ann"
    both = {**asked, "everything": False, "chosen": [hit.value for hit in hits], "target": str(tmp_path / "out")}
    assert do("restore", both, DirectContext(tmp_path / "job")).facts["files"] == 2
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["Letter to Ann (2).txt", "Letter to Ann.txt"]


def test_old_versions_go_by_the_rules_and_the_newest_stays(tmp_path: Path, source: Path) -> None:
    rules = {"tidy": True, "keep_last": 2, "keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0, "keep_yearly": 0}
    removed: list[Any] = []
    for number in range(4):
        (source / "large.bin").write_bytes(random.Random(number).randbytes(4 << 20))
        made = do("backup", answers(tmp_path, source, **rules), DirectContext(tmp_path / f"job{number}"))
        removed.append(made.facts["versions_removed"])
    assert removed == [0, 0, 1, 1]
    opened = Repository.open(tmp_path / "drive", read_sheet(tmp_path / "Backup recovery sheet.txt"))
    assert len(load_snapshots(opened)) == 2
    stored = sum(path.stat().st_size for path in (tmp_path / "drive" / "data").rglob("*") if path.is_file())
    assert stored < 14 << 20
    verified = do("verify-backup", {"backup": str(tmp_path / "drive")}, DirectContext(tmp_path / "job"))
    assert verified.facts["versions"] == 2


def test_another_computer_needs_the_sheet_and_then_knows_the_password(
    tmp_path: Path, source: Path, ring: MemoryKeyring
) -> None:
    do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    ring.kept.clear()
    asked = {"backup": str(tmp_path / "drive")}
    with pytest.raises(NeedsUserError, match="does not know the password"):
        do("verify-backup", asked, DirectContext(tmp_path / "job"))
    (tmp_path / "wrong.txt").write_text("Password: something else\n")
    with pytest.raises(WrongPasswordError):
        do("verify-backup", {**asked, "sheet": str(tmp_path / "wrong.txt")}, DirectContext(tmp_path / "job"))
    (tmp_path / "none.txt").write_text("nothing here")
    with pytest.raises(UserError, match="no password on"):
        do("verify-backup", {**asked, "sheet": str(tmp_path / "none.txt")}, DirectContext(tmp_path / "job"))
    do(
        "verify-backup",
        {**asked, "sheet": str(tmp_path / "Backup recovery sheet.txt")},
        DirectContext(tmp_path / "job"),
    )
    do("verify-backup", asked, DirectContext(tmp_path / "job"))


def test_without_a_keyring_nothing_is_set_up_except_with_a_sheet(tmp_path: Path, source: Path) -> None:
    with keyring_in_use(NoKeyring()):
        with pytest.raises(NoKeyringError, match="no keyring"):
            do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
        assert not (tmp_path / "drive").exists()
        (tmp_path / "own.txt").write_text("Password: my own words\n")
        ctx = DirectContext(tmp_path / "job2")
        do("backup", answers(tmp_path, source, sheet=str(tmp_path / "own.txt")), ctx)
        assert ["needed each time" in warning for warning in ctx.warnings] == [True]
        assert Repository.open(tmp_path / "drive", "my own words")


def test_a_locked_keyring_asks_for_its_owner(tmp_path: Path, source: Path, ring: MemoryKeyring) -> None:
    ring.locked = True
    with pytest.raises(KeyringLockedError, match="locked"):
        do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    assert not (tmp_path / "drive").exists()


def test_a_stopped_backup_is_finished_by_the_next_and_its_sheet_is_written_once(tmp_path: Path, source: Path) -> None:
    with pytest.raises(JobStopped):
        do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job", stop_at=3))
    again = DirectContext(tmp_path / "job", attempt=2)
    assert do("backup", answers(tmp_path, source), again).facts["files_new"] == 31
    assert len(list(tmp_path.glob("Backup recovery sheet*"))) == 1


def test_places_that_will_not_do_are_refused_at_their_field(tmp_path: Path, source: Path) -> None:
    (tmp_path / "drive").mkdir()
    (tmp_path / "drive" / "photo.jpg").write_text("something else")
    with pytest.raises(UserError, match="not empty") as caught:
        do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    assert "destination" in caught.value.fields
    with pytest.raises(DestinationGoneError):
        do("backup", answers(tmp_path, source, destination=str(tmp_path / "a" / "b")), DirectContext(tmp_path / "job"))
    with pytest.raises(UserError, match="no backup in"):
        do("verify-backup", {"backup": str(source)}, DirectContext(tmp_path / "job"))


def test_a_damaged_backup_fails_its_verification_and_says_which_versions_are_good(tmp_path: Path, source: Path) -> None:
    do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    (source / "new.bin").write_bytes(random.Random(1).randbytes(2 << 20))
    do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    packs = [path for path in (tmp_path / "drive" / "data").rglob("*") if path.stat().st_size > 1 << 20]
    newest_data = max((path for path in packs if path.is_file()), key=lambda path: path.stat().st_mtime_ns)
    newest_data.unlink()
    ctx = DirectContext(tmp_path / "job")
    with pytest.raises(UserError, match="1 of 2 versions are good"):
        do("verify-backup", {"backup": str(tmp_path / "drive")}, ctx)
    assert any("new.bin" in str(facts) for _, _, facts in ctx.lines)
    ctx = DirectContext(tmp_path / "job")
    restored = do("restore", {"backup": str(tmp_path / "drive"), "target": str(tmp_path / "out")}, ctx)
    assert restored.facts["lost"] == 1
    assert "new.bin was not restored" in ctx.warnings[0]
    offer = job_type("restore").options
    assert offer
    (chosen,) = offer("chosen", {"backup": str(tmp_path / "drive"), "search": "new.bin"})
    given = {"backup": str(tmp_path / "drive"), "everything": False, "chosen": [chosen.value]}
    with pytest.raises(NothingRestoredError):
        do("restore", {**given, "target": str(tmp_path / "none")}, DirectContext(tmp_path / "job"))


def test_a_drill_restores_a_sample_compares_it_and_writes_a_dated_page(tmp_path: Path, source: Path) -> None:
    import pikepdf

    do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    (source / "Letter to Ann.txt").write_text("Dear Ann, changed since")
    ctx = DirectContext(tmp_path / "job2")
    given = {"backup": str(tmp_path / "drive"), "folder": str(tmp_path), "count": 40}
    outcome = do("backup-drill", given, ctx)
    assert (outcome.facts["files"], outcome.facts["of"], outcome.facts["same_as_live"]) == (31, 31, 30)
    (page,) = ctx.artifacts
    assert page.name.startswith("Restore drill 20")
    with pikepdf.open(page) as pdf:
        assert len(pdf.pages) == 1
    assert not list(ctx.scratch.glob("*/*"))


def test_a_drill_fails_when_a_file_differs_or_cannot_be_restored(tmp_path: Path, source: Path) -> None:
    do("backup", answers(tmp_path, source), DirectContext(tmp_path / "job"))
    given = {"backup": str(tmp_path / "drive"), "folder": str(tmp_path), "count": 40}
    letter = source / "Letter to Ann.txt"
    moment = letter.stat().st_mtime_ns
    letter.write_text("Dear Bob")
    os.utime(letter, ns=(moment, moment))
    ctx = DirectContext(tmp_path / "job2")
    with pytest.raises(UserError, match="1 of 31 files did not come back"):
        do("backup-drill", given, ctx)
    assert any("same date and length" in line for _, line, _ in ctx.lines)
    pack = max(
        (path for path in (tmp_path / "drive" / "data").rglob("*") if path.is_file()), key=lambda p: p.stat().st_size
    )
    contents = bytearray(pack.read_bytes())
    contents[100] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(contents)
    with pytest.raises(UserError, match="2 of 31 files did not come back"):
        do("backup-drill", given, DirectContext(tmp_path / "job3"))
    assert len(list(tmp_path.glob("Restore drill*.pdf"))) == 2

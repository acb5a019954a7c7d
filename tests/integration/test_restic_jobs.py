"""Backups as jobs: made the first time, going on, their passwords, and places that will not do."""

import json
import random
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from keyring.backends.fail import Keyring as NoKeyring

from backend.core.errors import NeedsUserError, UserError
from backend.jobtypes.contract import JobStopped
from backend.lib.accounts.kinds.backup import ACCOUNT_KIND
from backend.lib.accounts.opening import try_account
from backend.lib.restic import repository
from backend.lib.restic.errors import DestinationGoneError, WrongPasswordError
from backend.lib.restic.repository import Repository
from backend.lib.restic.snapshots import load_snapshots
from backend.lib.secrets import KeyringLockedError
from backend.store import accounts
from backend.store.record import record
from tests.helpers import restic_judge
from tests.helpers.backup_accounts import (
    add_backup,
    desk,
    do,
    documents,
    facts_of,
    password_of,
    rehearsed,
    session_memory,
    words_in,
)
from tests.helpers.broker import TestBroker
from tests.helpers.children import child_command, run_child, with_small_disk, without_roots_eyes
from tests.helpers.direct_context import DirectContext
from tests.helpers.memory_keyring import MemoryKeyring, keyring_in_use
from tests.helpers.trees import picture

UNREADABLE = """
from tests.helpers.backup_accounts import add_backup, desk, do, rehearsed
from tests.helpers.direct_context import DirectContext
root, source = map(Path, sys.argv[1:])
with desk(root / "other data"):
    answers = {"folders": [{"folder": str(source)}], "sheet_folder": str(root)}
    answers["backup"] = add_backup(root / "drive", PASSWORD)
    shown = rehearsed("backup", answers)
    ctx = DirectContext(root / "job")
    made = do("backup", answers, ctx)
(table,) = [table for table in shown.tables if table.title == "Cannot be read"]
print(json.dumps({
    "beforehand": [row[0] for row in table.rows],
    "counted": shown.warnings[-1],
    "warnings": sorted(ctx.warnings),
    "facts": made.facts,
}))
"""

SPACE = """
from tests.helpers.backup_accounts import add_backup, desk, facts_of, rehearsed
root, source = map(Path, sys.argv[1:])
with desk(root / "other data"):
    backup = add_backup(root / "disk" / "drive", PASSWORD)
    answers = {"folders": [{"folder": str(source)}], "backup": backup, "sheet_folder": str(root)}
    shown = rehearsed("backup", answers)
print(json.dumps([facts_of(shown)["Free space"], shown.warnings]))
"""

LEASE = """
import fcntl, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
with open(sys.argv[1], "r+b") as file:
    fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    print("held", flush=True)
    sys.stdin.read()
"""

ONE_VERSION = {"keep_last": 1, "keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0, "keep_yearly": 0}


@contextmanager
def leased(path: Path) -> Generator[None]:
    """Another program holds a lease on the file: on Linux, what comes nearest to a file that is locked on Windows."""
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", LEASE, str(path)], stdin=pipe, stdout=pipe) as holder:
        assert holder.stdout
        assert holder.stdout.readline() == b"held\n"
        yield
        holder.communicate()


@pytest.fixture(name="ring", autouse=True)
def own_desk(tmp_path: Path) -> Generator[MemoryKeyring]:
    """A record and a keyring of the test's own."""
    assert repository.KDF == restic_judge.QUICK
    with desk(tmp_path / "data") as ring:
        yield ring


@pytest.fixture(name="source")
def source_tree(tmp_path: Path) -> Path:
    """Folders to back up."""
    made = documents(tmp_path)
    (made / "~$draft.tmp").write_text("temporary")
    return made


@pytest.fixture(name="backup")
def backup_account(tmp_path: Path) -> int:
    """A backup under Accounts that is not made yet."""
    return add_backup(tmp_path / "drive")


def answers(source: Path, backup: int, **more: Any) -> dict[str, Any]:
    return {"folders": [{"folder": str(source)}], "backup": backup, "sheet_folder": str(source.parent), **more}


def test_a_backup_is_made_with_a_password_of_its_own_that_is_kept_and_printed(
    tmp_path: Path, source: Path, backup: int, ring: MemoryKeyring
) -> None:
    ctx = DirectContext(tmp_path / "job")
    made = do("backup", answers(source, backup), ctx)
    assert made.facts["files_new"] == 31
    assert "31 files" in made.summary
    assert not ctx.warnings
    password = password_of(backup)
    assert password
    assert set(ring.kept.values()) == {password}
    (sheet,) = ctx.artifacts
    assert sheet.name == "Recovery sheet My drive.pdf"
    assert sheet.stat().st_mode & 0o077 == 0
    words = words_in(sheet)
    assert password in words
    assert "restic -r FOLDER restore latest --target NEW_FOLDER" in words
    assert password not in json.dumps([str(ctx.lines), str(ctx.told), str(made), str(accounts.get(record(), backup))])
    assert max(told.done for told in ctx.told) == ctx.told[-1].total
    restic_judge.judge(tmp_path / "drive", password)
    again = DirectContext(tmp_path / "job2")
    assert do("backup", answers(source, backup), again).facts["files_unchanged"] == 31
    assert not again.artifacts, "the sheet is printed once"


def test_a_password_that_was_typed_is_the_one_of_the_new_backup(tmp_path: Path, source: Path) -> None:
    backup = add_backup(tmp_path / "drive", "my own words")
    do("backup", answers(source, backup), DirectContext(tmp_path / "job"))
    assert Repository.open(tmp_path / "drive", "my own words")


def test_a_rehearsal_says_what_has_changed_and_changes_nothing(tmp_path: Path, source: Path, backup: int) -> None:
    first = rehearsed("backup", answers(source, backup))
    assert first.headline.startswith("31 files")
    assert not (tmp_path / "drive").exists()
    assert facts_of(first)["Recovery sheet"] == str(tmp_path)
    assert any(table.title == "Left out" for table in first.tables)
    do("backup", answers(source, backup), DirectContext(tmp_path / "job"))
    (source / "new.txt").write_text("new")
    (source / "Letter to Ann.txt").write_text("Dear Ann, more")
    next(source.rglob("document*")).unlink()
    before = picture(tmp_path / "drive")
    second = rehearsed("backup", answers(source, backup, tidy=True))
    assert second.headline.startswith("2 of 31 files have changed since")
    assert facts_of(second)["Gone since the last version"] == "1"
    assert [table.title for table in second.tables] == ["Left out", "Versions until now"]
    assert picture(tmp_path / "drive") == before


def test_old_versions_go_by_the_rules_and_the_newest_stays(tmp_path: Path, source: Path, backup: int) -> None:
    rules = {"tidy": True, "keep_last": 2, "keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0, "keep_yearly": 0}
    removed: list[Any] = []
    for number in range(4):
        (source / "large.bin").write_bytes(random.Random(number).randbytes(4 << 20))
        made = do("backup", answers(source, backup, **rules), DirectContext(tmp_path / f"job{number}"))
        removed.append(made.facts["versions_removed"])
    assert removed == [0, 0, 1, 1]
    opened = Repository.open(tmp_path / "drive", password_of(backup) or "")
    assert len(load_snapshots(opened)) == 2
    stored = sum(path.stat().st_size for path in (tmp_path / "drive" / "data").rglob("*") if path.is_file())
    assert stored < 14 << 20
    restic_judge.judge(tmp_path / "drive", password_of(backup) or "")


def test_a_backup_that_removes_old_versions_is_full_only_when_they_are_gone(
    tmp_path: Path, source: Path, backup: int
) -> None:
    class Watching(DirectContext):
        versions_when_full: list[int]

        def progress(self, done: float, total: float | None = None, unit: str = "", message: str = "") -> None:
            super().progress(done, total, unit, message)
            if done == total:
                self.versions_when_full.append(len(list((tmp_path / "drive" / "snapshots").iterdir())))

    for number in range(3):
        (source / "Letter to Ann.txt").write_text(f"Dear Ann, for the {number}th time")
        ctx = Watching(tmp_path / f"job{number}")
        ctx.versions_when_full = []
        do("backup", answers(source, backup, tidy=True, **ONE_VERSION), ctx)
        assert ctx.versions_when_full == [1]


def test_what_cannot_be_read_is_named_beforehand_and_afterwards_and_makes_the_job_end_with_warnings(
    tmp_path: Path, source: Path
) -> None:
    (source / "secret.txt").write_text("secret")
    (source / "secret.txt").chmod(0)
    locked = source / "locked.xlsx"
    locked.write_text("open in another program")
    with leased(locked):
        said = run_child(without_roots_eyes(child_command(UNREADABLE, tmp_path, source)))
    told = json.loads(said)
    assert sorted(told["beforehand"]) == sorted([str(locked), str(source / "secret.txt")])
    assert told["counted"] == "2 files or folders cannot be read."
    assert told["warnings"] == [f"{locked} could not be read.", f"{source / 'secret.txt'} could not be read."]
    assert told["facts"]["not_taken"] == 2
    assert told["facts"]["files_new"] == 31
    restic_judge.judge(tmp_path / "drive")


def test_a_rehearsal_says_how_much_space_is_free_and_when_that_is_too_little(tmp_path: Path, source: Path) -> None:
    (source / "large.bin").write_bytes(random.Random(1).randbytes(9 << 20))
    said = run_child(with_small_disk(tmp_path / "disk", 8, child_command(SPACE, tmp_path, source)))
    free, warnings = json.loads(said)
    assert free == "8.4 MB"
    assert f"There may be too little space: 8.4 MB are free in {tmp_path / 'disk'}." in warnings


def test_another_computer_needs_the_password_of_the_sheet(tmp_path: Path, source: Path, backup: int) -> None:
    do("backup", answers(source, backup), DirectContext(tmp_path / "job"))
    with pytest.raises(NeedsUserError, match="password of the account"):
        do("verify-backup", {"backup": add_backup(tmp_path / "drive")}, DirectContext(tmp_path / "job"))
    with pytest.raises(WrongPasswordError):
        do("verify-backup", {"backup": add_backup(tmp_path / "drive", "no")}, DirectContext(tmp_path / "job"))
    other = add_backup(tmp_path / "drive", password_of(backup) or "")
    verified = do("verify-backup", {"backup": other}, DirectContext(tmp_path / "job"))
    assert "1 version verified, all good" in verified.summary


def test_without_a_place_that_lasts_the_password_is_kept_for_the_session_and_the_user_is_told(
    tmp_path: Path, source: Path, backup: int, broker: TestBroker
) -> None:
    with keyring_in_use(NoKeyring()), session_memory(broker):
        ctx = DirectContext(tmp_path / "job")
        do("backup", answers(source, backup), ctx)
        assert accounts.get(record(), backup).secrets == {"password": "session"}
        assert [warning for warning in ctx.warnings if "Print the recovery sheet" in warning]
        assert Repository.open(tmp_path / "drive", password_of(backup) or "")


def test_a_locked_keyring_asks_for_its_owner(tmp_path: Path, source: Path, backup: int, ring: MemoryKeyring) -> None:
    ring.locked = True
    with pytest.raises(KeyringLockedError, match="locked"):
        do("backup", answers(source, backup), DirectContext(tmp_path / "job"))
    assert not (tmp_path / "drive").exists()


def test_a_stopped_backup_is_finished_by_the_next_and_its_sheet_is_written_once(
    tmp_path: Path, source: Path, backup: int
) -> None:
    with pytest.raises(JobStopped):
        do("backup", answers(source, backup), DirectContext(tmp_path / "job", stop_at=3))
    again = DirectContext(tmp_path / "job", attempt=2)
    assert do("backup", answers(source, backup), again).facts["files_new"] == 31
    assert len(list(tmp_path.glob("Recovery sheet*"))) == 1


def test_a_making_that_was_killed_half_way_is_begun_anew(tmp_path: Path, source: Path, backup: int) -> None:
    Repository.create(tmp_path / "drive", "of the killed attempt")
    (tmp_path / "drive" / "config").unlink()
    do("backup", answers(source, backup), DirectContext(tmp_path / "job"))
    restic_judge.judge(tmp_path / "drive", password_of(backup) or "")


def test_a_drive_that_is_not_connected_never_gets_a_new_backup_in_its_place(
    tmp_path: Path, source: Path, backup: int
) -> None:
    do("backup", answers(source, backup), DirectContext(tmp_path / "job"))
    (tmp_path / "drive").rename(tmp_path / "elsewhere")
    (tmp_path / "drive").mkdir()
    with pytest.raises(DestinationGoneError, match="at the moment") as caught:
        do("backup", answers(source, backup), DirectContext(tmp_path / "job"))
    assert "backup" in caught.value.fields
    with pytest.raises(DestinationGoneError):
        rehearsed("backup", answers(source, backup))
    assert not list((tmp_path / "drive").iterdir())


def test_places_that_will_not_do_are_refused_at_their_field(tmp_path: Path, source: Path, backup: int) -> None:
    (tmp_path / "drive").mkdir()
    (tmp_path / "drive" / "photo.jpg").write_text("something else")
    with pytest.raises(UserError, match="not empty") as caught:
        do("backup", answers(source, backup), DirectContext(tmp_path / "job"))
    assert "backup" in caught.value.fields
    with pytest.raises(DestinationGoneError):
        do("backup", answers(source, add_backup(tmp_path / "a" / "b")), DirectContext(tmp_path / "job"))
    with pytest.raises(UserError, match="no backup in"):
        do("verify-backup", {"backup": add_backup(source)}, DirectContext(tmp_path / "job"))
    with pytest.raises(UserError) as wrong:
        rehearsed("backup", answers(source, add_backup(tmp_path / "new"), sheet_folder=str(tmp_path / "nowhere")))
    assert "sheet_folder" in wrong.value.fields


def test_the_test_of_an_account_opens_the_backup_or_says_that_there_is_none(
    tmp_path: Path, source: Path, backup: int, broker: TestBroker
) -> None:
    kept = {"folder": str(tmp_path / "drive"), "made": ""}
    with session_memory(broker):
        assert "no backup yet" in try_account(ACCOUNT_KIND.name, "try", kept, backup)
        do("backup", answers(source, backup), DirectContext(tmp_path / "job"))
        assert "holds 1 version" in try_account(ACCOUNT_KIND.name, "try", kept, backup)
        shutil.rmtree(tmp_path / "drive")
        with pytest.raises(DestinationGoneError):
            try_account(ACCOUNT_KIND.name, "try", {**kept, "made": "x"}, backup)


def test_jobs_that_write_to_the_same_place_share_their_target(tmp_path: Path, source: Path, backup: int) -> None:
    from backend.jobtypes import job_type

    def target(kind: str, given: dict[str, Any]) -> str | None:
        declared = job_type(kind)
        return declared.target(declared.params.model_validate(given))

    twin = add_backup(tmp_path / "." / "drive", name="The same drive")
    assert target("backup", answers(source, backup)) == target("thin-backup", {"backup": twin})
    assert target("backup", answers(source, backup)) != target("backup", answers(source, add_backup(tmp_path / "b")))
    assert job_type("backup").at_once == 1

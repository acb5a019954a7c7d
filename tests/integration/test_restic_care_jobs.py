"""Jobs that look after a backup: verify it, try a restore, remove old versions, print its sheet."""

import hashlib
import os
import random
from collections.abc import Generator
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest

from backend.core.errors import UserError
from backend.lib.restic.certificate import certificate
from backend.lib.restic.drill import Drilled, DrillResult
from backend.lib.restic.repository import Repository
from backend.lib.restic.sheet import recovery_sheet
from backend.lib.restic.snapshots import Snapshot, load_snapshots
from tests.helpers import restic_judge
from tests.helpers.backup_accounts import add_backup, back_up, desk, do, documents, facts_of, rehearsed, words_in
from tests.helpers.direct_context import DirectContext
from tests.helpers.trees import picture

KEEP_ONE = {"keep_last": 1, "keep_daily": 0, "keep_weekly": 0, "keep_monthly": 0, "keep_yearly": 0}


@pytest.fixture(autouse=True)
def _own_desk(tmp_path: Path) -> Generator[None]:
    with desk(tmp_path / "data"):
        yield


@pytest.fixture(name="source")
def source_tree(tmp_path: Path) -> Path:
    return documents(tmp_path)


@pytest.fixture(name="backup")
def backup_account(tmp_path: Path, source: Path) -> int:
    """A backup with one version of the source."""
    made = add_backup(tmp_path / "drive", restic_judge.PASSWORD)
    back_up(tmp_path, source, made)
    return made


def data_packs(tmp_path: Path) -> list[Path]:
    """The packs, the newest last."""
    found = [path for path in (tmp_path / "drive" / "data").rglob("*") if path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def test_a_verification_says_beforehand_how_much_it_reads_and_then_that_all_is_good(
    tmp_path: Path, backup: int
) -> None:
    before = picture(tmp_path / "drive")
    quick = rehearsed("verify-backup", {"backup": backup, "depth": "structure"})
    whole = rehearsed("verify-backup", {"backup": backup})
    assert facts_of(whole)["Versions"] == "1"
    assert quick.headline != whole.headline
    assert picture(tmp_path / "drive") == before
    ctx = DirectContext(tmp_path / "job")
    done = do("verify-backup", {"backup": backup}, ctx)
    assert "1 version verified, all good" in done.summary
    assert done.facts["packs_read"] == done.facts["packs"] == len(data_packs(tmp_path))
    assert [told.done for told in ctx.told] == sorted(told.done for told in ctx.told)
    assert all(told.total is None or told.done < told.total for told in ctx.told[:-1])
    assert do("verify-backup", {"backup": backup, "depth": "structure"}, ctx).facts["packs_read"] == 0


def test_a_damaged_backup_fails_its_verification_and_says_which_versions_are_good(
    tmp_path: Path, source: Path, backup: int
) -> None:
    (source / "new.bin").write_bytes(random.Random(1).randbytes(2 << 20))
    back_up(tmp_path, source, backup)
    large = [path for path in data_packs(tmp_path) if path.stat().st_size > 1 << 20]
    large[-1].unlink()
    ctx = DirectContext(tmp_path / "job")
    with pytest.raises(UserError, match="1 of 2 versions are good"):
        do("verify-backup", {"backup": backup}, ctx)
    assert any("new.bin" in str(facts) for _, _, facts in ctx.lines)


def test_a_drill_restores_a_sample_compares_it_and_writes_a_dated_page(
    tmp_path: Path, source: Path, backup: int
) -> None:
    given = {"backup": backup, "folder": str(tmp_path), "count": 40}
    shown = rehearsed("backup-drill", given)
    assert shown.headline == "31 files of 31 would be restored on trial and compared"
    (source / "Letter to Ann.txt").write_text("Dear Ann, changed since")
    ctx = DirectContext(tmp_path / "job2")
    outcome = do("backup-drill", given, ctx)
    assert (outcome.facts["files"], outcome.facts["of"], outcome.facts["same_as_live"]) == (31, 31, 30)
    (page,) = ctx.artifacts
    assert page.name.startswith("Restore drill 20")
    assert "31 of 31 files came back" in words_in(page)
    assert not list(ctx.scratch.glob("*/*"))


def test_a_drill_fails_when_a_file_differs_or_cannot_be_restored(tmp_path: Path, source: Path, backup: int) -> None:
    given = {"backup": backup, "folder": str(tmp_path), "count": 40}
    letter = source / "Letter to Ann.txt"
    moment = letter.stat().st_mtime_ns
    letter.write_text("Dear Bob")
    os.utime(letter, ns=(moment, moment))
    ctx = DirectContext(tmp_path / "job2")
    with pytest.raises(UserError, match="1 of 31 files did not come back"):
        do("backup-drill", given, ctx)
    assert any("same date and length" in line for _, line, _ in ctx.lines)
    pack = max(data_packs(tmp_path), key=lambda path: path.stat().st_size)
    contents = bytearray(pack.read_bytes())
    contents[100] ^= 1
    pack.chmod(0o600)
    pack.write_bytes(contents)
    with pytest.raises(UserError, match="2 of 31 files did not come back"):
        do("backup-drill", given, DirectContext(tmp_path / "job3"))
    assert len(list(tmp_path.glob("Restore drill*.pdf"))) == 2


@pytest.mark.parametrize("verdict", ["as recorded", "could not be restored"])
def test_a_certificate_is_one_page_whatever_is_on_it(tmp_path: Path, verdict: str) -> None:
    name = "/" + "/".join(["a very long folder's name, 文件夹 " * 4] * 12)
    why = "the backup is damaged, and this sentence about it goes on and on " * 20
    sample = [Drilled(f"{name}{number}", 10**9, "a" * 64, verdict, why) for number in range(500)]  # pyright: ignore[reportArgumentType]
    snapshot = Snapshot(
        "b" * 64, "2026-11-24T08:00:00Z", b"", tuple(f"{name}{number}" for number in range(50)), "host" * 15
    )
    result = DrillResult(snapshot, 10**6, sample)
    made = certificate(result, name, Path(name), datetime(2026, 11, 24, tzinfo=UTC), tmp_path)
    (tmp_path / "page.pdf").write_bytes(made)
    with pikepdf.open(tmp_path / "page.pdf") as pdf:
        assert len(pdf.pages) == 1
    assert ("all as they were" in words_in(tmp_path / "page.pdf")) == (verdict == "as recorded")


def test_old_versions_are_previewed_then_removed_and_their_space_given_back(
    tmp_path: Path, source: Path, backup: int
) -> None:
    for number in range(3):
        (source / "large.bin").write_bytes(random.Random(number).randbytes(4 << 20))
        back_up(tmp_path, source, backup)
    before = picture(tmp_path / "drive")
    shown = rehearsed("thin-backup", {"backup": backup, **KEEP_ONE})
    assert shown.headline == "3 versions of 4 would be removed"
    assert [row[1] for row in shown.tables[0].rows] == ["stays", "goes", "goes", "goes"]
    assert picture(tmp_path / "drive") == before
    done = do("thin-backup", {"backup": backup, **KEEP_ONE}, DirectContext(tmp_path / "job"))
    assert (done.facts["versions_removed"], done.facts["stay"]) == (3, 1)
    assert done.facts["bytes_freed"] >= 8 << 20
    from backend.lib.restic import words

    assert facts_of(shown)["Given back"] == words.size(done.facts["bytes_freed"])
    restic_judge.judge(tmp_path / "drive")
    restic_judge.judge_restores(tmp_path / "drive", source, tmp_path / "official")
    assert rehearsed("thin-backup", {"backup": backup, **KEEP_ONE}).headline.startswith("0 versions of 1")


def test_space_beside_what_is_needed_is_given_back_and_what_is_not_is_told_beforehand_and_afterwards(
    tmp_path: Path, source: Path, backup: int
) -> None:
    from backend.lib.restic import words

    gone, little = source / "gone.bin", source / "little.bin"
    gone.write_bytes(random.Random(1).randbytes(400_000))  # small enough to share its pack with what stays
    (source / "stays.bin").write_bytes(random.Random(2).randbytes(400_000))
    back_up(tmp_path, source, backup)
    gone.unlink()
    little.write_bytes(random.Random(3).randbytes(10_000))
    (source / "stays too.bin").write_bytes(random.Random(4).randbytes(400_000))
    back_up(tmp_path, source, backup)
    told = facts_of(rehearsed("thin-backup", {"backup": backup, **KEEP_ONE}))
    done = do("thin-backup", {"backup": backup, **KEEP_ONE}, DirectContext(tmp_path / "job"))
    assert done.facts["bytes_freed"] >= 400_000
    assert told["Given back"] == words.size(done.facts["bytes_freed"])
    assert "Not given back yet" not in told
    assert told["Written anew for that"].endswith("kB")
    little.unlink()
    back_up(tmp_path, source, backup)
    told = facts_of(rehearsed("thin-backup", {"backup": backup, **KEEP_ONE}))
    done = do("thin-backup", {"backup": backup, **KEEP_ONE}, DirectContext(tmp_path / "job"))
    size = words.size(done.facts["bytes_idle"])
    assert done.facts["bytes_idle"] >= 10_000
    assert told["Not given back yet"] == f"{size}, stored together with files that are still needed"
    assert done.summary.endswith(f"{size} not yet: stored together with files that are still needed.")
    restic_judge.judge(tmp_path / "drive")
    restic_judge.judge_restores(tmp_path / "drive", source, tmp_path / "official")


def test_a_damaged_piece_beside_what_goes_ends_the_removal_with_a_warning(
    tmp_path: Path, source: Path, backup: int
) -> None:
    gone = source / "gone.bin"
    gone.write_bytes(random.Random(1).randbytes(400_000))
    (source / "stays.bin").write_bytes(random.Random(2).randbytes(400_000))
    back_up(tmp_path, source, backup)
    gone.unlink()
    back_up(tmp_path, source, backup)
    repository = Repository.open(tmp_path / "drive", restic_judge.PASSWORD)
    repository.load_index()
    digest = hashlib.sha256((source / "stays.bin").read_bytes()).digest()
    pack, blob = repository.index.place(repository.index.find("data", digest))
    path = repository.store.path("data", pack.hex())
    contents = bytearray(path.read_bytes())
    contents[blob.offset + 100] ^= 1
    path.chmod(0o600)
    path.write_bytes(contents)
    ctx = DirectContext(tmp_path / "job")
    done = do("thin-backup", {"backup": backup, **KEEP_ONE}, ctx)
    assert done.facts["versions_removed"] == 2
    assert ctx.warnings == [
        f"The backup is damaged: the pack {pack.hex()[:8]} holds data that cannot be read. "
        "Verify the backup to see which versions are still good."
    ]
    assert path.read_bytes() == contents


def test_a_damaged_newest_version_is_not_what_the_rules_keep_alone(tmp_path: Path, source: Path, backup: int) -> None:
    (source / "new.bin").write_bytes(random.Random(1).randbytes(2 << 20))
    back_up(tmp_path, source, backup)
    [path for path in data_packs(tmp_path) if path.stat().st_size > 1 << 20][-1].unlink()
    shown = rehearsed("thin-backup", {"backup": backup, **KEEP_ONE})
    assert [row[1:] for row in shown.tables[0].rows] == [
        ["stays", "one of the latest"],
        ["stays", "last good version"],
    ]
    assert shown.warnings[0].startswith("Nothing would be removed. The backup is damaged")
    with pytest.raises(UserError, match="damaged"):
        do("thin-backup", {"backup": backup, **KEEP_ONE}, DirectContext(tmp_path / "job"))
    assert len(load_snapshots(Repository.open(tmp_path / "drive", restic_judge.PASSWORD))) == 2


def test_a_recovery_sheet_is_one_page_with_a_password_that_opens(tmp_path: Path, backup: int) -> None:
    ctx = DirectContext(tmp_path / "job")
    do("recovery-sheet", {"backup": backup, "folder": str(tmp_path)}, ctx)
    (page,) = ctx.artifacts
    words = words_in(page)
    assert restic_judge.PASSWORD in words
    assert "latin small letter u with diaeresis" in words
    assert page.stat().st_mode & 0o077 == 0
    with pikepdf.open(page) as pdf:
        assert len(pdf.pages) == 1
    wrong = add_backup(tmp_path / "drive", "not it")
    with pytest.raises(UserError, match="does not open"):
        do("recovery-sheet", {"backup": wrong, "folder": str(tmp_path)}, DirectContext(tmp_path / "job2"))


def test_a_sheet_spells_a_long_and_odd_password_and_stays_one_page(tmp_path: Path) -> None:
    password = "O0lI1" + "".join(chr(point) for point in range(0x1F600, 0x1F620))
    made = recovery_sheet("x" * 500, Path("/y" * 400), password, datetime(2026, 11, 24, tzinfo=UTC), tmp_path)
    (tmp_path / "page.pdf").write_bytes(made)
    with pikepdf.open(tmp_path / "page.pdf") as pdf:
        assert len(pdf.pages) == 1
    assert "grinning face" in words_in(tmp_path / "page.pdf")

"""kill -9 at any moment: earlier versions stay whole, and the next run goes on. DESKHAND_KILLS sets how often."""

import os
import random
import time
from pathlib import Path

import pytest

from backend.lib.restic.backup import back_up
from backend.lib.restic.parts import PartNames
from backend.lib.restic.prune import prune
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import restore
from backend.lib.restic.snapshots import load_snapshots
from tests.helpers.restic_judge import PASSWORD, judge, judge_restores, make_repository, restic
from tests.helpers.restic_killing import killing
from tests.helpers.trees import office_tree, picture

KILLS = int(os.environ.get("DESKHAND_KILLS", "50"))


def duration(source: Path, place: Path) -> float:
    started = time.monotonic()
    back_up(make_repository(place), [source])
    return time.monotonic() - started


def stored(place: Path) -> int:
    return sum(path.stat().st_size for path in (place / "data").rglob("*") if path.is_file())


@pytest.mark.timeout(120 + 5 * KILLS)
def test_backups_killed_at_random_moments_harm_no_version_and_the_next_run_goes_on(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 40)
    first = back_up(make_repository(place), [source])
    before = picture(source)
    office_tree(source / "more", 200, seed=7, mean=60_000)
    (source / "large.bin").write_bytes(random.Random(8).randbytes(28 << 20))
    outcomes = killing("backups", source, place, KILLS, duration(source, tmp_path / "calm"), timeout=60 + 5 * KILLS)
    assert outcomes["killed"] == KILLS
    finished = back_up(Repository.open(place, PASSWORD), [source])
    assert finished.files_new + finished.files_changed + finished.files_unchanged == 241
    judge(place)
    judge_restores(place, source, tmp_path / "official")
    assert first.snapshot.id in [s.id for s in load_snapshots(Repository.open(place, PASSWORD))]
    restic(place, "restore", first.snapshot.id, "--target", str(tmp_path / "first"))
    found = picture(Path(f"{tmp_path / 'first'}{source}"))
    assert {key: found[key] for key in before if before[key][0] == "file"} == {
        key: before[key] for key in before if before[key][0] == "file"
    }


def test_after_five_kills_and_a_rerun_hardly_anything_is_stored_twice(tmp_path: Path) -> None:
    source, place, calm = tmp_path / "source", tmp_path / "repo", tmp_path / "calm"
    office_tree(source, 100)
    back_up(make_repository(place), [source])
    (source / "large.bin").write_bytes(random.Random(8).randbytes(100 << 20))
    back_up(make_repository(calm), [source])
    killing("shares", source, place, 5)
    back_up(Repository.open(place, PASSWORD), [source])
    assert stored(place) <= stored(calm) * 1.02
    judge(place)


@pytest.mark.parametrize("what", ["forget", "prune", "repair"])
def test_a_kill_at_any_step_of_a_removal_leaves_every_version_that_stays_whole(tmp_path: Path, what: str) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    repository = make_repository(place)
    for number in range(3):
        (source / "now").mkdir(parents=True, exist_ok=True)
        for path in sorted(source.rglob("*"), reverse=True):
            path.unlink() if path.is_file() else path.rmdir()
        office_tree(source / "now", 8, seed=number)
        back_up(repository, [source])
    if what == "prune":
        for snapshot in load_snapshots(repository)[:-1]:
            repository.store.remove("snapshots", snapshot.id)
    assert killing("steps", place, what)["steps"] > 3
    prune(Repository.open(place, PASSWORD))
    judge(place)
    judge_restores(place, source, tmp_path / "official")


def test_what_a_killed_restore_left_half_written_goes_with_the_next_one_and_nothing_else_of_that_kind(
    tmp_path: Path,
) -> None:
    source, place, target = tmp_path / "source", tmp_path / "repo", tmp_path / "target"
    source.mkdir()
    (source / "large.bin").write_bytes(random.Random(8).randbytes(8 << 20))
    (source / "small.txt").write_text("small")
    repository = make_repository(place)
    snapshot = back_up(repository, [source]).snapshot
    assert killing("restore", place, target)["left"]
    folder = Path(f"{target}{source}")
    mine = PartNames().next()
    machine, boot, pid, started, number = mine.removeprefix(".deskhand-").removesuffix(".part").split("-")
    elsewhere = f".deskhand-{'0' * 8}-{boot}-{2**22 + 1}-{started}-{number}.part"
    spared = [mine, elsewhere, ".deskhand-report.part", f".deskhand-{machine}-{boot}-{pid}.part"]
    for name in spared:
        (folder / name).write_text("of somebody")
    result = restore(repository, snapshot, target, existing="skip")
    assert not result.failed
    assert sorted(path.name for path in folder.iterdir()) == sorted([*spared, "large.bin", "small.txt"])
    assert (folder / "large.bin").read_bytes() == (source / "large.bin").read_bytes()

"""What lies idle in half-used packs is given back, and at no moment is a version without its data."""

import hashlib
import json
import random
import shutil
from pathlib import Path

import pytest

from backend.core.errors import DeskhandError
from backend.lib.restic.backup import back_up
from backend.lib.restic.errors import LockedError
from backend.lib.restic.locks import locked
from backend.lib.restic.pack import Blob, Pack
from backend.lib.restic.progress import Progress
from backend.lib.restic.prune import prune, unneeded
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import restore
from backend.lib.restic.snapshots import load_snapshots
from backend.lib.restic.verify import verify
from tests.helpers.children import child_command, run_child, with_small_disk
from tests.helpers.idle_packs import forget_oldest, half_idle, numbered_files, packs_of, remove_some, stored
from tests.helpers.restic_judge import PASSWORD, judge, judge_restores, make_repository, restic
from tests.helpers.restic_killing import killing
from tests.helpers.trees import picture

ON_A_SMALL_DISK = """
import shutil
from backend.lib.restic.prune import prune
made, disk, out, free, fills = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
place = disk / "repo"
shutil.copytree(made, place)
left = shutil.disk_usage(disk).free - free
(disk / "filler").write_bytes(bytes(left))

def fill(progress):
    if fills == "while it runs" and progress.bytes > 3 << 20 and not (disk / "more").exists():
        (disk / "more").write_bytes(bytes(shutil.disk_usage(disk).free - (3 << 20)))

result = prune(Repository.open(place, PASSWORD), on_progress=fill)
shutil.copytree(place, out)
print(json.dumps({"packs": result.packs_rewritten, "full": result.is_full, "idle": result.idle,
                  "freed": result.bytes_freed}))
"""


class Stop(BaseException):
    pass


def needed_blobs(place: Path) -> set[tuple[str, bytes, int, int]]:
    repository = Repository.open(place, PASSWORD)
    repository.load_index()
    return {
        (blob.kind, blob.id, blob.length, blob.plain)
        for _, blobs in repository.index.blobs_of_packs()
        for blob in blobs
    }


def flip(path: Path, position: int) -> None:
    path.chmod(0o600)
    contents = bytearray(path.read_bytes())
    contents[position] ^= 4
    path.write_bytes(contents)


def test_what_is_idle_in_half_used_packs_is_given_back_as_restic_gives_it_back(tmp_path: Path) -> None:
    source, place, official = tmp_path / "source", tmp_path / "repo", tmp_path / "by restic"
    repository = half_idle(source, place)
    shutil.copytree(place, official)
    before, packs_before = stored(place), packs_of(place)
    repository.load_index()
    told = unneeded(repository, load_snapshots(repository))
    steps: list[Progress] = []
    result = prune(repository, on_progress=steps.append)
    assert before - stored(place) == pytest.approx(result.bytes_freed, abs=40_000), "but for the index"
    assert (told.given_back, told.idle, told.lacks_room) == (result.bytes_freed, result.idle, False)
    assert 0.45 < result.bytes_freed / before < 0.55
    assert len(packs_before - packs_of(place)) == result.packs_rewritten + result.packs_removed >= 3
    assert not result.damaged
    assert not result.is_full
    restic(official, "prune")
    assert stored(place) <= 1.05 * stored(official)
    assert [step.bytes for step in steps] == sorted(step.bytes for step in steps)
    assert all(step.bytes < step.total_bytes for step in steps[:-1])
    judge(place)
    judge_restores(place, source, tmp_path / "restored")
    names = packs_of(place)
    again = prune(Repository.open(place, PASSWORD))
    assert (again.packs_rewritten, again.packs_removed, packs_of(place)) == (0, 0, names), "once is enough"


@pytest.mark.parametrize("compression", ["auto", "off"])
def test_a_repository_that_restic_made_is_repacked_and_its_blobs_stay_as_they_are(
    tmp_path: Path, compression: str
) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    numbered_files(source, 60)
    (source / "prose.txt").write_text("compressible " * 50_000)
    restic(place, "init")
    restic(place, "backup", "--compression", compression, str(source))
    remove_some(source, lambda number: number % 3 > 0)
    restic(place, "backup", "--compression", compression, str(source))
    before = needed_blobs(place)
    forget_oldest(Repository.open(place, PASSWORD))
    official = tmp_path / "by restic"
    shutil.copytree(place, official)
    result = prune(Repository.open(place, PASSWORD))
    assert result.packs_rewritten
    assert needed_blobs(place) < before
    restic(official, "prune", "--compression", compression)
    assert stored(place) <= 1.05 * stored(official)
    judge(place)
    judge_restores(place, source, tmp_path / "restored")
    back_up(Repository.open(place, PASSWORD), [source])
    judge(place)


def test_a_pack_of_folders_and_data_is_taken_apart_and_a_blob_that_is_there_twice_is_kept_once(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    numbered_files(source, 6)
    repository = make_repository(place)
    back_up(repository, [source])
    repository.load_index()
    both = Pack.empty()
    for pack, blobs in repository.index.blobs_of_packs():
        for blob in blobs:
            sealed = repository.store.read_part(pack.hex(), blob.offset, blob.length)
            both.add(blob.kind, blob.id, sealed, blob.plain)
    blobs, count = list(both.blobs), len(needed_blobs(place))
    mixed = repository.save_pack(both, lambda: None)
    repository.save_index([(mixed, blobs)])
    twice = stored(place)
    prune(Repository.open(place, PASSWORD))
    after = Repository.open(place, PASSWORD)
    after.load_index()
    kinds = [{blob.kind for blob in held} for _, held in after.index.blobs_of_packs()]
    assert len(kinds) == len(packs_of(place)) == 2
    assert all(len(found) == 1 for found in kinds)
    assert (len(after.index), len(needed_blobs(place))) == (count, count)
    assert stored(place) < 0.51 * twice
    judge(place)
    judge_restores(place, source, tmp_path / "restored")


def test_of_a_blob_that_is_there_twice_the_sound_copy_stays(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    numbered_files(source, 3)
    repository = make_repository(place)
    back_up(repository, [source])
    repository.load_index()
    pack, blobs = next(found for found in repository.index.blobs_of_packs() if found[1][0].kind == "data")
    copy = Pack.empty()
    for blob in blobs:
        copy.add(blob.kind, blob.id, repository.store.read_part(pack.hex(), blob.offset, blob.length), blob.plain)
    listed: list[Blob] = list(copy.blobs)
    repository.save_index([(repository.save_pack(copy, lambda: None), listed)])
    for blob in blobs[:-1]:
        flip(repository.store.path("data", pack.hex()), blob.offset + 100)
    prune(Repository.open(place, PASSWORD))
    assert verify(Repository.open(place, PASSWORD)).good
    judge(place)


def test_many_small_packs_become_a_few(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    source.mkdir()
    for number in range(10):
        (source / f"{number}.bin").write_bytes(random.Random(number).randbytes(20_000))
        back_up(make_repository(place) if number == 0 else Repository.open(place, PASSWORD), [source])
    assert len(packs_of(place)) == 20
    prune(Repository.open(place, PASSWORD))
    assert len(packs_of(place)) == 2
    assert all(state.good for state in verify(Repository.open(place, PASSWORD)).snapshots)
    judge(place)


@pytest.mark.timeout(300)
def test_a_kill_at_any_moment_of_a_repacking_leaves_every_version_whole(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    half_idle(source, place)
    remove_some(source, lambda number: number % 7 == 3)
    back_up(Repository.open(place, PASSWORD), [source])
    outcomes = killing("prunes", place, 20)
    assert outcomes["killed"] == 20
    assert outcomes["left something"] >= 3, "some kills left new packs behind, or old ones"
    judge_restores(place, source, tmp_path / "restored")


def test_a_kill_at_any_step_of_a_repacking_leaves_every_version_whole(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    half_idle(source, place, 50)
    assert killing("steps", place, "prune")["steps"] > 6
    prune(Repository.open(place, PASSWORD))
    judge(place)
    judge_restores(place, source, tmp_path / "restored")


def test_a_stop_at_any_checkpoint_harms_nothing_and_leaves_no_new_pack_behind(tmp_path: Path) -> None:
    source, made = tmp_path / "source", tmp_path / "made"
    half_idle(source, made)
    seen = [0]

    def count() -> None:
        seen[0] += 1

    shutil.copytree(made, tmp_path / "calm")
    prune(Repository.open(tmp_path / "calm", PASSWORD), count)
    begun = packs_of(made)
    for number in range(12):
        place, left = tmp_path / f"repo-{number}", [seen[0] * number // 12]
        shutil.copytree(made, place)

        def stop(left: list[int] = left) -> None:
            left[0] -= 1
            if left[0] < 0:
                raise Stop

        with pytest.raises(Stop):
            prune(Repository.open(place, PASSWORD), stop)
        repository = Repository.open(place, PASSWORD)
        repository.load_index()
        unlisted = {name for name in packs_of(place) if not repository.index.knows_pack(bytes.fromhex(name))}
        assert unlisted <= begun
        assert verify(repository).good
        if number % 4 == 3:
            judge(place)
        prune(Repository.open(place, PASSWORD))
        assert stored(place) == pytest.approx(stored(tmp_path / "calm"), rel=0.01)


@pytest.mark.parametrize(
    ("free", "fills", "all_done"),
    [(14 << 20, "no", True), (14 << 20, "while it runs", False), (2 << 20, "no", False)],
)
def test_on_a_full_disk_it_does_what_fits_and_gives_up_kindly(
    tmp_path: Path, free: int, fills: str, all_done: bool
) -> None:
    source, place, out = tmp_path / "source", tmp_path / "repo", tmp_path / "out"
    half_idle(source, place)
    command = child_command(ON_A_SMALL_DISK, place, tmp_path / "disk", out, str(free), fills)
    told = json.loads(run_child(with_small_disk(tmp_path / "disk", 80, command)))
    assert told["full"] is not all_done
    assert (told["idle"] < 2 << 20) is all_done
    assert (told["packs"] > 2) is all_done
    repository = Repository.open(out, PASSWORD)
    repository.load_index()
    assert all(repository.index.knows_pack(bytes.fromhex(name)) for name in packs_of(out))
    judge(out)
    judge_restores(out, source, tmp_path / "restored")
    prune(Repository.open(out, PASSWORD))
    prune(Repository.open(place, PASSWORD))
    assert stored(out) == pytest.approx(stored(place), rel=0.01)


def test_a_pack_with_a_damaged_blob_stays_as_it_is_and_is_told(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    repository = half_idle(source, place)
    repository.load_index()
    wanted = {hit.name for hit in source.iterdir()}
    pack, offset = _a_needed_blob(repository, source)
    path = repository.store.path("data", pack.hex())
    flip(path, offset + 50)
    damaged = path.read_bytes()
    result = prune(Repository.open(place, PASSWORD))
    assert [error.what for error in result.damaged] == [f"the pack {pack.hex()[:8]}"]
    assert result.packs_rewritten >= 2
    assert path.read_bytes() == damaged
    (state,) = verify(Repository.open(place, PASSWORD)).snapshots
    assert state.lost_count == 1
    back = tmp_path / "back"
    restored = restore(Repository.open(place, PASSWORD), state.snapshot, back)
    assert restored.files == len(wanted) - 1
    again = prune(Repository.open(place, PASSWORD))
    assert len(again.damaged) == 1, "it is told each time"
    flip(path, offset + 50)
    assert not prune(Repository.open(place, PASSWORD)).damaged
    assert not path.exists()
    judge(place)
    judge_restores(place, source, tmp_path / "restored")


def _a_needed_blob(repository: Repository, source: Path) -> tuple[bytes, int]:
    """A piece of a file that is still there, in a pack of the first backup."""
    first = sorted(source.glob("*.bin"))[3]
    digest = hashlib.sha256(first.read_bytes()).digest()
    pack, blob = repository.index.place(repository.index.find("data", digest))
    return pack, blob.offset


def test_nothing_is_touched_while_another_works_with_the_backup(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    half_idle(source, place, 10)
    with locked(Repository.open(place, PASSWORD)):
        before = picture(place / "data"), picture(place / "index")
        with pytest.raises(LockedError):
            prune(Repository.open(place, PASSWORD))
        assert (picture(place / "data"), picture(place / "index")) == before


def test_a_lock_that_was_taken_away_ends_it_before_anything_is_removed(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    half_idle(source, place)
    before = packs_of(place)

    def unlock(_progress: Progress) -> None:
        for path in (place / "locks").iterdir():
            path.unlink()

    with pytest.raises(DeskhandError, match="away too long"):
        prune(Repository.open(place, PASSWORD), on_progress=unlock)
    assert packs_of(place) < before, "only what nothing needed was gone by then"
    judge(place)

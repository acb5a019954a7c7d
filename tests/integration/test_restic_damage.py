"""A byte flipped anywhere in a repository is found by a verification and never restored in silence."""

import random
from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import DeskhandError
from backend.lib.restic.backup import back_up
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.keep import KeepRules
from backend.lib.restic.prune import forget, prune, repair_index
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import restore
from backend.lib.restic.snapshots import load_snapshots
from backend.lib.restic.verify import verify
from tests.helpers.restic_judge import PASSWORD, judge, make_repository
from tests.helpers.trees import office_tree, picture


@pytest.fixture(name="made")
def made_repository(tmp_path: Path) -> tuple[Path, Path]:
    """A source and its repository with two versions."""
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 12)
    repository = make_repository(place)
    back_up(repository, [source])
    (source / "new.txt").write_text("new in the second version")
    back_up(repository, [source])
    return source, place


def files_of(place: Path) -> list[Path]:
    return sorted(path for path in place.rglob("*") if path.is_file())


def flip(path: Path, position: int) -> None:
    path.chmod(0o600)
    contents = bytearray(path.read_bytes())
    contents[position] ^= 1 << position % 8
    path.write_bytes(contents)


def is_found(place: Path) -> bool:
    try:
        return not verify(Repository.open(place, PASSWORD)).good
    except DeskhandError:
        return True


def never_restores_in_silence(place: Path, source: Path, wanted: dict[bytes, Any], scratch: Path) -> None:
    try:
        repository = Repository.open(place, PASSWORD)
        result = restore(repository, load_snapshots(repository)[-1], scratch)
    except DeskhandError:
        return
    back = Path(f"{scratch}{source}")
    found = picture(back)
    told = {Path(path) for path, _ in result.damaged}
    for key, value in found.items():
        assert value == wanted[key] or value[0] == "folder", key
    missing = {back / key.decode() for key in wanted.keys() - found.keys()}
    assert all(path in told or told & set(path.parents) for path in missing)


def test_a_byte_flipped_in_any_file_at_any_place_is_found_and_never_restored_in_silence(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    source, place = made
    wanted = picture(source)
    generator = random.Random(3)
    kinds: set[str] = set()
    for number, path in enumerate(files_of(place)):
        kinds.add(path.relative_to(place).parts[0])
        contents = path.read_bytes()
        spots = {0, len(contents) - 1, *(generator.randrange(len(contents)) for _ in range(3))}
        for spot in sorted(spots):
            flip(path, spot)
            assert is_found(place), f"{path} at {spot}"
            never_restores_in_silence(place, source, wanted, tmp_path / f"out-{number}-{spot}")
            path.write_bytes(contents)
    assert kinds == {"config", "data", "index", "keys", "snapshots"}
    assert verify(Repository.open(place, PASSWORD)).good


def test_a_file_cut_short_or_gone_is_found(made: tuple[Path, Path]) -> None:
    _, place = made
    for path in files_of(place):
        contents = path.read_bytes()
        path.chmod(0o600)
        path.write_bytes(contents[: len(contents) // 2])
        assert is_found(place), path
        path.unlink()
        if path.parent.name not in ("snapshots",):
            assert is_found(place), path
        path.write_bytes(contents)
    assert not is_found(place)


def test_damage_to_one_version_is_told_by_file_and_the_other_stays_good(
    made: tuple[Path, Path], tmp_path: Path
) -> None:
    source, place = made
    repository = Repository.open(place, PASSWORD)
    repository.load_index()
    only_new = next(
        pack for pack, blobs in repository.index.blobs_of_packs() if len(blobs) == 1 and blobs[0].kind == "data"
    )
    flip(repository.store.path("data", only_new.hex()), 20)
    result = verify(repository)
    assert [state.good for state in result.snapshots] == [True, False]
    assert result.snapshots[1].lost == [f"{source}/new.txt"]
    restored = restore(repository, result.snapshots[1].snapshot, tmp_path / "out")
    assert [path for path, _ in restored.damaged] == [f"{tmp_path / 'out'}{source}/new.txt"]
    assert restored.files == 12
    healed = back_up(Repository.open(place, PASSWORD), [source])
    assert healed.snapshot.id


def test_the_last_good_version_is_kept_when_newer_ones_are_damaged(made: tuple[Path, Path]) -> None:
    _, place = made
    repository = Repository.open(place, PASSWORD)
    repository.load_index()
    newest = load_snapshots(repository)[-1]
    pack, _ = repository.index.place(repository.index.find("tree", newest.tree))
    repository.store.path("data", pack.hex()).unlink()
    decisions = forget(repository, KeepRules(last=1))
    assert [decision.stays for decision in decisions] == [True, True]
    assert "last good version" in decisions[1].reasons
    with pytest.raises(DamagedError):
        prune(repository)
    assert verify(repository).snapshots[0].good


def test_an_index_that_is_damaged_can_be_written_anew_from_the_packs(made: tuple[Path, Path]) -> None:
    source, place = made
    index = sorted((place / "index").iterdir())[0]
    flip(index, 30)
    assert is_found(place)
    assert back_up(Repository.open(place, PASSWORD), [source]).damaged, "a run goes on and tells of it"
    repair_index(Repository.open(place, PASSWORD))
    assert verify(Repository.open(place, PASSWORD)).good
    judge(place)


def test_a_sample_reads_its_share_of_the_packs(made: tuple[Path, Path]) -> None:
    _, place = made
    quick = verify(Repository.open(place, PASSWORD), share=0.0)
    assert (quick.good, quick.packs_read) == (True, 0)
    some = verify(Repository.open(place, PASSWORD), share=0.5, seed=1)
    assert some.packs_read == round(some.packs / 2)
    assert 0.3 < some.share < 0.7

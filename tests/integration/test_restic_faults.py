"""The world as it is: full and vanished destinations, files that change, vanish or cannot be read, stops and pauses."""

import json
import os
import random
import shutil
import threading
import time
from pathlib import Path

import pytest

from backend.core.errors import UserError
from backend.lib.restic.backup import back_up
from backend.lib.restic.browse import walk
from backend.lib.restic.errors import DestinationError, DestinationFullError, DestinationGoneError
from backend.lib.restic.locks import locked
from backend.lib.restic.nodes import CHANGED
from backend.lib.restic.progress import Progress
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import restore
from backend.lib.restic.snapshots import load_snapshots
from backend.lib.restic.verify import verify
from tests.helpers.children import child_command, run_child, with_small_disk, without_roots_eyes
from tests.helpers.restic_judge import PASSWORD, judge, judge_restores, make_repository
from tests.helpers.trees import office_tree, picture

FULL = """
source, place, out = map(Path, sys.argv[1:])
repository = make_repository(place / "repo")
(source / "huge.bin").rename(source.parent / "huge.bin")
first = back_up(repository, [source])
(source.parent / "huge.bin").rename(source / "huge.bin")
try:
    back_up(repository, [source])
    print(json.dumps({"error": "none"}))
except DeskhandError as error:
    import shutil
    shutil.copytree(place / "repo", out)
    left = [p.name for p in (place / "repo").rglob("*") if "-tmp-" in p.name]
    print(json.dumps({"error": type(error).__name__, "message": error.message, "hint": error.hint, "left": left}))
"""

UNREADABLE = """
source, place = map(Path, sys.argv[1:])
result = back_up(make_repository(place), [source])
print(json.dumps([[s.path, s.trouble] for s in result.skipped]))
"""

RESTORE_FULL = """
from backend.lib.restic.restore import restore
from backend.lib.restic.snapshots import load_snapshots
place, target = map(Path, sys.argv[1:])
repository = Repository.open(place, PASSWORD)
try:
    restore(repository, load_snapshots(repository)[-1], target / "out")
    print("none")
except DeskhandError as error:
    left = [p.name for p in target.rglob("*.part")]
    print(error.code, left)
"""


class Stop(BaseException):
    pass


def test_a_full_destination_ends_without_a_snapshot_and_harms_no_earlier_version(tmp_path: Path) -> None:
    source, disk, copy = tmp_path / "source", tmp_path / "disk", tmp_path / "copy"
    office_tree(source, 20)
    (source / "huge.bin").write_bytes(random.Random(1).randbytes(90 << 20))
    said = run_child(with_small_disk(disk, 48, child_command(FULL, source, disk, copy)))
    told = json.loads(said)
    assert told["error"] == DestinationFullError.__name__
    assert "no space left" in told["message"]
    assert told["left"] == []
    repository = Repository.open(copy, PASSWORD)
    assert len(load_snapshots(repository)) == 1
    assert verify(repository).good
    finished = back_up(repository, [source])
    assert finished.files_new == 1
    assert finished.bytes_stored < 75 << 20, "what had arrived is not stored again"
    judge(copy)
    judge_restores(copy, source, tmp_path / "official")


def test_a_destination_that_is_pulled_out_midway_is_never_taken_for_unreadable_files(tmp_path: Path) -> None:
    source, place, away = tmp_path / "source", tmp_path / "drive" / "repo", tmp_path / "away"
    office_tree(source, 20)
    place.parent.mkdir()
    repository = make_repository(place)
    back_up(repository, [source])
    (source / "huge.bin").write_bytes(random.Random(1).randbytes(60 << 20))

    def pull(progress: Progress) -> None:
        if progress.bytes > 20 << 20 and place.exists():
            place.rename(away)

    with pytest.raises(DestinationGoneError, match="not there any more"):
        back_up(repository, [source], on_progress=pull)
    assert not place.exists(), "nothing of it was made anew where the drive had been"
    away.rename(place)
    again = Repository.open(place, PASSWORD)
    assert len(load_snapshots(again)) == 1
    assert verify(again).good
    back_up(again, [source])
    judge(place)


def test_a_destination_that_may_not_be_written_to_is_told_as_such(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 5)
    repository = make_repository(place)
    shutil.rmtree(place / "locks")
    (place / "locks").write_text("a file where a folder belongs")
    with pytest.raises(DestinationError):
        back_up(repository, [source])
    assert not load_snapshots(repository)


def test_files_that_may_not_be_read_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 10)
    (source / "secret.txt").write_text("secret")
    (source / "secret.txt").chmod(0)
    (source / "closed").mkdir()
    (source / "closed" / "inside.txt").write_text("inside")
    (source / "closed").chmod(0)
    said = run_child(without_roots_eyes(child_command(UNREADABLE, source, place)))
    assert sorted(json.loads(said)) == [
        [str(source / "closed"), "unreadable"],
        [str(source / "secret.txt"), "unreadable"],
    ]
    (source / "closed").chmod(0o700)
    repository = Repository.open(place, PASSWORD)
    repository.load_index()
    found = {f.path.rpartition(b"/")[2] for f in walk(repository, load_snapshots(repository)[0], lambda: None)}
    assert len([name for name in found if name.startswith(b"document")]) == 10
    assert not found & {b"secret.txt", b"closed"}
    judge(place)


def test_a_file_that_changes_while_it_is_read_is_read_again_then_marked_and_never_taken_as_unchanged(
    tmp_path: Path,
) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    source.mkdir()
    restless = source / "log.bin"
    restless.write_bytes(random.Random(2).randbytes(3 << 20))
    repository = make_repository(place)

    def grow(progress: Progress) -> None:
        if progress.path.endswith("log.bin"):
            with restless.open("ab") as file:
                file.write(b"more")

    result = back_up(repository, [source], on_progress=grow)
    assert [(skipped.path, skipped.trouble) for skipped in result.skipped] == [(str(restless), "changed")]
    node = next(f.node for f in walk(repository, result.snapshot, lambda: None) if f.node.name == b"log.bin")
    assert node.error == CHANGED
    judge(place)
    quiet = back_up(repository, [source])
    assert (quiet.files_changed, quiet.skipped) == (1, [])
    judge_restores(place, source, tmp_path / "official")


def test_a_file_that_changes_once_while_it_is_read_is_simply_read_again(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    source.mkdir()
    restless = source / "log.bin"
    restless.write_bytes(random.Random(2).randbytes(3 << 20))
    grown: list[int] = []

    def grow(progress: Progress) -> None:
        if progress.path.endswith("log.bin") and not grown:
            grown.append(1)
            with restless.open("ab") as file:
                file.write(b"more")

    assert back_up(make_repository(place), [source], on_progress=grow).skipped == []
    judge_restores(place, source, tmp_path / "official")


def test_files_that_vanish_meanwhile_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 300)
    last = sorted(path for path in source.rglob("*") if path.is_file())[-1]

    def take_away(progress: Progress) -> None:
        last.unlink(missing_ok=True)

    result = back_up(make_repository(place), [source], on_progress=take_away)
    assert [(skipped.path, skipped.trouble) for skipped in result.skipped] in ([(str(last), "vanished")], [])
    assert result.files_new == 299
    judge(place)
    restored = restore(Repository.open(place, PASSWORD), result.snapshot, tmp_path / "out")
    assert restored.files == 299


@pytest.mark.alone
def test_a_stop_ends_within_a_second_and_the_next_run_goes_on_from_there(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 30)
    repository = make_repository(place)
    back_up(repository, [source])
    (source / "huge.bin").write_bytes(random.Random(1).randbytes(150 << 20))
    asked: list[float] = []

    def watch(progress: Progress) -> None:
        if progress.bytes > 125 << 20 and not asked:
            asked.append(time.monotonic())

    def checkpoint() -> None:
        if asked:
            raise Stop

    with pytest.raises(Stop):
        back_up(repository, [source], on_progress=watch, checkpoint=checkpoint)
    assert time.monotonic() - asked[0] < 1.0
    assert len(load_snapshots(repository)) == 1
    assert not list((place / "locks").iterdir())
    assert verify(repository).good
    finished = back_up(Repository.open(place, PASSWORD), [source])
    assert finished.bytes_stored < 130 << 20, "what was stored before the stop is used"
    judge(place)
    stored = sum(path.stat().st_size for path in (place / "data").rglob("*") if path.is_file())
    assert stored < 153 << 20


def test_a_paused_run_does_nothing_until_it_may_go_on(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 200)
    repository = make_repository(place)
    may_go, waiting, told = threading.Event(), threading.Event(), list[Progress]()
    may_go.set()

    def checkpoint() -> None:
        if not may_go.is_set():
            waiting.set()
            may_go.wait(30)

    def watch(progress: Progress) -> None:
        told.append(progress)
        if len(told) == 50:
            may_go.clear()

    hooks = {"on_progress": watch, "checkpoint": checkpoint}
    run = threading.Thread(target=back_up, args=(repository, [source]), kwargs=hooks)
    run.start()
    assert waiting.wait(30)
    deadline = time.monotonic() + 10
    still = 0
    before = len(told)
    while still < 10 and time.monotonic() < deadline:
        may_go.wait(0.03)
        still, before = (still + 1, before) if len(told) == before else (0, len(told))
    assert still == 10, "progress stands still"
    assert before < 201
    may_go.set()
    run.join(60)
    assert not run.is_alive()
    judge(place)


def test_a_half_copied_repository_is_told_and_made_whole_by_the_next_run(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 60)
    (source / "more.bin").write_bytes(random.Random(4).randbytes(40 << 20))
    repository = make_repository(place)
    back_up(repository, [source])
    packs = sorted(
        (path for path in (place / "data").rglob("*") if path.is_file()), key=lambda path: path.stat().st_size
    )
    packs[-1].unlink()
    cut = packs[-2]
    contents = cut.read_bytes()
    cut.unlink()
    cut.write_bytes(contents[: len(contents) // 2])
    found = verify(Repository.open(place, PASSWORD))
    assert len(found.damaged) == 2
    assert not found.snapshots[0].good
    assert found.snapshots[0].lost
    again = Repository.open(place, PASSWORD)
    back_up(again, [source])
    whole = verify(Repository.open(place, PASSWORD))
    assert all(state.good for state in whole.snapshots), "the pieces stored anew serve the old version too"
    restored = restore(Repository.open(place, PASSWORD), whole.snapshots[0].snapshot, tmp_path / "out")
    assert not restored.damaged
    assert picture(Path(f"{tmp_path / 'out'}{source}")) == picture(source)


def test_a_full_disk_while_restoring_ends_it_and_leaves_no_half_file(tmp_path: Path) -> None:
    source, place, disk = tmp_path / "source", tmp_path / "repo", tmp_path / "disk"
    source.mkdir()
    for number in range(6):
        (source / f"{number}.bin").write_bytes(random.Random(number).randbytes(3 << 20))
    back_up(make_repository(place), [source])
    assert run_child(with_small_disk(disk, 8, child_command(RESTORE_FULL, place, disk))).strip() == "restore.full []"


def test_a_lock_left_by_a_dead_process_is_removed_and_one_that_was_lost_is_noticed(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "repo")
    script = "from backend.lib.restic.locks import locked\nwith locked(Repository.open(Path(sys.argv[1]), PASSWORD)):\n"
    run_child(child_command(script + "    os.kill(os.getpid(), 9)", tmp_path / "repo"), expected=-9)
    assert len(list((tmp_path / "repo" / "locks").iterdir())) == 1
    with locked(repository, exclusive=True) as lock:
        (own,) = (tmp_path / "repo" / "locks").iterdir()
        own.unlink()
        with pytest.raises(DestinationGoneError, match="away too long"):
            lock.check()


def test_half_files_of_the_dead_go_but_not_the_lock_that_another_is_just_writing(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    office_tree(source, 5)
    repository = make_repository(place)
    back_up(repository, [source])
    name = f"{'ab' * 32}-tmp-1"
    new, old, pack = place / "locks" / name, place / "locks" / f"{name}2", place / "data" / "ab" / name
    pack.parent.mkdir(exist_ok=True)
    for half in (new, old, pack):
        half.write_bytes(b"half")
    long_ago = time.time() - 4000
    os.utime(old, (long_ago, long_ago))
    back_up(repository, [source])
    assert [half.exists() for half in (new, old, pack)] == [True, False, False]


def test_a_long_path_goes_in_and_comes_back(tmp_path: Path) -> None:
    source, place = tmp_path / "s", tmp_path / "repo"
    deep = source
    while len(os.fsencode(deep)) < 3700:
        deep = deep / ("d" * 180)
    deep.mkdir(parents=True)
    (deep / "file").write_text("deep down")
    repository = make_repository(place)
    snapshot = back_up(repository, [source]).snapshot
    top = os.fsencode(source).strip(b"/")
    restore(repository, snapshot, tmp_path / "o", [top])
    assert picture(tmp_path / "o" / "s") == picture(source)
    judge(place)
    with pytest.raises(UserError):
        restore(repository, snapshot, tmp_path / "o", [top + b"/nothing"])


def test_folders_too_deep_for_the_system_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    source, place = tmp_path / "source", tmp_path / "repo"
    source.mkdir()
    (source / "letter.txt").write_text("letter")
    inside = os.open(source, os.O_RDONLY)
    for _ in range(24):  # step by step a path can become longer than what can be named at once
        os.mkdir("d" * 180, dir_fd=inside)
        inside, above = os.open("d" * 180, os.O_RDONLY, dir_fd=inside), inside
        os.close(above)
    os.close(inside)
    result = back_up(make_repository(place), [source])
    assert [skipped.trouble for skipped in result.skipped] == ["unreadable"]
    assert len(os.fsencode(result.skipped[0].path)) > 4090
    assert result.files_new == 1
    judge(place)

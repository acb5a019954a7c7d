"""Restored files come to their places beside what is there, also beside what appears there at that very moment."""

import errno
import json
import os
import random
import time
from pathlib import Path

import pytest

from backend.lib.restic.backup import back_up
from backend.lib.restic.progress import Progress
from backend.lib.restic.restore import Existing, restore
from tests.helpers.children import child_command, run_child
from tests.helpers.restic_judge import make_repository
from tests.helpers.trees import office_tree, picture

MEANWHILE = """
from backend.lib.restic.restore import restore
from backend.lib.restic.snapshots import load_snapshots
place, target, existing = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
GIVES_A_NAME = {"os.rename", "os.link", "os.symlink"}

def another_program(event, details):
    if event not in GIVES_A_NAME or not isinstance(details[1], (str, Path)):
        return
    named = Path(details[1])
    if named.name in ("letter.txt", "link") and not os.path.lexists(named):
        named.write_text("of another program")

repository = Repository.open(place, PASSWORD)
snapshot = load_snapshots(repository)[-1]
sys.addaudithook(another_program)
result = restore(repository, snapshot, target, [os.fsencode(sys.argv[4]).strip(b"/")], existing)
print(json.dumps([sorted(name for _, name in result.renamed), sorted(result.left_alone)]))
"""


LOOKED_AT = """
from backend.lib.restic.restore import restore
from backend.lib.restic.snapshots import load_snapshots
place, target = Path(sys.argv[1]), Path(sys.argv[2])
seen = []

def look(event, details):
    if event == "os.link" and str(details[1]).endswith("letter.txt"):
        folder = Path(details[1]).parent
        seen.append([sorted(path.name for path in folder.iterdir()), Path(details[0]).read_text()])

repository = Repository.open(place, PASSWORD)
sys.addaudithook(look)
restore(repository, load_snapshots(repository)[-1], target, [os.fsencode(sys.argv[3]).strip(b"/")])
print(json.dumps(seen))
"""


@pytest.fixture(name="source")
def source_tree(tmp_path: Path) -> Path:
    """A file and a link."""
    source = tmp_path / "source"
    source.mkdir()
    (source / "letter.txt").write_text("restored")
    (source / "link").symlink_to("letter.txt")
    return source


def restored_meanwhile(tmp_path: Path, source: Path, existing: str) -> tuple[Path, list[list[str]]]:
    """The restored folder, with the new names and what was left alone; the names were taken just before."""
    back_up(make_repository(tmp_path / "repo"), [source])
    said = run_child(child_command(MEANWHILE, tmp_path / "repo", tmp_path / "out", existing, source))
    return tmp_path / "out" / "source", json.loads(said)


def test_a_name_that_another_program_takes_at_that_moment_is_kept_beside_the_restored_one(
    tmp_path: Path, source: Path
) -> None:
    back, (renamed, left_alone) = restored_meanwhile(tmp_path, source, "keep_both")
    assert renamed == [str(back / "letter (2).txt"), str(back / "link (2)")]
    assert left_alone == []
    assert (back / "letter.txt").read_text() == (back / "link").read_text() == "of another program"
    assert (back / "letter (2).txt").read_text() == "restored"
    assert (back / "link (2)").readlink() == Path("letter.txt")
    assert len(list(back.iterdir())) == 4, "nothing is left beside"


def test_a_name_that_another_program_takes_at_that_moment_is_left_alone_where_that_is_the_rule(
    tmp_path: Path, source: Path
) -> None:
    back, (renamed, left_alone) = restored_meanwhile(tmp_path, source, "skip")
    assert renamed == []
    assert left_alone == [str(back / "letter.txt"), str(back / "link")]
    assert {path.name: path.read_text() for path in back.iterdir()} == dict.fromkeys(
        ("letter.txt", "link"), "of another program"
    )


def test_a_small_file_is_in_no_folder_until_it_is_whole(tmp_path: Path, source: Path) -> None:
    (source / "link").unlink()
    back_up(make_repository(tmp_path / "repo"), [source])
    said = run_child(child_command(LOOKED_AT, tmp_path / "repo", tmp_path / "out", source))
    assert json.loads(said) == [[[], "restored"]]
    assert [path.name for path in (tmp_path / "out" / "source").iterdir()] == ["letter.txt"]


@pytest.mark.parametrize("trouble", ["open", "link"])
@pytest.mark.parametrize("existing", ["keep_both", "replace", "skip"])
def test_where_files_without_names_are_not_known_small_files_are_restored_all_the_same(
    trouble: str, existing: Existing, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    office_tree(source, 60)
    repository = make_repository(tmp_path / "repo")
    snapshot = back_up(repository, [source]).snapshot
    back = Path(f"{tmp_path / 'out'}{source}")
    (back / "year-1" / "customer-00").mkdir(parents=True)
    (back / "year-1" / "customer-00" / "document 1.docx").write_text("there before")
    refused = OSError(errno.EOPNOTSUPP if trouble == "open" else errno.EPERM, "not here")
    real_open = os.open

    def opened(path: str, flags: int, mode: int = 0o777) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise refused
        return real_open(path, flags, mode)

    def linked(*_: object, **__: object) -> None:
        raise refused

    monkeypatch.setattr(os, trouble, opened if trouble == "open" else linked)
    result = restore(repository, snapshot, tmp_path / "out", existing=existing)
    monkeypatch.undo()
    found, wanted = (
        {key: value for key, value in picture(tree).items() if value[0] == "file"} for tree in (back, source)
    )
    name = b"year-1/customer-00/document 1.docx"
    there, own = found.pop(name), wanted.pop(name)
    if existing == "keep_both":
        assert found.pop(b"year-1/customer-00/document 1 (2).docx")[:-1] == own[:-1]
    assert (there[:-1] == own[:-1]) == (existing == "replace")
    assert (found, result.files) == (wanted, 59 if existing == "skip" else 60)


def test_a_restore_that_keeps_both_makes_no_second_file_of_what_an_earlier_one_has_brought_back(tmp_path: Path) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    office_tree(source, 30)
    (source / "large.bin").write_bytes(random.Random(1).randbytes(6 << 20))
    os.link(source / "large.bin", source / "large again.bin")
    (source / "link").symlink_to("large.bin")
    repository = make_repository(tmp_path / "repo")
    snapshot = back_up(repository, [source]).snapshot
    back = Path(f"{out}{source}")
    restore(repository, snapshot, out)
    gone = sorted(path for path in back.rglob("*") if path.is_file() and not path.is_symlink())
    for path in (gone[-1], back / "large.bin"):
        path.unlink()
    changed = gone[5]
    contents = changed.read_bytes()
    info = changed.stat()
    changed.write_bytes(contents[:-1] + bytes([contents[-1] ^ 1]))
    os.utime(changed, ns=(info.st_atime_ns, info.st_mtime_ns))
    again = restore(repository, snapshot, out)
    assert [place for place, _ in again.renamed] == [str(changed)]
    assert again.files == 3
    assert len(again.left_alone) == 30
    named = changed.with_name(f"{changed.stem} (2){changed.suffix}")
    assert named.read_bytes() == contents
    named.unlink()
    changed.write_bytes(contents)
    os.utime(changed, ns=(info.st_atime_ns, info.st_mtime_ns))
    assert {k: v for k, v in picture(back).items() if v[0] != "folder"} == {
        k: v for k, v in picture(source).items() if v[0] != "folder"
    }


@pytest.mark.alone
def test_a_stopped_restore_ends_within_a_second_leaves_no_half_file_and_is_finished_by_the_next(
    tmp_path: Path,
) -> None:
    class Stop(BaseException):
        pass

    source, out = tmp_path / "source", tmp_path / "out"
    office_tree(source, 60)
    (source / "large.bin").write_bytes(random.Random(1).randbytes(60 << 20))
    repository = make_repository(tmp_path / "repo")
    snapshot = back_up(repository, [source]).snapshot
    asked: list[float] = []
    told: list[Progress] = []

    def watch(progress: Progress) -> None:
        told.append(progress)
        if progress.bytes > 30 << 20 and not asked:
            asked.append(time.monotonic())

    def checkpoint() -> None:
        if asked:
            raise Stop

    with pytest.raises(Stop):
        restore(repository, snapshot, out, on_progress=watch, checkpoint=checkpoint)
    assert time.monotonic() - asked[0] < 1.0
    assert all(progress.bytes < progress.total_bytes for progress in told)
    back = Path(f"{out}{source}")
    whole = picture(source)
    for key, found in picture(back).items():
        assert found == whole[key] or (found[0] == "folder" and found[1] == whole[key][1]), key
    told.clear()
    restore(repository, snapshot, out, existing="skip", on_progress=told.append)
    files = {key: value for key, value in whole.items() if value[0] == "file"}
    assert {key: value for key, value in picture(back).items() if value[0] == "file"} == files
    assert [progress.bytes for progress in told] == sorted(progress.bytes for progress in told)
    assert all(progress.bytes < progress.total_bytes for progress in told[:-1])
    assert told[-1].bytes == told[-1].total_bytes

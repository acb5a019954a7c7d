"""Restored files come to their places beside what is there, also beside what appears there at that very moment."""

import json
from pathlib import Path

import pytest

from backend.lib.restic.backup import back_up
from tests.helpers.children import child_command, run_child
from tests.helpers.restic_judge import make_repository

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

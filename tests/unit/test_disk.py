"""Logs of the parts do not grow for ever; a move never replaces anything."""

from pathlib import Path

import pytest

from backend.core import disk
from backend.core.disk import LARGEST_LOG, move_to_free_name, put_large_aside


def test_a_log_that_has_grown_large_is_put_aside_in_place_of_the_earlier_one(tmp_path: Path) -> None:
    log = tmp_path / "api.log"
    assert put_large_aside(log) == log
    log.write_bytes(b"x" * LARGEST_LOG)
    put_large_aside(log)
    assert log.exists()
    for text in (b"first", b"second"):
        log.write_bytes(text + b"x" * LARGEST_LOG)
        put_large_aside(log)
        assert not log.exists()
    assert (tmp_path / "api.log.old").read_bytes().startswith(b"second")


@pytest.mark.parametrize("one_call", [True, False])
def test_a_move_to_a_name_that_is_taken_is_refused_and_links_move_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, one_call: bool
) -> None:
    if not one_call:  # as where the system or the drive has no such call
        monkeypatch.setattr(disk, "_refusing_rename", lambda: None)
    part, link, taken = tmp_path / "part", tmp_path / "link", tmp_path / "taken"
    part.write_text("new")
    link.symlink_to("part")
    taken.write_text("there")
    for source in (part, link):
        with pytest.raises(FileExistsError):
            move_to_free_name(source, taken)
    move_to_free_name(link, tmp_path / "moved link")
    move_to_free_name(str(part), str(tmp_path / "moved"))
    assert (tmp_path / "moved link").readlink() == Path("part")
    assert {path.name: path.is_symlink() for path in tmp_path.iterdir()} == {
        "taken": False,
        "moved": False,
        "moved link": True,
    }
    assert (taken.read_text(), (tmp_path / "moved").read_text()) == ("there", "new")
    with pytest.raises(FileNotFoundError):
        move_to_free_name(part, tmp_path / "nothing to move")

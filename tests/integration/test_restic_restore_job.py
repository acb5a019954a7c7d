"""The restore as a job: browsing, searching, putting back, and the rescue archive."""

import random
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
import zstandard
from pydantic import ValidationError

from backend.core.errors import UserError
from backend.jobtypes.contract import JobStopped
from backend.jobtypes.restore.params import RestoreParams
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import NothingRestoredError
from tests.helpers import restic_judge
from tests.helpers.backup_accounts import add_backup, back_up, desk, do, documents, facts_of, offered, rehearsed
from tests.helpers.direct_context import DirectContext
from tests.helpers.trees import awkward_tree, picture


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


def restored(tmp_path: Path, ctx: DirectContext | None = None, **given: Any) -> dict[str, Any]:
    """The facts of a restore."""
    given = {"everything": "chosen" not in given, "target": str(tmp_path / "out"), **given}
    return do("restore", given, ctx or DirectContext(tmp_path / "job")).facts


def test_everything_comes_back_under_its_own_name(tmp_path: Path, source: Path, backup: int) -> None:
    ctx = DirectContext(tmp_path / "job")
    assert restored(tmp_path, ctx, backup=backup) == {
        "files": 31,
        "bytes": ctx.told[-1].done,
        "left_alone": 0,
        "lost": 0,
    }
    assert picture(tmp_path / "out" / "Documents") == picture(source)
    assert [told.done for told in ctx.told] == sorted(told.done for told in ctx.told)


def test_versions_are_browsed_folder_by_folder(tmp_path: Path, source: Path, backup: int) -> None:
    (source / "Letter to Ann.txt").write_text("Dear Ann, second")
    back_up(tmp_path, source, backup)
    versions = offered("restore", "version", {"backup": backup})
    assert len(versions) == 2
    assert versions[0].note == f"{source} (31 files)"
    old = {"backup": backup, "version": versions[1].value}
    (top,) = offered("restore", "chosen", old)
    assert (top.label, top.opens, top.note) == (str(source), True, "folder")
    inside = offered("restore", "chosen", {**old, "chosen.within": top.value})
    kinds = [option.opens for option in inside]
    assert kinds == sorted(kinds, reverse=True), "folders come first"
    letter = inside[-1]
    assert letter.label == "Letter to Ann.txt"
    assert letter.note.startswith("8 bytes, ")
    shown = rehearsed("restore", {**old, "everything": False, "chosen": [letter.value], "to": "original"})
    assert shown.headline == "1 file, 8 bytes"
    assert facts_of(shown)["There already"].startswith("1 file: kept")
    restored(tmp_path, backup=backup, chosen=[letter.value], to="original")
    assert (source / "Letter to Ann (2).txt").read_text() == "Dear Ann"


def test_a_search_goes_over_all_versions_and_names_each_state_of_a_file_once(
    tmp_path: Path, source: Path, backup: int
) -> None:
    back_up(tmp_path, source, backup)
    (source / "Letter to Ann.txt").write_text("Dear Ann, second")
    back_up(tmp_path, source, backup)
    hits = offered("restore", "chosen", {"backup": backup, "chosen.search": "LETTER"})
    assert [hit.label for hit in hits] == [f"{source}/Letter to Ann.txt"] * 2
    assert [hit.note.split(",")[0] for hit in hits] == ["16 bytes", "8 bytes"]
    assert [hit.note.endswith(", older") for hit in hits] == [False, True]
    (source / "Letter to Ann.txt").unlink()
    back_up(tmp_path, source, backup)
    hits = offered("restore", "chosen", {"backup": backup, "chosen.search": "l*ann*"})
    assert [hit.note.endswith(", older") for hit in hits] == [True, True]
    chosen = [hit.value for hit in hits]
    assert restored(tmp_path, backup=backup, chosen=chosen)["files"] == 2
    assert {path.read_text() for path in (tmp_path / "out").iterdir()} == {"Dear Ann", "Dear Ann, second"}


def test_what_lies_in_a_chosen_folder_is_restored_once(tmp_path: Path, source: Path, backup: int) -> None:
    (top,) = offered("restore", "chosen", {"backup": backup})
    (letter,) = offered("restore", "chosen", {"backup": backup, "chosen.search": "Letter"})
    assert restored(tmp_path, backup=backup, chosen=[letter.value, top.value])["files"] == 31
    assert picture(tmp_path / "out" / "Documents") == picture(source)


def test_replacing_is_warned_of_and_skipping_leaves_alone(tmp_path: Path, source: Path, backup: int) -> None:
    (source / "Letter to Ann.txt").write_text("Dear Bob")
    given: dict[str, Any] = {"backup": backup, "to": "original"}
    shown = rehearsed("restore", {**given, "existing": "replace"})
    assert "31 files would be replaced" in shown.warnings[0]
    assert restored(tmp_path, **given, existing="skip")["left_alone"] == 31
    assert (source / "Letter to Ann.txt").read_text() == "Dear Bob"
    restored(tmp_path, **given, existing="replace")
    assert (source / "Letter to Ann.txt").read_text() == "Dear Ann"
    assert not list(source.rglob("* (2)*"))


def test_nothing_ticked_and_nowhere_to_go_are_told_at_their_fields(backup: int) -> None:
    with pytest.raises(ValidationError) as caught:
        RestoreParams.model_validate({"backup": backup, "everything": False})
    assert {error["loc"]: error["msg"] for error in caught.value.errors()} == {
        ("chosen",): "Value error, Please tick at least one.",
        ("target",): "Value error, Please choose a folder.",
    }
    shown = RestoreParams.model_json_schema()["properties"]
    assert (shown["chosen"]["x-needed"], shown["target"]["x-needed"]) == (True, True)
    assert RestoreParams.model_validate({"backup": backup, "to": "original"}).target is None


def test_a_version_that_is_gone_and_a_reference_that_makes_no_sense_are_refused(tmp_path: Path, backup: int) -> None:
    for chosen in ("f" * 64 + ":x", 'nonsense:"'):
        with pytest.raises(UserError, match="not in this backup") as caught:
            restored(tmp_path, backup=backup, chosen=[chosen])
        assert "version" in caught.value.fields


def test_a_restore_from_a_damaged_backup_names_what_is_lost_and_none_at_all_is_a_failure(
    tmp_path: Path, source: Path, backup: int
) -> None:
    (source / "new.bin").write_bytes(random.Random(1).randbytes(2 << 20))
    back_up(tmp_path, source, backup)
    packs = [
        path for path in (tmp_path / "drive" / "data").rglob("*") if path.is_file() and path.stat().st_size > 1 << 20
    ]
    max(packs, key=lambda path: path.stat().st_mtime_ns).unlink()
    ctx = DirectContext(tmp_path / "job")
    assert restored(tmp_path, ctx, backup=backup)["lost"] == 1
    assert "new.bin was not restored" in ctx.warnings[0]
    (lost,) = offered("restore", "chosen", {"backup": backup, "chosen.search": "new.bin"})
    with pytest.raises(NothingRestoredError):
        restored(tmp_path, backup=backup, chosen=[lost.value], target=str(tmp_path / "none"))
    for to in ("elsewhere", "archive"):
        (tmp_path / to).mkdir()
        with pytest.raises(NothingRestoredError):
            restored(tmp_path, backup=backup, chosen=[lost.value], to=to, target=str(tmp_path / to))
        assert not list((tmp_path / to).iterdir())


def test_folders_that_come_back_empty_because_all_their_files_are_lost_are_a_failure(
    tmp_path: Path, backup: int
) -> None:
    repository = Repository.open(tmp_path / "drive", restic_judge.PASSWORD)
    repository.load_index()
    for pack, blobs in list(repository.index.blobs_of_packs()):
        if blobs[0].kind == "data":
            repository.store.remove("data", pack.hex())
    with pytest.raises(NothingRestoredError, match="31 files failed"):
        restored(tmp_path, backup=backup)


def unpacked(archive: Path, into: Path) -> None:
    """Unpacked by the system's own tar, as someone without Deskhand would."""
    into.mkdir()
    with zstandard.ZstdDecompressor().stream_reader(archive.read_bytes()) as stream:
        subprocess.run(["tar", "--extract", "--preserve-permissions"], input=stream.read(), cwd=into, check=True)


def test_a_rescue_archive_holds_everything_awkward_and_needs_no_password(tmp_path: Path) -> None:
    source = tmp_path / "awkward"
    awkward_tree(source)
    (source / "large.bin").write_bytes(random.Random(1).randbytes(40 << 20))
    backup = add_backup(tmp_path / "drive2", restic_judge.PASSWORD)
    back_up(tmp_path, source, backup)
    (tmp_path / "out").mkdir()
    ctx = DirectContext(tmp_path / "job")
    files = restored(tmp_path, ctx, backup=backup, to="archive")["files"]
    (archive,) = ctx.artifacts
    assert archive.name.startswith("My drive 20")
    assert archive.name.endswith(".tar.zst")
    unpacked(archive, tmp_path / "unpacked")
    found, wanted = picture(Path(f"{tmp_path / 'unpacked'}{source}")), picture(source)
    assert found == wanted
    assert files == sum(1 for value in wanted.values() if value[0] != "folder")
    assert ctx.told[-1].done == ctx.told[-1].total
    assert (
        "not encrypted"
        in rehearsed("restore", {"backup": backup, "to": "archive", "target": str(tmp_path)}).warnings[-1]
    )


def test_a_stopped_archive_leaves_nothing_behind(tmp_path: Path, backup: int) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(JobStopped):
        restored(tmp_path, DirectContext(tmp_path / "job", stop_at=20), backup=backup, to="archive")
    assert not list((tmp_path / "out").iterdir())

"""Zipping and unzipping: judged by other programs, and what is hostile leaves nothing behind."""

import os
import shutil
import stat
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import UserError
from backend.jobtypes.archive import JOB_TYPE
from backend.jobtypes.archive.params import ArchiveParams
from backend.jobtypes.contract import JobStopped
from backend.lib.archives import reading
from backend.lib.archives.reading import opened, verify
from backend.lib.archives.unpacking import unpack
from backend.lib.archives.writing import ZipMaker
from tests.helpers.direct_context import DirectContext

SECRET = "correct horse 9"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with all sorts of names."""
    top = tmp_path / "Bills 2026"
    (top / "März" / "leer").mkdir(parents=True)
    (top / "März" / "发票.txt").write_text("one\n" * 5000, "utf-8")
    (top / "noise.bin").write_bytes(os.urandom(3_000_000))
    (top / ".dot").write_text("", "utf-8")
    (tmp_path / "outside.txt").write_text("outside", "utf-8")
    (top / "link").symlink_to(tmp_path / "outside.txt")
    (tmp_path / "out").mkdir()
    return top


def run(tmp_path: Path, **answers: Any) -> tuple[DirectContext, str]:
    """The job, run to its end, and what it said."""
    ctx = DirectContext(tmp_path / "job")
    said = JOB_TYPE.run(ArchiveParams(folder=tmp_path / "out", **answers), ctx).summary
    return ctx, said


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, without links."""
    found = [path for path in folder.rglob("*") if not path.is_symlink()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in found}


def make_zip(path: Path, entries: dict[str, bytes]) -> Path:
    """A ZIP file by the standard library."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def refused(tmp_path: Path, archive: Path, field: str = "archive") -> str:
    """Unpacking is refused in words at a field, in the rehearsal and in the job, and nothing is left behind."""
    (tmp_path / "out").mkdir(exist_ok=True)
    params = ArchiveParams(do="unzip", archive=archive, folder=tmp_path / "out")
    with pytest.raises(UserError) as caught:
        JOB_TYPE.run(params, DirectContext(tmp_path / "job"))
    assert field in caught.value.fields
    assert list((tmp_path / "out").iterdir()) == []
    return f"{caught.value.message} {caught.value.hint}"


def test_a_folder_and_files_come_out_as_they_went_in(source: Path, tmp_path: Path) -> None:
    other = tmp_path / "noise.bin"
    other.write_text("another of that name", "utf-8")
    ctx, said = run(tmp_path, source=source, files=[source / "noise.bin", other], name="All.zip")
    (made,) = ctx.artifacts
    assert made.name == "All.zip"
    assert said.startswith("5 files were packed")
    assert ctx.told[-1].done == ctx.told[-1].total
    assert subprocess.run(["unzip", "-tq", str(made)], capture_output=True, check=False).returncode == 0
    _, said = run(tmp_path, do="unzip", archive=made)
    assert said.startswith("5 files")
    back = tmp_path / "out" / "All"
    assert contents(back / "Bills 2026") == contents(source)
    assert (back / "noise (2).bin").read_text("utf-8") == "another of that name"
    _, said = run(tmp_path, do="unzip", archive=made)
    assert (tmp_path / "out" / "All (2)").is_dir()


def test_the_rehearsals_say_what_goes_in_and_what_comes_out(source: Path, tmp_path: Path) -> None:
    assert JOB_TYPE.rehearse is not None
    params = ArchiveParams(folder=tmp_path / "out", source=source)
    seen = JOB_TYPE.rehearse(params)
    assert seen.headline == "3 files (3.0 MB) into one ZIP file."
    assert list((tmp_path / "out").iterdir()) == []
    ctx, _ = run(tmp_path, source=source)
    seen = JOB_TYPE.rehearse(ArchiveParams(do="unzip", archive=ctx.artifacts[0], folder=tmp_path / "out"))
    assert seen.headline == "3 files (3.0 MB) would be unpacked."
    assert sorted(row[0] for row in seen.tables[0].rows) == [
        "Bills 2026/.dot",
        "Bills 2026/März/发票.txt",
        "Bills 2026/noise.bin",
    ]


def test_an_archive_with_a_password_opens_in_another_program_and_with_that_password_only(tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("secret words\n" * 1000, "utf-8")
    archive = tmp_path / "locked.zip"
    with ZipMaker(archive, "secret-1234") as maker, note.open("rb") as file:
        maker.add_file(file, "note.txt", note.stat())
    assert b"secret words" not in archive.read_bytes()
    listing = subprocess.run(["7z", "l", "-slt", str(archive)], capture_output=True, text=True, check=True).stdout
    assert "AES-256" in listing
    for password, fits in (("secret-1234", True), ("wrong", False)):
        done = subprocess.run(["7z", "t", f"-p{password}", str(archive)], capture_output=True, check=False)
        assert (done.returncode == 0) == fits
    verify(archive, "secret-1234")
    with pytest.raises(UserError, match="does not open") as caught:
        verify(archive, "wrong")
    assert caught.value.fields.keys() == {"password"}
    assert "locked with a password" in refused(tmp_path, archive, "password")


def test_a_locked_archive_of_another_program_opens(source: Path, tmp_path: Path) -> None:
    for method in ("AES256", "ZipCrypto"):
        archive = tmp_path / f"{method}.zip"
        command = ["7z", "a", "-bd", "-tzip", f"-p{SECRET}", f"-mem={method}", str(archive), "März"]
        subprocess.run(command, cwd=source, check=True, capture_output=True)
        with opened(archive, SECRET) as seen:
            made = unpack(seen, tmp_path / "out", "1")
        assert contents(made / "März") == contents(source / "März")


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/etc/evil.txt", "a/../../evil.txt", "..\\evil.txt", "C:\\evil.txt", "C:evil.txt"]
)
def test_names_that_climb_out_are_refused(tmp_path: Path, name: str) -> None:
    archive = make_zip(tmp_path / "climbing.zip", {"good.txt": b"good", name: b"evil"})
    assert "outside the folder" in refused(tmp_path, archive)
    assert not list(tmp_path.rglob("evil.txt"))


def test_links_in_an_archive_are_left_out_and_said(tmp_path: Path) -> None:
    archive = tmp_path / "links.zip"
    link = zipfile.ZipInfo("way-out")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(link, "/etc")
        made.writestr("good.txt", "good")
    (tmp_path / "out").mkdir()
    ctx, _ = run(tmp_path, do="unzip", archive=archive)
    assert contents(tmp_path / "out") == {"links": None, "links/good.txt": b"good"}
    assert "way-out" in ctx.warnings[0]


def test_a_file_under_the_name_of_a_link_is_not_written_through_it(tmp_path: Path) -> None:
    archive = tmp_path / "trap.zip"
    link = zipfile.ZipInfo("door")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr(link, str(tmp_path))
        made.writestr("door/planted.txt", "planted")
    (tmp_path / "out").mkdir()
    run(tmp_path, do="unzip", archive=archive)
    assert not (tmp_path / "planted.txt").exists()
    assert (tmp_path / "out" / "trap" / "door" / "planted.txt").exists()


def test_bombs_are_refused_before_anything_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = make_zip(tmp_path / "bomb.zip", {f"{number}.bin": bytes(50_000_000) for number in range(5)})
    assert bomb.stat().st_size < 1_000_000
    assert "times as much" in refused(tmp_path, bomb)
    monkeypatch.setattr(reading, "MOST_ENTRIES", 3)
    assert "it holds 5 files" in refused(tmp_path, bomb)


def test_parts_that_overlap_are_refused(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "overlap.zip", {"a.txt": b"a" * 100, "b.txt": b"b" * 100})
    content = bytearray(path.read_bytes())
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = (0).to_bytes(4, "little")
    path.write_bytes(content)
    assert "overlap" in refused(tmp_path, path)


def test_a_file_that_is_more_than_it_claims_is_not_written_out(tmp_path: Path) -> None:
    path = make_zip(tmp_path / "liar.zip", {"a.txt": b"a" * 100_000})
    content = bytearray(path.read_bytes())
    claimed = (100_000).to_bytes(4, "little")
    while (at := content.find(claimed)) >= 0:
        content[at : at + 4] = (10).to_bytes(4, "little")
    path.write_bytes(content)
    refused(tmp_path, path)


def test_damaged_files_and_other_kinds_are_said_in_words(source: Path, tmp_path: Path) -> None:
    ctx, _ = run(tmp_path, source=source)
    whole = ctx.artifacts[0].read_bytes()
    shutil.rmtree(tmp_path / "out")
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 0xFF
    for content in (b"", b"not a zip file at all", whole[:-2000], bytes(flipped)):
        path = tmp_path / "broken.zip"
        path.write_bytes(content)
        assert "damaged" in refused(tmp_path, path)
    assert "not there" in refused(tmp_path, tmp_path / "gone.zip")


@pytest.mark.parametrize("do", ["zip", "unzip"])
def test_a_stop_leaves_nothing_half_written(source: Path, tmp_path: Path, do: str) -> None:
    ctx, _ = run(tmp_path, source=source)
    archive = ctx.artifacts[0].rename(tmp_path / "whole.zip")
    more: dict[str, Any] = {"source": source} if do == "zip" else {"archive": archive}
    params = ArchiveParams(do=do, folder=tmp_path / "out", **more)  # pyright: ignore[reportArgumentType]
    with pytest.raises(JobStopped):
        JOB_TYPE.run(params, DirectContext(tmp_path / "stopped", stop_at=4))
    assert list((tmp_path / "out").iterdir()) == []


def test_what_is_missing_is_said_at_its_field(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    for more, field in (
        ({}, "files"),
        ({"do": "unzip"}, "archive"),
        ({"files": [tmp_path / "gone.txt"]}, "files.0"),
        ({"files": [tmp_path]}, "files.0"),
        ({"source": tmp_path / "gone"}, "source"),
    ):
        with pytest.raises(UserError) as caught:
            run(tmp_path, **more)
        assert caught.value.fields.keys() == {field}

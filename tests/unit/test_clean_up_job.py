"""Cleaning up a folder: what is found, what is refused, what goes, what is left, and that it all comes back."""

import json
import os
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from backend.api.caretaker import one_round
from backend.core.clock import now
from backend.core.errors import UserError
from backend.core.paths import DataPaths
from backend.core.settings import settings
from backend.jobtypes.bring_back import JOB_TYPE as BRING_BACK
from backend.jobtypes.bring_back import BringBackParams
from backend.jobtypes.clean_up import JOB_TYPE as CLEAN_UP
from backend.jobtypes.clean_up.params import CleanUpParams
from backend.jobtypes.contract import JobStopped
from backend.lib.cleaning import quarantine
from backend.lib.cleaning.looking import QUARANTINE
from backend.store.record import Record
from tests.helpers.direct_context import DirectContext
from tests.helpers.tree import ROOT

OLD = time.time() - 90 * 86_400


@pytest.fixture(autouse=True)
def _own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # pyright: ignore[reportUnusedFunction]
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    settings.cache_clear()
    (tmp_path / "data").mkdir()
    (tmp_path / "home" / ".config").mkdir(parents=True)
    yield
    settings.cache_clear()


def put(path: Path, content: str = "x", *, old: bool = True) -> Path:
    """A file, by default of three months ago."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, "utf-8")
    if old:
        os.utime(path, (OLD, OLD))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with old and new files, a link, hidden files, and files that are there twice."""
    top = tmp_path / "Downloads"
    put(top / "old.tmp", "a" * 3000)
    put(top / "new.tmp", old=False)
    put(top / "Wichtig & 重要.pdf", "b" * 5000)
    put(top / "deep" / "er" / "old.tmp", "a" * 3000)
    put(top / ".hidden.tmp")
    put(tmp_path / "outside" / "treasure.tmp")
    (top / "way-out").symlink_to(tmp_path / "outside")
    (top / "link.tmp").symlink_to(tmp_path / "outside" / "treasure.tmp")
    return top


def answers(folder: Path, **more: Any) -> CleanUpParams:
    """The answers of the form."""
    return CleanUpParams(folder=folder, **more)


def listed(params: CleanUpParams) -> list[str]:
    """The names that the rehearsal shows, in order."""
    assert CLEAN_UP.rehearse is not None
    seen = CLEAN_UP.rehearse(params)
    return sorted(row[0] for table in seen.tables for row in table.rows)


def run(tmp_path: Path, params: CleanUpParams, *, name: str = "job", **more: Any) -> DirectContext:
    """The job, run to its end; its summary is the last line of the log."""
    ctx = DirectContext(tmp_path / name, **more)
    outcome = CLEAN_UP.run(params, ctx)
    ctx.log(outcome.summary)
    return ctx


def everything(folder: Path) -> dict[str, bytes | str]:
    """Each path with its content, or where it leads."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        found[name] = str(path.readlink()) if path.is_symlink() else path.read_bytes() if path.is_file() else "folder"
    return found


def test_the_rehearsal_lists_what_fits_and_changes_nothing(folder: Path) -> None:
    before = everything(folder)
    assert listed(answers(folder)) == ["Wichtig & 重要.pdf", "deep/er/old.tmp", "old.tmp"]
    assert listed(answers(folder, names="*.TMP, *.bak")) == ["deep/er/old.tmp", "old.tmp"]
    assert listed(answers(folder, names="*.tmp", days=0, hidden=True)) == sorted(
        [".hidden.tmp", "deep/er/old.tmp", "new.tmp", "old.tmp"]
    )
    assert listed(answers(folder, subfolders=False)) == ["Wichtig & 重要.pdf", "old.tmp"]
    assert listed(answers(folder, megabytes=0.004)) == ["Wichtig & 重要.pdf"]
    assert listed(answers(folder, names="*.doc")) == []
    assert everything(folder) == before


def test_of_files_with_the_same_content_one_stays(folder: Path, tmp_path: Path) -> None:
    first = put(folder / "a.dat", "same" * 20_000)
    os.utime(first, (OLD - 100, OLD - 100))
    put(folder / "deep" / "b.dat", "same" * 20_000)
    put(folder / "c.dat", "same" * 19_999 + "diff")
    put(folder / "empty1.dat", "")
    put(folder / "empty2.dat", "")
    os.link(first, folder / "second-name.dat")
    assert listed(answers(folder, find="duplicates", names="*.dat")) == ["deep/b.dat"]
    assert listed(answers(folder, find="duplicates", names="*.dat", keep="newest")) in (["a.dat"], ["second-name.dat"])
    run(tmp_path, answers(folder, find="duplicates", names="*.dat"))
    assert not (folder / "deep" / "b.dat").exists()
    assert first.exists()


def test_a_duplicate_is_left_when_the_one_that_was_to_stay_is_gone(folder: Path, tmp_path: Path) -> None:
    put(folder / "a.dat", "same" * 100)
    put(folder / "b.dat", "same" * 100)
    params = answers(folder, find="duplicates", names="*.dat")
    (going,) = listed(params)
    (folder / ("b.dat" if going == "a.dat" else "a.dat")).unlink()
    ctx = run(tmp_path, params)
    assert (folder / going).exists()
    assert "that was to stay is gone" in ctx.warnings[0]


def test_empty_folders_go_from_the_inside_out_and_come_back(folder: Path, tmp_path: Path) -> None:
    (folder / "hull" / "kernel").mkdir(parents=True)
    (folder / "full").mkdir()
    put(folder / "full" / ".keep")
    before = everything(folder)
    params = answers(folder, find="folders", days=0)
    assert listed(params) == ["hull", "hull/kernel"]
    run(tmp_path, params)
    assert not (folder / "hull").exists()
    assert (folder / "full" / ".keep").exists()
    BRING_BACK.run(BringBackParams(), DirectContext(tmp_path / "back"))
    assert everything(folder) == before


def test_quarantine_takes_what_was_listed_and_one_job_brings_every_item_back(folder: Path, tmp_path: Path) -> None:
    before = everything(folder)
    params = answers(folder)
    names = listed(params)
    ctx = run(tmp_path, params)
    assert "3 files" in ctx.lines[-1][1]
    assert all(not (folder / name).exists() for name in names)
    assert (tmp_path / "outside" / "treasure.tmp").exists()
    assert ctx.told[-1].done == ctx.told[-1].total == 3
    assert listed(answers(folder, days=0, hidden=True)) == [".hidden.tmp", "new.tmp"]
    assert BRING_BACK.options is not None
    (offer,) = BRING_BACK.options("quarantine", {})
    assert "3 items" in offer.label
    assert BRING_BACK.rehearse is not None
    assert BRING_BACK.rehearse(BringBackParams(quarantine=offer.value)).headline.startswith("3 items")
    back = BRING_BACK.run(BringBackParams(), DirectContext(tmp_path / "back"))
    assert back.facts == {"items": 3, "renamed": 0, "failed": 0}
    assert everything(folder) == before
    with pytest.raises(UserError, match="nothing in quarantine"):
        BRING_BACK.run(BringBackParams(), DirectContext(tmp_path / "again"))


def test_the_job_itself_says_how_it_is_undone_until_it_is(folder: Path, tmp_path: Path) -> None:
    assert CLEAN_UP.undo is not None
    keep = run(tmp_path, answers(folder, names="old.tmp")).keep
    run(tmp_path, answers(folder), name="later")
    undo = CLEAN_UP.undo(keep)
    assert undo is not None
    assert undo.kind == BRING_BACK.name
    BRING_BACK.run(BringBackParams.model_validate(undo.params), DirectContext(tmp_path / "back"))
    assert (folder / "old.tmp").exists()
    assert not (folder / "Wichtig & 重要.pdf").exists()
    assert CLEAN_UP.undo(keep) is None
    nothing = run(tmp_path, answers(folder, names="*.none"), name="nothing").keep
    assert CLEAN_UP.undo(nothing) is None


def test_an_empty_quarantine_is_said_calmly_before_the_start_and_with_what_to_do_after_it(tmp_path: Path) -> None:
    assert BRING_BACK.rehearse is not None
    seen = BRING_BACK.rehearse(BringBackParams())
    assert (seen.headline, seen.warnings) == ("There is nothing to bring back.", [])
    for act in (
        lambda: BRING_BACK.run(BringBackParams(), DirectContext(tmp_path / "job")),
        lambda: BRING_BACK.run(BringBackParams(quarantine="gone"), DirectContext(tmp_path / "job")),
    ):
        with pytest.raises(UserError, match="nothing in quarantine"):
            act()


def test_bringing_back_replaces_nothing_and_makes_missing_folders(folder: Path, tmp_path: Path) -> None:
    run(tmp_path, answers(folder, names="*.tmp"))
    (folder / "old.tmp").write_text("written since", "utf-8")
    (folder / "deep" / "er").rmdir()
    back = BRING_BACK.run(BringBackParams(), DirectContext(tmp_path / "back"))
    assert back.facts == {"items": 2, "renamed": 1, "failed": 0}
    assert (folder / "old.tmp").read_text("utf-8") == "written since"
    assert (folder / "old (2).tmp").read_text("utf-8") == "a" * 3000
    assert (folder / "deep" / "er" / "old.tmp").exists()


def test_what_changed_or_came_since_the_rehearsal_is_left_and_reported(folder: Path, tmp_path: Path) -> None:
    params = answers(folder, names="*.tmp")
    assert listed(params) == ["deep/er/old.tmp", "old.tmp"]
    put(folder / "old.tmp", "changed")
    put(folder / "came.tmp")
    (folder / "deep" / "er" / "old.tmp").unlink()
    ctx = run(tmp_path, params)
    assert (folder / "old.tmp").read_text("utf-8") == "changed"
    assert (folder / "came.tmp").exists()
    assert sorted(ctx.warnings) == [
        "deep/er/old.tmp was left: it is not there any more.",
        "old.tmp was left: it changed since it was listed.",
    ]
    second = run(tmp_path, params, name="second")
    assert second.warnings == []
    assert not (folder / "came.tmp").exists()


def test_a_folder_that_was_swapped_for_a_link_is_not_followed(folder: Path, tmp_path: Path) -> None:
    params = answers(folder, names="old.tmp")
    assert listed(params) == ["deep/er/old.tmp", "old.tmp"]
    (folder / "deep" / "er").rename(tmp_path / "elsewhere")
    (folder / "deep" / "er").symlink_to(tmp_path / "elsewhere")
    ctx = run(tmp_path, params)
    assert (tmp_path / "elsewhere" / "old.tmp").exists()
    assert ctx.warnings == ["deep/er/old.tmp was left: a folder on the way to it was replaced."]


def test_a_list_that_was_tampered_with_brings_nothing_outside(folder: Path, tmp_path: Path) -> None:
    run(tmp_path, answers(folder, names="old.tmp"))
    (place,) = (folder / QUARANTINE).iterdir()
    said = json.loads((place / "list.json").read_text("utf-8"))
    said["items"][0][0] = "../outside/planted.tmp"
    (place / "list.json").write_text(json.dumps(said), "utf-8")
    with pytest.raises(UserError, match="nothing in quarantine"):
        BRING_BACK.run(BringBackParams(), DirectContext(tmp_path / "back"))
    assert not (tmp_path / "outside" / "planted.tmp").exists()


def test_an_archive_holds_every_file_before_any_is_removed(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "archives"
    out.mkdir()
    params = answers(folder, to="archive", archive=out)
    contents = {name: (folder / name).read_bytes() for name in listed(params)}
    ctx = run(tmp_path, params)
    with zipfile.ZipFile(ctx.artifacts[0]) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == contents
    assert not any((folder / name).exists() for name in contents)
    assert subprocess.run(["unzip", "-tq", str(ctx.artifacts[0])], check=False, capture_output=True).returncode == 0


def test_a_stop_while_packing_removes_nothing_and_leaves_no_archive(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "archives"
    out.mkdir()
    before = everything(folder)
    with pytest.raises(JobStopped):
        run(tmp_path, answers(folder, to="archive", archive=out), stop_at=9)
    assert everything(folder) == before
    assert list(out.iterdir()) == []


def test_a_stopped_quarantine_goes_on_where_it_was_and_all_comes_back(folder: Path, tmp_path: Path) -> None:
    before = everything(folder)
    params = answers(folder, days=0)
    for number in range(20):
        put(folder / "many" / f"{number}.txt", str(number))
    whole = everything(folder)
    with pytest.raises(JobStopped):
        run(tmp_path, params, stop_at=18)
    assert 0 < len(list((folder / "many").iterdir())) < 20 or len(everything(folder)) > len(before)
    ctx = run(tmp_path, params, attempt=2)
    assert ctx.warnings == []
    assert list((folder / "many").iterdir()) == []
    BRING_BACK.run(BringBackParams(), DirectContext(tmp_path / "back"))
    assert everything(folder) == whole


def test_a_quarantine_is_emptied_after_its_day_and_not_while_its_drive_is_away(folder: Path, tmp_path: Path) -> None:
    run(tmp_path, answers(folder, names="old.tmp", keep_days=1))
    (kept,) = quarantine.known()
    today = date.fromisoformat(kept.made)
    assert quarantine.remove_expired(today + timedelta(days=1)) == []
    assert quarantine.remove_expired(today + timedelta(days=2), lambda _place: False) == []
    assert [each.id for each in quarantine.remove_expired(today + timedelta(days=2))] == [kept.id]
    assert not (folder / QUARANTINE).exists()
    assert list(quarantine.known()) == []


def let_its_day_be_over(folder: Path) -> None:
    """Makes the one quarantine that is there one of long ago."""
    (kept,) = quarantine.known()
    note = quarantine.own_folder("quarantines") / f"{kept.id}.json"
    for path in (folder / QUARANTINE / kept.id / quarantine.LIST, note):
        path.write_text(path.read_text("utf-8").replace(kept.day, "2026-01-31"), "utf-8")


def test_deskhand_empties_a_quarantine_by_itself_when_its_day_is_over(
    folder: Path, tmp_path: Path, record: Record, paths: DataPaths
) -> None:
    run(tmp_path, answers(folder, names="old.tmp"))
    one_round(record, paths, lambda _event: None)
    assert (folder / QUARANTINE).exists()
    let_its_day_be_over(folder)
    one_round(record, paths, lambda _event: None)
    assert not (folder / QUARANTINE).exists()
    assert not (folder / "old.tmp").exists()


def test_what_is_brought_back_at_the_last_moment_is_not_emptied_meanwhile(folder: Path, tmp_path: Path) -> None:
    before = everything(folder)
    run(tmp_path, answers(folder))
    let_its_day_be_over(folder)
    (kept,) = quarantine.known()
    emptied: list[object] = []
    today = now().astimezone().date()
    back = quarantine.bring_back(kept, lambda _n, _name: emptied.extend(quarantine.remove_expired(today)))
    assert (back.items, emptied) == (3, [])
    assert everything(folder) == before


def test_the_recycle_bin_holds_what_went(folder: Path, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from backend.jobtypes import job_type;"
        "from tests.helpers.direct_context import DirectContext; kind = job_type('clean-up');"
        f"ctx = DirectContext(Path({str(tmp_path / 'job')!r}));"
        f"print(kind.run(kind.params(folder={str(folder)!r}, to='bin'), ctx).summary, ctx.warnings)"
    )
    home = tmp_path / "home"
    env = {**os.environ, "HOME": str(home), "XDG_DATA_HOME": str(home / "share"), "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", script], env=env, capture_output=True, text=True, check=True)
    assert done.stdout == "3 files (11.0 kB) were moved to the recycle bin. []\n"
    info = {path.name for path in (home / "share" / "Trash" / "info").iterdir()}
    assert len(info) == 3
    assert (home / "share" / "Trash" / "files" / "Wichtig & 重要.pdf").read_text("utf-8") == "b" * 5000


@pytest.mark.parametrize("place", ["/", "/usr", "/etc", "/home", "/var/lib", "/proc/self", "/tmp", "~", "~/.config"])
def test_home_root_and_system_folders_are_refused(place: str) -> None:
    path = Path(place).expanduser()
    with pytest.raises(UserError) as caught:
        listed(answers(path))
    assert "folder" in caught.value.fields


def test_a_link_to_a_refused_folder_and_deskhands_own_folder_are_refused(tmp_path: Path) -> None:
    (tmp_path / "innocent").symlink_to("/usr/share")
    for path in (tmp_path / "innocent", tmp_path / "data", tmp_path / "data" / "jobs", tmp_path):
        (tmp_path / "data" / "jobs").mkdir(exist_ok=True)
        with pytest.raises(UserError) as caught:
            listed(answers(path))
        assert caught.value.fields.keys() == {"folder"}


def test_wrong_answers_are_said_in_words(folder: Path, tmp_path: Path) -> None:
    for more, field in (
        ({"to": "archive"}, "archive"),
        ({"to": "archive", "archive": folder / "deep"}, "archive"),
        ({"to": "archive", "archive": tmp_path / "nowhere"}, "archive"),
    ):
        with pytest.raises(UserError) as caught:
            listed(answers(folder, **more))
        assert caught.value.fields.keys() == {field}
    for path in (tmp_path / "missing", folder / "old.tmp"):
        with pytest.raises(UserError) as caught:
            listed(answers(path))
        assert caught.value.fields.keys() == {"folder"}


@pytest.mark.alone
def test_a_folder_of_many_files_is_looked_through_quickly(tmp_path: Path) -> None:
    top = tmp_path / "many"
    for number in range(3000):
        put(top / str(number % 30) / f"{number}.txt", old=False)
    began = time.monotonic()
    assert len(listed(answers(top, days=0))) == 200
    assert time.monotonic() - began < 3

"""The second process of a restore of many files: all comes back as by one, whatever becomes of it."""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from backend.lib.restic import hand
from backend.lib.restic.backup import back_up
from backend.lib.restic.hand import SecondHand
from backend.lib.restic.placing import FileJob
from backend.lib.restic.progress import Progress
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import restore
from backend.lib.restic.snapshots import Snapshot
from tests.helpers.restic_judge import make_repository
from tests.helpers.trees import awkward_tree, office_tree, picture
from tests.helpers.waiting import until

FILES = 900


@pytest.fixture(name="source")
def many_files(tmp_path: Path) -> Path:
    """Small files and all that is awkward, in several folders."""
    source = tmp_path / "source"
    office_tree(source, FILES)
    awkward_tree(source / "awkward")
    (source / "holes").write_bytes(bytes(200 << 10))
    return source


@pytest.fixture(name="kept")
def backed_up(source: Path, tmp_path: Path) -> tuple[Repository, Snapshot]:
    """The repository and the version that holds them."""
    repository = make_repository(tmp_path / "repo")
    return repository, back_up(repository, [source]).snapshot


class _Seen:
    """What the second process did, and its number."""

    def __init__(self) -> None:
        self.put = 0
        self.given_back = 0
        self.processes: list[int] = []


@pytest.fixture(name="seen")
def watched(monkeypatch: pytest.MonkeyPatch) -> _Seen:
    """It is started for few files, too, it is waited for when its turn comes, and what it does is counted."""
    seen = _Seen()
    start, init, take = SecondHand.start, SecondHand.__init__, SecondHand.take

    def counting(self: SecondHand, repository: Repository, done: Callable[..., Any]) -> None:
        def count(put: list[FileJob], back: list[FileJob]) -> None:
            seen.put += len(put)
            seen.given_back += len(back)
            done(put, back)

        init(self, repository, count)

    def started(self: SecondHand, files: int) -> None:
        start(self, files)
        process = self._process  # pyright: ignore[reportPrivateUsage]
        assert process is not None
        seen.processes.append(process.pid)

    def patient(self: SecondHand, jobs: list[FileJob]) -> list[FileJob]:
        self.finish(lambda: None)
        return take(self, jobs)

    monkeypatch.setattr(hand, "LEAST_FILES", 1)
    monkeypatch.setattr(SecondHand, "take", patient)
    monkeypatch.setattr(SecondHand, "__init__", counting)
    monkeypatch.setattr(SecondHand, "start", started)
    return seen


def files_of(tree: Path) -> dict[bytes, Any]:
    """All but the folders."""
    return {key: value for key, value in picture(tree).items() if value[0] != "folder"}


def test_two_processes_restore_what_one_would(
    source: Path, kept: tuple[Repository, Snapshot], seen: _Seen, tmp_path: Path
) -> None:
    told: list[Progress] = []
    result = restore(*kept, tmp_path / "out", on_progress=told.append)
    assert picture(Path(f"{tmp_path / 'out'}{source}")) == picture(source)
    assert result.files == len(files_of(source))
    assert (result.failed, result.damaged, result.renamed) == ([], [], [])
    assert seen.put > 0
    assert [progress.files for progress in told] == sorted(progress.files for progress in told)
    assert (told[-1].files, told[-1].bytes) == (told[-1].total_files, told[-1].total_bytes)
    assert not psutil.pid_exists(seen.processes[0])


def test_names_that_are_taken_come_back_and_go_by_the_rule(
    source: Path, kept: tuple[Repository, Snapshot], seen: _Seen, tmp_path: Path
) -> None:
    back = Path(f"{tmp_path / 'out'}{source}")
    office_tree(back, FILES, seed=9)
    before = picture(back)
    result = restore(*kept, tmp_path / "out")
    found = files_of(back)
    assert len(result.renamed) == FILES
    assert all(found[key] == value for key, value in before.items() if value[0] == "file")
    for place, name in result.renamed:
        assert Path(name).read_bytes() == (source / Path(place).relative_to(back)).read_bytes()
    assert seen.given_back > 0


def test_a_second_process_that_is_killed_is_no_harm(
    source: Path, kept: tuple[Repository, Snapshot], seen: _Seen, tmp_path: Path
) -> None:
    def kill(progress: Progress) -> None:
        if progress.files > FILES // 4 and psutil.pid_exists(seen.processes[0]):
            os.kill(seen.processes[0], signal.SIGKILL)

    result = restore(*kept, tmp_path / "out", on_progress=kill)
    assert files_of(Path(f"{tmp_path / 'out'}{source}")) == files_of(source)
    assert result.files + len(result.left_alone) == len(files_of(source))


def test_a_stop_ends_the_second_process_too(kept: tuple[Repository, Snapshot], seen: _Seen, tmp_path: Path) -> None:
    class Stop(BaseException):
        pass

    begun: list[int] = []

    def checkpoint() -> None:
        if len(begun) > 20:
            raise Stop

    with pytest.raises(Stop):
        restore(*kept, tmp_path / "out", on_progress=lambda _: begun.append(1), checkpoint=checkpoint)
    assert not psutil.pid_exists(seen.processes[0])
    assert not [path for path in (tmp_path / "out").rglob("*") if path.name.endswith(".part")]


def test_what_is_damaged_is_told_whichever_process_meets_it(
    source: Path, kept: tuple[Repository, Snapshot], seen: _Seen, tmp_path: Path
) -> None:
    repository, snapshot = kept
    packs = sorted(repository.store.root.glob("data/*/*"), key=lambda path: path.stat().st_size)
    contents = bytearray(packs[-1].read_bytes())
    for at in range(0, len(contents), 4096):
        contents[at] ^= 1
    packs[-1].chmod(0o600)
    packs[-1].write_bytes(contents)
    result = restore(repository, snapshot, tmp_path / "out")
    found, wanted = files_of(Path(f"{tmp_path / 'out'}{source}")), files_of(source)
    lost = {os.fsencode(Path(place).relative_to(f"{tmp_path / 'out'}{source}")) for place, _ in result.damaged}
    assert lost
    assert seen.given_back > 0
    assert found.keys() == wanted.keys() - lost
    assert all(found[key][:-1] == wanted[key][:-1] for key in found)


def test_it_ends_when_the_one_that_started_it_is_gone(kept: tuple[Repository, Snapshot], seen: _Seen) -> None:
    with SecondHand(kept[0], lambda _put, _back: None) as second:
        second.start(1)
        process = psutil.Process(seen.processes[0])
        popen = second._process  # pyright: ignore[reportPrivateUsage]
        assert popen is not None
        assert popen.stdin is not None
        popen.stdin.close()
        until(lambda: process.status() == psutil.STATUS_ZOMBIE)

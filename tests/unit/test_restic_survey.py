"""Counting before a backup: in a thread of its own, and what it saw just now is not listed again."""

import os
import threading
from pathlib import Path

import pytest

from backend.lib.restic import survey as surveys
from backend.lib.restic.errors import SourceGoneError
from backend.lib.restic.exclusions import Exclusions
from backend.lib.restic.survey import Surveying


class Stop(BaseException):
    """What a job raises that was stopped."""


@pytest.fixture(name="source")
def some_files(tmp_path: Path) -> Path:
    """A folder with two files and a folder with one."""
    source = tmp_path / "source"
    (source / "below").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "below/c.txt"):
        (source / name).write_text("12345")
    return source


def test_a_survey_counts_while_something_else_goes_on(source: Path, tmp_path: Path) -> None:
    threads: list[threading.Thread] = []
    with Surveying([source], Exclusions(), tmp_path, lambda: threads.append(threading.current_thread())) as surveying:
        found = surveying.result()
    assert (found.files, found.folders, found.bytes) == (3, 2, 15)
    assert threading.current_thread() not in threads


def test_what_was_seen_just_now_is_handed_over_once(source: Path, tmp_path: Path) -> None:
    with Surveying([source], Exclusions(), tmp_path) as surveying:
        surveying.result()
        names = [entry.raw for entry in surveying.take_listing(str(source)) or ()]
        again = surveying.take_listing(str(source))
    assert (names, again) == ([b"a.txt", b"b.txt", b"below"], None)


def test_what_was_seen_some_time_ago_is_looked_at_again(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Surveying([source], Exclusions(), tmp_path) as surveying:
        surveying.result()
        monkeypatch.setattr(surveys, "_FRESH", 0.0)
        assert surveying.take_listing(str(source)) is None


def test_a_folder_with_something_that_is_told_of_is_looked_at_again(source: Path, tmp_path: Path) -> None:
    os.mkfifo(source / "below" / "pipe")
    with Surveying([source], Exclusions(), tmp_path) as surveying:
        assert surveying.result().skipped_count == 1
        assert surveying.take_listing(str(source / "below")) is None
        assert surveying.take_listing(str(source)) is not None


def test_no_more_listings_are_kept_than_a_small_machine_bears(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveys, "MOST_KEPT", 3)
    with Surveying([source], Exclusions(), tmp_path) as surveying:
        assert surveying.result().files == 3
        assert surveying.take_listing(str(source)) is not None
        assert surveying.take_listing(str(source / "below")) is None


def test_a_stop_while_counting_is_raised_by_who_waits_for_the_figures(source: Path, tmp_path: Path) -> None:
    def stop() -> None:
        raise Stop

    with Surveying([source], Exclusions(), tmp_path, stop) as surveying, pytest.raises(Stop):
        surveying.result()


def test_a_survey_that_nobody_needs_any_more_ends(tmp_path: Path) -> None:
    for number in range(200):
        (tmp_path / "source" / str(number)).mkdir(parents=True)
    asked: list[None] = []
    begun, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        asked.append(None)
        begun.set()
        assert go_on.wait(10)

    with Surveying([tmp_path / "source"], Exclusions(), tmp_path, wait):
        assert begun.wait(10)
        threading.Timer(0.1, go_on.set).start()
    assert len(asked) < 200


def test_nothing_is_counted_before_there_is_a_place_that_could_be_left_out(source: Path) -> None:
    place = source / "repo"
    with Surveying([source], Exclusions(), place) as surveying:
        place.mkdir()
        (place / "config").write_text("of the backup")
        assert surveying.result().files == 3
        names = [entry.raw for entry in surveying.take_listing(str(source)) or ()]
    assert names == [b"a.txt", b"b.txt", b"below"]


def test_sources_that_are_gone_are_told_before_anything_else(tmp_path: Path) -> None:
    with pytest.raises(SourceGoneError):
        Surveying([tmp_path / "gone"], Exclusions(), tmp_path)

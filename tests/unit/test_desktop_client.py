"""The way to the backend: announcements, starting the host, numbers of events, stretches of logs."""

import json
import os
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import platformdirs
import pytest

from backend.core.settings import default_data_dir
from desktop.client.announcement import announcement_file, data_dir, process_start, read_announcement
from desktop.client.events import Batch, JobLogged, JobRemoved, Snapshot
from desktop.client.launcher import HELD_BY_ANOTHER, LARGEST_OUTPUT, Launcher
from desktop.client.problems import HOST_MISSING, STRANGE_ANSWER, ApiError
from desktop.client.shapes import LogEntry, LogPage, Queue
from desktop.client.stream import EventStream
from desktop.state.log_pages import STRETCH, LogPages

AT = datetime(2026, 1, 1, tzinfo=UTC)


def announce(folder: Path, **more: object) -> None:
    file = announcement_file(folder)
    file.parent.mkdir(parents=True, exist_ok=True)
    me = {"pid": os.getpid(), "process_start": process_start(os.getpid()), "port": 1, "token": "t", "version": "1"}
    file.write_text(json.dumps(me | more))


def test_the_data_folder_can_be_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path))
    assert data_dir() == tmp_path
    monkeypatch.delenv("DESKHAND_DATA_DIR")
    assert data_dir().name == "Deskhand"


def test_window_and_host_keep_their_data_in_the_platforms_own_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("DESKHAND_DATA_DIR", raising=False)
    assert data_dir() == default_data_dir() == platformdirs.user_data_path("Deskhand", appauthor=False)
    if sys.platform == "linux":
        monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
        assert data_dir() == default_data_dir() == tmp_path / "Deskhand"


def test_the_announcement_of_a_live_host_is_read(tmp_path: Path) -> None:
    announce(tmp_path, port=4711)
    found = read_announcement(tmp_path)
    assert found is not None
    assert found.base == "http://127.0.0.1:4711/api/v1"


def test_the_announcement_of_another_process_with_the_same_number_counts_for_nothing(tmp_path: Path) -> None:
    announce(tmp_path, process_start=12.0)
    assert read_announcement(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}'])
def test_half_an_announcement_counts_for_nothing(tmp_path: Path, text: str) -> None:
    announce(tmp_path)
    announcement_file(tmp_path).write_text(text)
    assert read_announcement(tmp_path) is None


def test_the_host_is_started_in_a_session_of_its_own_and_its_output_is_kept(tmp_path: Path) -> None:
    script = "import os, sys; print(os.getsid(0) == os.getpid(), os.environ['DESKHAND_DATA_DIR']); sys.exit(3)"
    launcher = Launcher(tmp_path, [sys.executable, "-c", script])
    launcher.start()
    assert launcher.wait(20) == HELD_BY_ANOTHER
    assert launcher.exit_status() == HELD_BY_ANOTHER
    assert launcher.output.read_text().split() == ["True", str(tmp_path)]


def test_output_of_the_host_that_has_grown_large_is_put_aside_and_one_is_kept(tmp_path: Path) -> None:
    launcher = Launcher(tmp_path, [sys.executable, "-c", "print('anew')"])
    launcher.output.parent.mkdir()
    for number in b"12":
        launcher.output.write_bytes(bytes([number]) * (LARGEST_OUTPUT + 1))
        launcher.start()
        assert launcher.wait(20) == 0
    assert launcher.output.read_text() == "anew\n"
    assert launcher.output.with_name("host.out.old").read_bytes()[:1] == b"2"
    launcher.start()
    launcher.wait(20)
    assert launcher.output.read_text() == "anew\nanew\n"


def test_a_host_that_cannot_be_started_is_an_error_with_a_name(tmp_path: Path) -> None:
    with pytest.raises(ApiError) as caught:
        Launcher(tmp_path, [str(tmp_path / "nothing")]).start()
    assert caught.value.code == HOST_MISSING


def test_a_running_host_is_not_started_twice(tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    launcher = Launcher(tmp_path, [sys.executable, "-c", f"print('once'); open({str(gate)!r}).read()"])
    launcher.start()
    launcher.start()
    gate.write_text("go on")
    assert launcher.wait(20) == 0
    assert launcher.output.read_text().split() == ["once"]


def test_errors_carry_what_the_api_says() -> None:
    error = ApiError.read(422, {"code": "a.b", "message": "M", "hint": "H", "fields": {"x": "y"}})
    assert (error.code, error.message, error.hint, error.fields, error.status) == ("a.b", "M", "H", {"x": "y"}, 422)
    assert ApiError.read(502, "<html>").code == STRANGE_ANSWER


def batch(number: int, count: int = 1, epoch: str = "e") -> Batch:
    return Batch(epoch, number, [JobRemoved(number - count + 1 + n) for n in range(count)], count)


def following(number: int) -> EventStream:
    stream = EventStream()
    assert stream.take(Snapshot("e", number, Queue(paused=False, slots=1, counts={}), []))
    return stream


def test_batches_that_follow_are_taken() -> None:
    stream = following(4)
    assert stream.take(batch(6, 2))
    assert stream.take(batch(7))
    assert (stream.epoch, stream.number) == ("e", 7)


def test_skipped_numbers_ask_for_a_snapshot() -> None:
    stream = following(4)
    assert not stream.take(batch(7))
    assert stream.epoch == ""


def test_another_epoch_asks_for_a_snapshot() -> None:
    assert not following(4).take(batch(5, epoch="f"))


def test_events_that_are_known_are_not_heard_twice() -> None:
    stream = following(4)
    repeated = batch(6, 4)
    assert stream.take(repeated)
    assert repeated.events == [JobRemoved(5), JobRemoved(6)]


def entries(first: int, count: int) -> list[LogEntry]:
    return [LogEntry(AT + timedelta(seconds=n), "info", f"line {n}", {}) for n in range(first, first + count)]


def test_a_long_log_is_opened_near_its_end() -> None:
    pages = LogPages(1, 1)
    assert pages.opening(100 * STRETCH) == 99 * STRETCH
    pages.append(LogPage(1, entries(90, 10), 100 * STRETCH, 100 * STRETCH))
    assert pages.has_earlier
    assert not pages.has_later


def test_a_short_log_is_opened_whole() -> None:
    pages = LogPages(1, 1)
    assert pages.opening(1000) == 0
    assert not pages.has_earlier


def test_the_stretch_before_ends_where_the_known_one_begins() -> None:
    pages = LogPages(1, 1)
    start = pages.opening(100 * STRETCH)
    pages.append(LogPage(1, entries(50, 10), 100 * STRETCH, 100 * STRETCH))
    begin = pages.earlier()
    assert pages.prepend(LogPage(1, entries(30, 10), start - 500, 100 * STRETCH), begin) is None
    stretch = pages.prepend(LogPage(1, entries(40, 15), start + 700, 100 * STRETCH), begin)
    assert stretch == entries(30, 20)
    assert pages.start == begin


def test_new_lines_of_another_run_are_not_asked_for() -> None:
    pages = LogPages(1, 2)
    pages.opening(0)
    pages.append(LogPage(2, [], 0, 0))
    assert pages.concerns(JobLogged(1, 2, 0, []))
    assert not pages.concerns(JobLogged(1, 1, 0, []))
    assert not pages.concerns(JobLogged(3, 2, 0, []))

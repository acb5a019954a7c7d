"""Joining, losing and finding the host again, as the window shows it."""

import os
import signal
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject

from desktop.client.announcement import read_announcement
from desktop.client.connection import Phase
from desktop.client.launcher import Launcher
from tests.gui.conftest import Stage
from tests.helpers.fake_backend import FakeBackend

pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),
    # anyio leaves a coroutine unawaited when it is cancelled while it connects.
    pytest.mark.filterwarnings("ignore:coroutine 'connect_tcp:RuntimeWarning"),
]


def host_command(folder: Path) -> list[str]:
    return [sys.executable, "-m", "tests.helpers.fake_backend", str(folder), "--jobs", "12", "--lines", "3"]


def kill(folder: Path) -> int:
    found = read_announcement(folder)
    assert found is not None
    assert found.pid != os.getpid()
    os.kill(found.pid, signal.SIGKILL)
    return found.pid


def test_the_window_is_painted_before_there_is_a_backend_and_says_what_it_waits_for(stage: Stage) -> None:
    painted: list[bool] = []
    stage.window.painted.connect(lambda: painted.append(True))
    stage.window.show()
    stage.until(lambda: painted)
    assert not stage.window.backend.is_connected
    stage.fake.ready = False
    stage.fake.start()
    stage.begin()
    stage.until(stage.window.standing.isVisible)
    assert "Waiting for the part that runs the jobs" in stage.window.standing.message.text()
    stage.fake.ready = True
    stage.until(lambda: stage.window.backend.phase is Phase.READY)
    assert not stage.window.standing.isVisible()


class Shown(QObject):
    """Counts how often a widget comes into sight."""

    count = 0

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.Show
        return False


def test_a_usual_start_does_not_move_the_page_down_and_up_again(stage: Stage) -> None:
    shown = Shown()
    stage.window.above.installEventFilter(shown)
    stage.open()
    assert stage.window.backend.phase is Phase.READY
    assert shown.count == 0


def test_a_host_that_cannot_be_started_is_said_with_a_button_to_try_again(stage: Stage) -> None:
    stage.window.show()
    stage.begin()
    stage.until(lambda: stage.window.backend.phase is Phase.FAILED)
    assert "could not be started" in stage.window.standing.message.text()
    stage.fake.start()
    stage.window.standing.action.click()
    stage.until(lambda: stage.window.backend.phase is Phase.READY)


def test_a_host_that_ends_at_once_is_tried_three_times_and_then_said(stage: Stage) -> None:
    stage.launcher = Launcher(stage.folder, [sys.executable, "-c", "print('tried'); raise SystemExit(7)"])
    stage.window.show()
    stage.begin()
    stage.until(lambda: stage.window.backend.phase is Phase.FAILED)
    assert stage.launcher.output.read_text().count("tried") == 3
    assert str(stage.launcher.output) in stage.window.standing.hint.text()


def test_after_a_broken_connection_what_was_missed_is_heard(joined: Stage) -> None:
    page = joined.jobs_page()
    fake, port = joined.fake, joined.fake.port
    fake.stop()
    joined.until(lambda: joined.window.backend.phase is not Phase.READY)
    missed = fake.add(name="Added in the dark")
    fake.start(port)
    joined.until(lambda: missed.id in joined.window.backend.jobs.active)
    joined.until(lambda: joined.window.backend.phase is Phase.READY)
    joined.until(lambda: page.model.listing.place(missed.id) == 0)


def test_a_backend_of_another_epoch_begins_with_a_snapshot(joined: Stage) -> None:
    joined.jobs_page()
    joined.fake.stop()
    gone = next(number for number, job in joined.fake.jobs.items() if job.state == "running")
    second = FakeBackend(joined.folder, [job for job in joined.fake.jobs.values() if job.id != gone]).start()
    try:
        joined.until(lambda: gone not in joined.window.backend.jobs.active)
        joined.until(lambda: joined.window.backend.phase is Phase.READY)
    finally:
        joined.window.backend.end()
        second.stop()


def test_a_killed_host_is_started_again_and_the_window_carries_on(stage: Stage) -> None:
    stage.launcher = Launcher(stage.folder, host_command(stage.folder))
    window = stage.window
    window.show()
    said: list[Phase] = []
    window.backend.phase_changed.connect(lambda phase, _problem: said.append(phase))
    stage.begin()
    try:
        stage.until(lambda: window.backend.phase is Phase.READY)
        assert said[0] is Phase.STARTING
        first = kill(stage.folder)
        stage.until(lambda: Phase.RESTARTING in said)
        assert "no job is lost" in window.standing.message.text()
        stage.until(lambda: window.backend.phase is Phase.READY)
        assert len(window.backend.jobs.active) == 5
    finally:
        window.backend.end()
        for _ in range(5):
            stage.settle()
        second = kill(stage.folder)
        stage.launcher.wait(10)
    assert first != second

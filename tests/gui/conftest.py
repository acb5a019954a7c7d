"""A stage for tests of the window: a real loop, a fake backend that really answers, and the window joined to it."""

import asyncio
import gc
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import pytest
from PySide6.QtCore import QEvent, QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from backend.core.states import ACTIVE
from desktop.client.launcher import Launcher
from desktop.ui import calls
from desktop.ui.jobs.page import JobsPage
from desktop.ui.loop import make_loop
from desktop.ui.preferences import Preferences
from desktop.ui.theme import Theme
from desktop.ui.window import Window
from tests.helpers.fake_backend import FakeBackend
from tests.helpers.made_up_jobs import history

PATIENCE = 15.0


class Stage:
    """What a test of the window works with."""

    def __init__(self, app: QApplication, folder: Path, loop: asyncio.AbstractEventLoop) -> None:
        self.app = app
        self.folder = folder
        self.loop = loop
        self.fake = FakeBackend(folder, history(40))
        self.preferences = Preferences(folder)
        self.theme = Theme(app, "light")
        self.window = Window(self.theme, self.preferences, folder, use_tray=False)
        # The fake backend cannot end: it is in the process of the test.
        self.window.leaving.host_ends_within = 0.05
        self.launcher = Launcher(folder, ["/nowhere/deskhand-host"])

    def open(self) -> "Stage":
        """Starts the fake backend, shows the window and waits until it has everything."""
        self.fake.start()
        self.window.show()
        self.begin()
        active = {number for number, job in self.fake.jobs.items() if job.state in ACTIVE}
        known = self.window.backend
        # The counts alone may come before the jobs: the welcome asks for them.
        self.until(lambda: known.job_types and known.jobs.queue.counts and active <= known.jobs.active.keys())
        return self

    def begin(self) -> None:
        """Lets the window look for its host."""
        self.window.begin(self.folder, self.launcher)

    def until(self, condition: Callable[[], object], what: str = "") -> None:
        """Lets Qt run until the condition holds; fails after a while."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, f"this did not come about: {what or condition}"
            run_events(4)

    def settle(self) -> None:
        """Lets everything that is due happen."""
        run_events(0)
        self.app.processEvents()

    def jobs_page(self) -> JobsPage:
        """Goes to the jobs and waits for the first page of them."""
        self.window.go("jobs")
        page = self.window.page("jobs")
        assert isinstance(page, JobsPage)
        self.until(lambda: page.model.rowCount() > 0 and not page.model.is_loading)
        return page

    def _let_calls_end(self) -> None:
        """A call that is cut off while it connects leaves a coroutine of anyio's behind that nobody awaits."""
        deadline = time.monotonic() + 1
        while calls.under_way() and time.monotonic() < deadline:
            run_events(4)

    def close(self) -> None:
        """Ends everything that was begun."""
        self._let_calls_end()
        self.window.backend.end()
        self.window.notifier.end()
        waiting = asyncio.all_tasks(self.loop)
        for task in waiting:
            # A second cancel would cut off the closing of connections that the first has begun.
            if not task.cancelling():
                task.cancel()
        self.until(lambda: all(task.done() for task in waiting), "every task ends when it is cancelled")
        self.fake.stop()
        # A transport that was told to close does so on the loop's next rounds.
        for _ in range(5):
            self.settle()
        self.window.hide()
        # The application is shared with tests that bring no theme of their own.
        self.app.setStyleSheet("")
        self.app.setPalette(self.app.style().standardPalette())
        for one in (self.window, self.theme):
            one.deleteLater()
            QApplication.sendPostedEvents(one, QEvent.Type.DeferredDelete)


def run_events(milliseconds: int) -> None:
    """Runs Qt, and with it the loop, until something happened, or for so long."""
    timer = QTimer(singleShot=True)
    timer.start(milliseconds)
    QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents | QEventLoop.ProcessEventsFlag.WaitForMoreEvents)


@pytest.fixture
def loop(qapp: QApplication) -> Generator[asyncio.AbstractEventLoop]:
    """The window's own kind of loop. It counts as running all the time, as it does under `app.exec()`."""
    # The fake backend is a thread here: a collection in it would destroy Qt's objects, whose timers would go on.
    gc.disable()
    made = make_loop(qapp, already_running=True)
    asyncio.set_event_loop(made)
    yield made
    made.stop()
    asyncio.events._set_running_loop(None)  # pyright: ignore[reportPrivateUsage]
    asyncio.set_event_loop(None)
    made.close()
    # Stopping told the application to quit; a round of its own makes it forget that, or nobody could wait any more.
    QTimer.singleShot(0, qapp.quit)
    qapp.exec()
    del made
    gc.collect()
    gc.enable()


@pytest.fixture
def stage(qapp: QApplication, tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Generator[Stage]:
    """The window and a backend, not yet opened."""
    made = Stage(qapp, tmp_path, loop)
    yield made
    made.close()


@pytest.fixture
def joined(stage: Stage) -> Stage:
    """The same, opened and joined."""
    return stage.open()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """What a test has left of Qt goes here: if a thread of a later test collected it, that would end the process.

    What lives on is not looked through again: with all modules loaded, that took a third of the time of these tests.
    """
    result = yield
    gc.collect()
    gc.freeze()
    return result

"""The real window, offscreen, joined to a host with a long history: how long things take, and how long it stands still.

Says `rate N` on its output when it wants N progress updates a second, and at last its measurements as JSON.
"""

import asyncio
import gc
import json
import os
import sys
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QWidget

from desktop.client.launcher import Launcher
from desktop.state.standing import Chip
from desktop.ui.jobs.page import JobsPage
from desktop.ui.loop import make_loop
from desktop.ui.preferences import Preferences
from desktop.ui.theme import Theme
from desktop.ui.window import Window

PATIENCE = 60.0
SEARCHES = ("payroll", "march", "no such thing", "98765", "a")
LIVE_SECONDS = 10.0


class Frames(QObject):
    """Notes when a widget was painted, and the CPU time of this process then."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.count = 0
        self.cpu: list[float] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.count += 1
            self.cpu.append(time.process_time())
        return False


class Stillness:
    """The longest time in which the window's thread could not have shown a frame, in ms."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer(interval=4, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def _tick(self) -> None:
        present = time.perf_counter()
        self.longest = max(self.longest, (present - self._last) * 1000)
        self._last = present

    @contextmanager
    def watched(self) -> Generator["Stillness"]:
        self.longest, self._last = 0.0, time.perf_counter()
        self._timer.start()
        yield self
        self._tick()
        self._timer.stop()


async def until(condition: Callable[[], object], what: str) -> None:
    """Waits for it, without letting the loop rest long."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        await asyncio.sleep(0.001)


class Measuring:
    """Goes through the page of jobs as a person would, and measures."""

    def __init__(self, window: Window, logged: int) -> None:
        self.window, self.logged = window, logged
        self.said: dict[str, float] = {}
        self.still = Stillness()

    async def run(self) -> dict[str, float]:
        """All of it."""
        backend = self.window.backend
        await until(lambda: backend.job_types and len(backend.jobs.active) > 1000, "the window knows the active jobs")
        _calm_collector()
        began = time.perf_counter()
        self.window.go("jobs")
        page = self.window.page("jobs")
        assert isinstance(page, JobsPage)
        self.page = page
        self.frames = Frames(page.table.viewport())
        await until(lambda: page.model.listing.rows and self.frames.count, "the list is painted")
        self.said["open"] = (time.perf_counter() - began) * 1000
        await self._answers()
        await self._scrolling()
        for rate in (200, 500):
            await self._live(rate, str(rate))
        self.page.open_job(self.page.model.listing.rows[0].id)
        await until(lambda: self.page.details.detail is not None, "the details of a running job are shown")
        await self._live(500, "500 open")
        await self._log()
        return self.said

    async def _answered(self, act: Callable[[], object]) -> float:
        shown: list[bool] = []
        connection = self.page.model.shown.connect(lambda: shown.append(True))
        began, before = time.perf_counter(), self.frames.count
        act()
        empty = self.page.model.rowCount
        await until(lambda: shown and (self.frames.count > before or not empty()), "the answer is shown")
        self.page.model.disconnect(connection)
        return (time.perf_counter() - began) * 1000

    async def _answers(self) -> None:
        chips = (Chip.DONE, Chip.NEEDS_YOU, Chip.WAITING, Chip.RUNNING, Chip.ALL)
        self.said["filter"] = max(
            [await self._answered(lambda chip=chip: self.page.chips.choose(chip)) for chip in chips]
        )
        times: list[float] = []
        for text in SEARCHES:
            self.page.search.setText(text)
            times.append(await self._answered(self.page.search.returnPressed.emit))
        self.said["search"] = max(times)
        self.page.search.clear()
        await self._answered(self.page.search.returnPressed.emit)

    async def _scrolling(self) -> None:
        bar = self.page.table.verticalScrollBar()
        with self.still.watched():
            for _ in range(400):
                bar.setValue(bar.value() + 120)
                await asyncio.sleep(0.008)
            for part in (0.1, 0.03, 0.2, 0.0):
                bar.setValue(int(bar.maximum() * part))
                for _ in range(60):
                    bar.setValue(bar.value() + 150)
                    await asyncio.sleep(0.008)
        self.said["scroll"] = self.still.longest
        bar.setValue(0)

    async def _live(self, rate: int, name: str) -> None:
        print(f"rate {rate}", flush=True)
        await asyncio.sleep(1.0)
        # The watch for gaps ticks 250 times a second: the CPU time of the window is taken without it.
        with self.still.watched():
            await asyncio.sleep(LIVE_SECONDS / 2)
        self.frames.cpu.clear()
        await asyncio.sleep(LIVE_SECONDS)
        print("rate 0", flush=True)
        cpu = self.frames.cpu
        between = sorted(later - earlier for earlier, later in pairwise(cpu))
        self.said[f"gap {name}"] = self.still.longest
        self.said[f"cpu {name}"] = between[int(len(between) * 0.99)] * 1000 if between else float("inf")
        self.said[f"mean {name}"] = sum(between) / len(between) * 1000 if between else float("inf")
        self.said[f"share {name}"] = (cpu[-1] - cpu[0]) / LIVE_SECONDS * 100 if between else float("inf")
        self.said[f"frames {name}"] = len(cpu) / LIVE_SECONDS

    async def _log(self) -> None:
        log = self.page.details.log
        self.page.open_job(self.logged)
        await until(lambda: self.page.details.detail is not None, "the job is shown")
        with self.still.watched():
            began = time.perf_counter()
            self.page.details.tabs.setCurrentWidget(log)
            await until(lambda: not log.text.document().isEmpty(), "the log is shown")
            self.said["log open"] = (time.perf_counter() - began) * 1000
            for _ in range(8):
                known = log.pages.start if log.pages else 0
                log.text.verticalScrollBar().setValue(log.text.verticalScrollBar().maximum() // 2)
                log.text.verticalScrollBar().setValue(0)
                await until(lambda known=known: log.pages is not None and log.pages.start < known, "earlier lines")
            began = time.perf_counter()
            log.search.setText("needle")
            await until(lambda: "with this text" in log.note.text(), "the search has ended")
            self.said["log search"] = (time.perf_counter() - began) * 1000
        self.said["log gap"] = self.still.longest


def _calm_collector() -> None:
    """As the start of the window does once it is in use."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def main() -> None:
    """Runs in a process of its own."""
    folder, logged = Path(sys.argv[1]), int(sys.argv[2])
    app = QApplication(sys.argv[:1])
    preferences = Preferences(folder)
    window = Window(Theme(app, "light"), preferences, folder, use_tray=False)
    window.resize(1280, 800)
    window.show()
    loop = make_loop(app)
    asyncio.set_event_loop(loop)

    async def work() -> dict[str, float]:
        window.begin(folder, Launcher(folder, ["/nowhere/host"]))
        assert window.leaving is not None
        try:
            return await Measuring(window, logged).run()
        finally:
            window.backend.end()

    said = loop.run_until_complete(work())
    print(json.dumps(said), flush=True)
    # Nothing more is wanted of this process, and what is left of it need not be put in order.
    os._exit(0)


if __name__ == "__main__":
    main()

"""The start, in the order that lets the window be painted first."""

import sys
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop.client.announcement import data_dir
from desktop.ui.icons import app_icon
from desktop.ui.preferences import Preferences
from desktop.ui.theme import Theme
from desktop.ui.window import Window

PAINT_PATIENCE = 3000
"""Milliseconds after which the start goes on even if nothing was painted: the window may begin minimised."""


def run(page: str = "home", file: Path | None = None) -> int:
    """Runs the window until the user quits, first with the form for `file` if any; returns the exit status."""
    app = QApplication(sys.argv[:1])
    app.setApplicationName("Deskhand")
    app.setApplicationDisplayName("Deskhand")
    app.setDesktopFileName("deskhand")
    app.setWindowIcon(app_icon())
    app.setQuitOnLastWindowClosed(False)
    folder = data_dir()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    preferences = Preferences(folder)
    theme = Theme(app, preferences.appearance)
    window = Window(theme, preferences, folder)
    window.left.connect(app.quit)
    window.show()
    _until_painted(window)
    _go_on(app, window, folder, page, file)
    return 0


def _until_painted(window: Window) -> None:
    waiting = QEventLoop()
    window.painted.connect(waiting.quit)
    QTimer.singleShot(PAINT_PATIENCE, waiting.quit)
    waiting.exec()


def _go_on(app: QApplication, window: Window, folder: Path, page: str, file: Path | None) -> None:
    from desktop.client.announcement import read_announcement
    from desktop.client.launcher import Launcher
    from desktop.client.problems import ApiError
    from desktop.ui.signals import EndRequests

    ending = EndRequests(window)
    ending.asked.connect(lambda: window.leaving.end_now())
    launcher = Launcher(folder)
    if read_announcement(folder) is None:
        try:
            launcher.start()
        except ApiError:
            # The connection tries once more and says what is wrong.
            launcher.forget()
    from desktop.ui import loop

    def begin() -> None:
        window.backend.begin(folder, launcher)
        window.go(page)
        if file is not None:
            from desktop.ui.opening import open_file

            open_file(window, file)
        QTimer.singleShot(1500, lambda: _settle(window))

    QTimer.singleShot(0, begin)
    loop.run(app)
    ending.end()
    launcher.forget()


def _settle(window: Window) -> None:
    """What can wait until the window is in use: the tray, the further fonts, and a calm garbage collector."""
    import gc

    from desktop.ui.fonts import add_shipped_fonts

    add_shipped_fonts()
    assert window.leaving is not None
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)

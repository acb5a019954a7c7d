"""The start, in the order that lets the window be painted first."""

import os
import sys
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop import __version__
from desktop.client.first_window import FirstWindow, Wish
from desktop.ui.language import speak
from desktop.ui.preferences import Preferences
from desktop.ui.theme import Theme
from desktop.ui.window import Window

PAINT_PATIENCE = 3000
"""Milliseconds after which the start goes on even if nothing was painted: the window may begin minimised."""


def run(first: FirstWindow, wish: Wish, folder: Path) -> int:
    """Runs the window until the user quits, beginning with what is wished for; returns the exit status."""
    app = _application()
    app.setQuitOnLastWindowClosed(False)
    preferences = Preferences(folder)
    _speak(app, preferences)
    theme = Theme(app, preferences.appearance)
    window = Window(theme, preferences, folder)
    window.left.connect(app.quit)
    _show(window, wish)
    _go_on(app, window, folder, first, wish)
    return 0


def _application() -> QApplication:
    # The style is named here: `QApplication.setStyle` would make QStyle's five hundred enumerators known to Python.
    app = QApplication([*sys.argv[:1], "-style", "Fusion"])
    app.setApplicationName("Deskhand")
    app.setApplicationDisplayName("Deskhand")
    app.setApplicationVersion(__version__)
    app.setDesktopFileName("deskhand")
    return app


def _speak(app: QApplication, preferences: Preferences) -> None:
    if speak(app, preferences.language) != "en":
        # Else the first that is painted could be a row of empty boxes.
        from desktop.ui.fonts import add_shipped_fonts

        add_shipped_fonts()


def say_silent(folder: Path) -> int:
    """Says that the window that is open does not answer; returns the exit status."""
    from PySide6.QtWidgets import QMessageBox

    from desktop.ui.icons import app_icon

    app, preferences = _application(), Preferences(folder)
    _speak(app, preferences)
    _theme = Theme(app, preferences.appearance)
    app.setWindowIcon(app_icon())
    box = QMessageBox(QMessageBox.Icon.Warning, "Deskhand", app.tr("Deskhand is open already, but does not answer."))
    box.setInformativeText(
        app.tr(
            "Wait a minute and open it again. If it still does not come, end the program “Deskhand” in the computer's"
            " list of running programs first. No job is lost by that."
        )
    )
    box.exec()
    return 1


def _show(window: Window, wish: Wish) -> None:
    """Shows the window, and returns once it was painted; one that nobody asked for waits behind its tray icon."""
    if wish.quiet:
        from PySide6.QtWidgets import QSystemTrayIcon

        if not QSystemTrayIcon.isSystemTrayAvailable():
            window.showMinimized()
        return
    window.show()
    waiting = QEventLoop()
    window.painted.connect(waiting.quit)
    QTimer.singleShot(PAINT_PATIENCE, waiting.quit)
    waiting.exec()


def _go_on(app: QApplication, window: Window, folder: Path, first: FirstWindow, wish: Wish) -> None:
    import asyncio
    from functools import partial

    from desktop.client.announcement import read_announcement
    from desktop.client.launcher import Launcher
    from desktop.client.problems import ApiError
    from desktop.client.window_log import keep_log
    from desktop.ui.icons import app_icon
    from desktop.ui.signals import EndRequests

    keep_log(folder)
    app.setWindowIcon(app_icon())
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

    listening: list[asyncio.Task[None]] = []

    def begin() -> None:
        window.begin(folder, launcher)
        _fulfil(window, wish)
        listening.append(asyncio.get_running_loop().create_task(first.listen(partial(_hear, window))))
        QTimer.singleShot(1500, lambda: _settle(window))

    QTimer.singleShot(0, begin)
    loop.run(app)
    ending.end()
    launcher.forget()


def _fulfil(window: Window, wish: Wish) -> None:
    if wish.page:
        window.go(wish.page)
    if wish.file:
        from desktop.ui.opening import open_file

        open_file(window, Path(wish.file))


def _hear(window: Window, wish: Wish) -> bool:
    """What a later start asks for; not done by a window that is about to go, which the later one then replaces."""
    if window.leaving.is_leaving:
        return False
    if not wish.quiet:
        if wish.activation:
            # Qt takes it from here when it asks the compositor (qtwayland, `QWaylandXdgSurface::requestActivate`).
            os.environ["XDG_ACTIVATION_TOKEN"] = wish.activation
        window.come_forward()
    _fulfil(window, wish)
    return True


def _settle(window: Window) -> None:
    """What can wait until the window is in use: the tray, the further fonts, and a calm garbage collector."""
    import gc

    from desktop.ui.fonts import add_shipped_fonts

    add_shipped_fonts()
    _renew_autostart()
    assert window.leaving is not None
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)
    gc.enable()


def _renew_autostart() -> None:
    import logging

    from desktop.client.autostart import autostart, renew

    try:
        if way := autostart():
            renew(way)
    except (OSError, ValueError) as error:
        logging.getLogger(__name__).warning("starting with the computer could not be looked after: %s", error)

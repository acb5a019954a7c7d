"""The event loop: Qt's and asyncio's as one. The only module that knows qasync."""

import asyncio
from typing import Any

import qasync
from PySide6.QtWidgets import QApplication


def make_loop(app: QApplication, *, already_running: bool = False) -> asyncio.AbstractEventLoop:
    """A loop that runs on the application's; `already_running` where somebody else runs that."""
    loop: Any = qasync.QEventLoop(app, already_running=already_running)
    return loop


def run(app: QApplication) -> None:
    """Runs until the application quits, then lets what is under way be cancelled in order."""
    loop = make_loop(app)
    asyncio.set_event_loop(loop)
    try:
        loop.run_forever()
        waiting = asyncio.all_tasks(loop)
        for task in waiting:
            # A second cancel would cut off the closing of connections that the first has begun.
            if not task.cancelling():
                task.cancel()
        if waiting:
            loop.run_until_complete(asyncio.wait(waiting, timeout=2))
    finally:
        asyncio.set_event_loop(None)
        loop.close()

"""The window's own log: `logs/window.log` in the data folder, two files of bounded size."""

import logging
import sys
import threading
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType

LARGEST = 1_000_000
FORM = "%(asctime)s %(levelname)s %(name)s %(message)s"
CHATTY = ("httpx", "httpcore", "websockets", "qasync", "asyncio")
"""Libraries that tell of every step; of these only what is wrong is kept."""

log = logging.getLogger(__name__)


def keep_log(folder: Path) -> logging.Handler:
    """Writes what the window says, and every error that nobody caught; to where errors go if the file cannot be had."""
    problem: OSError | None = None
    try:
        (folder / "logs").mkdir(parents=True, exist_ok=True, mode=0o700)
        handler: logging.Handler = RotatingFileHandler(
            folder / "logs" / "window.log", maxBytes=LARGEST, backupCount=1, encoding="utf-8", errors="replace"
        )
    except OSError as error:
        handler, problem = logging.StreamHandler(), error
    handler.setFormatter(logging.Formatter(FORM))
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.INFO)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    if problem is not None:
        log.warning("the log cannot be written: %s", problem)
    sys.excepthook = _note
    threading.excepthook = lambda said: _note(said.exc_type, said.exc_value, said.exc_traceback)
    return handler


def _note(kind: type[BaseException], error: BaseException | None, where: TracebackType | None) -> None:
    sys.__excepthook__(kind, error or kind(), where)
    if not issubclass(kind, KeyboardInterrupt):
        log.critical("an error that nobody caught", exc_info=(kind, error or kind(), where))

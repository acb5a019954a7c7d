"""The window's own log."""

import subprocess
import sys
from pathlib import Path

CRASHING = """
import logging, sys, threading
from pathlib import Path
from desktop.client.window_log import keep_log
keep_log(Path(sys.argv[1]))
logging.getLogger("desktop.some").info("worth telling")
logging.getLogger("httpx").info("too chatty")
def fail():
    raise ValueError("in a thread")
thread = threading.Thread(target=fail)
thread.start()
thread.join()
raise RuntimeError("in the window")
"""


def run(folder: Path) -> subprocess.CompletedProcess[str]:
    asked = [sys.executable, "-c", CRASHING, str(folder)]
    return subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)


def test_errors_that_nobody_caught_are_in_the_log_and_still_said(tmp_path: Path) -> None:
    done = run(tmp_path)
    text = (tmp_path / "logs" / "window.log").read_text("utf-8")
    assert "worth telling" in text
    assert "too chatty" not in text
    for error in ("ValueError: in a thread", "RuntimeError: in the window"):
        assert error in text
        assert error in done.stderr
    assert "Traceback" in text
    assert done.returncode == 1


def test_where_the_log_cannot_be_written_it_goes_to_the_error_output(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    done = run(tmp_path)
    assert "the log cannot be written" in done.stderr
    assert "worth telling" in done.stderr

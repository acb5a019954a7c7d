"""How soon the window is painted, against a bare PySide6 window: wall time from the start of the process, medians.

On a virtual screen of its own. Both sides say the moment by the machine's steady clock and end at once, in turns; the
figure is the median of the ratios of neighbours, so that a machine that swings slows both.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import Figure
from tests.helpers.bootstrap.display import virtual
from tests.helpers.tree import ROOT

RUNS = 15
OURS = """
import os, time
from desktop.__main__ import main
from desktop.ui import starting
def painted(*_):
    print(time.monotonic(), flush=True)
    os._exit(0)
starting._go_on = painted
main()
"""
BARE = """
import os, time
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QWidget
def painted():
    print(time.monotonic(), flush=True)
    os._exit(0)
class Window(QWidget):
    def paintEvent(self, event):
        super().paintEvent(event)
        QTimer.singleShot(0, painted)
app = QApplication([])
window = Window()
window.resize(1280, 800)
window.show()
app.exec()
"""


def seconds(program: str, environment: dict[str, str]) -> float:
    """From the start of the process to the first paint."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return float(done.stdout.split()[-1]) - began


def bench() -> list[Figure]:
    """The figure."""
    with tempfile.TemporaryDirectory(prefix="deskhand-start-") as folder, virtual() as screen:
        environment = {**os.environ, **screen, "DESKHAND_DATA_DIR": str(Path(folder) / "data")}
        environment.pop("QT_QPA_PLATFORM", None)
        took = [(seconds(OURS, environment), seconds(BARE, environment)) for _ in range(RUNS + 2)][2:]
    ours, bare = (statistics.median(side) for side in zip(*took, strict=True))
    print(f"painted after {ours * 1000:.0f} ms, bare {bare * 1000:.0f} ms")
    ratio = statistics.median(one / other for one, other in took)
    return [Figure("window painted / bare PySide6 window", ratio, "<= 1.5", ratio <= 1.5)]

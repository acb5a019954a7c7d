"""What is imported before the window is painted: nothing that can wait."""

import os
import subprocess
import sys
from pathlib import Path

LATER = {
    *("asyncio", "httpx", "qasync", "websockets", "socket", "secrets", "subprocess", "psutil", "dataclasses", "json"),
    *("datetime", "uuid", "desktop.client.shapes", "desktop.state.jobs", "desktop.ui.words", "desktop.ui.backend"),
}
PAINTED = """
import os, sys
from desktop.__main__ import main
from desktop.ui import starting
def painted(*_):
    print(*sorted(sys.modules), flush=True)
    os._exit(0)
starting._go_on = painted
main()
"""


def test_what_can_wait_is_not_imported_before_the_window_is_painted(tmp_path: Path) -> None:
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "DESKHAND_DATA_DIR": str(tmp_path / "data")}
    asked = [sys.executable, "-c", PAINTED]
    done = subprocess.run(asked, env=environment, capture_output=True, text=True, timeout=60, check=True)
    loaded = set(done.stdout.split())
    assert "desktop.ui.window" in loaded
    assert loaded & LATER == set()

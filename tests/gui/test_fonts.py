"""The fonts that come with the program stand in for what the system lacks, and change nothing that is there."""

import os
import subprocess
import sys
from pathlib import Path

from tests.helpers.tree import ROOT

LATIN = Path("/usr/share/fonts/truetype/dejavu")
ADDED = """
from PySide6.QtGui import QFontInfo
from PySide6.QtWidgets import QApplication, QLabel, QVBoxLayout, QWidget
from desktop.ui.fonts import add_shipped_fonts

app = QApplication([])
app.setStyleSheet("QLabel { color: black }")  # as the theme has one: widgets in a window are then told of no other font
window = QWidget()
label = QLabel("Turns a spreadsheet into a report")
QVBoxLayout(window).addWidget(label)
window.show()
app.processEvents()


def shown():
    return [(QFontInfo(font).family(), label.fontMetrics().lineSpacing()) for font in (app.font(), label.font())]


before = shown()
added = add_shipped_fonts()
assert added, "no font was added"
app.processEvents()
assert shown() == before, (before, shown())
assert "Noto Sans SC" in app.font().families()
"""


def test_added_fonts_leave_the_font_of_the_system_as_it_is(tmp_path: Path) -> None:
    assert LATIN.is_dir(), "fonts-dejavu-core is among what the tests install"
    config = tmp_path / "fonts.conf"
    first = "<prefer><family>Noto Sans</family><family>DejaVu Sans</family></prefer>"  # as systems have it by default
    aliases = "".join(f"<alias><family>{name}</family>{first}</alias>" for name in ("sans", "sans-serif", "Sans Serif"))
    config.write_text(
        f"<fontconfig><dir>{LATIN}</dir><cachedir>{tmp_path}/cache</cachedir>{aliases}</fontconfig>", "utf-8"
    )
    surroundings = {**os.environ, "FONTCONFIG_FILE": str(config), "QT_QPA_PLATFORM": "offscreen"}
    ended = subprocess.run(
        [sys.executable, "-c", ADDED],
        cwd=ROOT,
        env=surroundings,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 0, ended.stderr

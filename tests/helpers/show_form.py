"""Opens the form page by itself, to look at: `python -m tests.helpers.show_form [--dark] [--size 1280x800] ...`.

With `--shot FILE` it takes a picture once everything is answered, and ends.
"""

import argparse
import asyncio
import json
import sys
from pathlib import Path

import qasync
from PySide6.QtWidgets import QApplication

from desktop.ui.forms.page import NewJobPage
from desktop.ui.theme import Theme
from tests.helpers.fake_asker import report_asker
from tests.helpers.sample_schemas import EVERY_KIND, REPORT

ANSWERS = {
    "file": "/home/anna/Documents/sales_2026Q3.xlsx",
    "source": "/home/anna/Documents/sales_2026Q3.xlsx",
    "sheet": "Sales",
    "columns": ["Date", "Region", "Product", "Revenue"],
    "filters": [
        {"column": "Region", "test": "is_not", "value": "East"},
        {"column": "Remark", "test": "empty"},
    ],
    "group_by": ["Region"],
    "totals": [{"column": "Revenue", "how": "sum"}],
    "chart": "bar",
    "folder": "/home/anna/Documents/Reports",
}


async def _show(page: NewJobPage, wanted: argparse.Namespace) -> None:
    await asyncio.sleep(1.2)
    if wanted.more and page.form is not None:
        page.form.more_button.setChecked(True)
    if wanted.start:
        page.footer.start_button.click()
    if wanted.unfold:
        page.panel.fold_button.click()
    await asyncio.sleep(0.3)
    if wanted.down:
        page.scroller.verticalScrollBar().setValue(wanted.down)
    await asyncio.sleep(0.7)
    if wanted.shot:
        page.grab().save(wanted.shot)
        QApplication.quit()


def main() -> None:
    """Reads the arguments and shows the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--empty", action="store_true", help="no answers given")
    parser.add_argument("--every-kind", action="store_true")
    parser.add_argument("--schema", help="a file with an item of GET /job-types")
    parser.add_argument("--more", action="store_true", help="unfold the options")
    parser.add_argument("--unfold", action="store_true", help="unfold the rehearsal")
    parser.add_argument("--start", action="store_true", help="press Start now")
    parser.add_argument("--down", type=int, default=0, help="scroll down by pixels")
    parser.add_argument("--size", default="1280x800")
    parser.add_argument("--shot")
    wanted = parser.parse_args()
    app = QApplication(sys.argv[:1])
    Theme(app, "dark" if wanted.dark else "light")
    loop = qasync.QEventLoop(app)
    width, height = (int(part) for part in wanted.size.split("x"))
    kind = EVERY_KIND if wanted.every_kind else REPORT
    if wanted.schema:
        kind = json.loads(Path(wanted.schema).read_text())
    with loop:
        page = NewJobPage(report_asker())
        page.setAutoFillBackground(True)
        page.resize(width, height)
        page.show()
        loop.call_soon(lambda: page.open_form(kind, None if wanted.empty else ANSWERS))
        task = loop.create_task(_show(page, wanted))
        app.aboutToQuit.connect(task.cancel)
        app.aboutToQuit.connect(loop.stop)
        loop.run_forever()


if __name__ == "__main__":
    main()

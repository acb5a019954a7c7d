"""The report job from its answers to its files: what it makes, what it says, and that it stops."""

import base64
import contextlib
import itertools
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import openpyxl
import psutil
import pytest

from backend.core.errors import UserError
from backend.core.paths import resources
from backend.jobtypes import job_type
from backend.jobtypes.contract import JobStopped
from backend.jobtypes.report import JOB_TYPE
from backend.jobtypes.report.params import ReportParams
from backend.lib.results import file_name
from tests.helpers.own_context import OwnContext
from tests.helpers.table_files import csv_text, many_rows, write_text, write_xlsx

SALES = resources() / "samples" / "sales.csv"
HEAVY = (
    "polars",
    "typst",
    "fastexcel",
    "xlsxturbo",
    "xlsxwriter",
    "pikepdf",
    "adbc_driver_sqlite",
    "charset_normalizer",
)


def out(tmp_path: Path) -> Path:
    """A folder for results."""
    folder = tmp_path / "out"
    folder.mkdir(exist_ok=True)
    return folder


def answers(tmp_path: Path, file: Path = SALES, **more: Any) -> ReportParams:
    """Answers with the two that are required, and more."""
    return ReportParams(file=file, folder=out(tmp_path), **more)


def run(tmp_path: Path, params: ReportParams) -> OwnContext:
    """The job, run to its end."""
    ctx = OwnContext(tmp_path / "job")
    ctx.summary = JOB_TYPE.run(params, ctx).summary
    return ctx


def pdf_text(path: Path) -> str:
    """The text of a PDF, by poppler."""
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def test_finding_the_job_types_loads_no_engine() -> None:
    script = (
        "import sys, backend.jobtypes as j; assert 'report' in j.job_types(); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_running_and_rehearsing_loads_no_engine_into_the_worker(tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from backend.jobtypes import job_type; "
        "from tests.helpers.own_context import OwnContext; j = job_type('report'); "
        f"p = j.params(file={str(SALES)!r}, folder={str(out(tmp_path))!r}, group_by=['Region']); "
        f"j.rehearse(p); j.options('columns', {{'file': {str(SALES)!r}}}); "
        f"j.run(p, OwnContext(Path({str(tmp_path)!r}) / 'job')); "
        f"print([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_a_file_and_a_folder_are_enough_for_a_good_report(tmp_path: Path) -> None:
    required = ReportParams.model_json_schema()["required"]
    assert sorted(required) == ["file", "folder"]
    ctx = run(tmp_path, answers(tmp_path))
    assert [path.name for path in ctx.artifacts] == ["sales.pdf", "sales.xlsx"]
    assert ctx.warnings == []
    text = pdf_text(out(tmp_path) / "sales.pdf")
    assert "1,204 rows from sales.csv" in text
    assert "Sum of Amount" in text
    assert "北京华远贸易" in text
    assert "Łódź Logistics" in text
    book = openpyxl.load_workbook(out(tmp_path) / "sales.xlsx")
    assert book["Table"].max_row == 1205
    assert book["Table"]["A2"].value == "000001"
    assert "1,204 rows" in ctx.summary


def test_a_grouped_report_says_the_same_in_all_four_formats(tmp_path: Path) -> None:
    params = answers(
        tmp_path,
        title="Sales: by <Region>?",
        group_by=["Region"],
        totals=[{"column": "Amount", "function": "sum"}],
        filters=[{"column": "Paid", "operator": "is", "value": "yes"}],
        sort=[{"column": "Sum of Amount", "order": "descending"}],
        formats=["csv", "html", "xlsx", "pdf"],
    )
    ctx = run(tmp_path, params)
    names = [path.name for path in ctx.artifacts]
    assert names == [f"Sales by Region.{suffix}" for suffix in ("pdf", "xlsx", "html", "csv")]
    folder = out(tmp_path)
    lines = (folder / "Sales by Region.csv").read_text(encoding="utf-8-sig").splitlines()
    assert lines[0] == "Region,Rows,Sum of Amount"
    groups = [line.split(",") for line in lines[1:]]
    assert [float(group[2]) for group in groups] == sorted((float(group[2]) for group in groups), reverse=True)
    cells = [list(row) for row in openpyxl.load_workbook(folder / "Sales by Region.xlsx")["Table"].values]
    assert [[cell[0], cell[1], pytest.approx(cell[2])] for cell in cells[1:]] == [
        [group[0], int(group[1]), float(group[2])] for group in groups
    ]
    text, page = pdf_text(folder / "Sales by Region.pdf"), (folder / "Sales by Region.html").read_text(encoding="utf-8")
    for group in groups:
        assert f"{float(group[2]):,.2f}" in text
        assert f"{float(group[2]):,.2f}" in page
    assert "Paid is yes" in text


@pytest.mark.alone
def test_the_bar_moves_and_never_goes_back(tmp_path: Path) -> None:
    path = write_text(tmp_path / "big.csv", csv_text(many_rows(20_000)))
    ctx = run(tmp_path, answers(tmp_path, path, formats=["pdf", "xlsx", "html", "csv"]))
    done = [done for done, _, _ in ctx.reported]
    assert done == sorted(done)
    assert done[-1] == 1000
    assert len({round(each) for each in done}) > 20
    assert {total for _, total, _ in ctx.reported} == {1000.0}
    assert max(later - earlier for earlier, later in itertools.pairwise(done)) < 400
    words = {message.split(":")[0] for _, _, message in ctx.reported}
    assert {"Reading big.csv", "Writing the PDF", "Writing the Excel workbook", "Writing the CSV"} <= words
    gaps = [later - earlier for earlier, later in itertools.pairwise(ctx.checked)]
    assert max(gaps) < 0.5


@pytest.mark.alone
@pytest.mark.parametrize("phase", ["Reading", "Writing the PDF", "Writing the Excel"])
def test_a_stop_takes_effect_within_a_second_and_leaves_nothing(tmp_path: Path, phase: str) -> None:
    path = write_text(tmp_path / "big.csv", csv_text(many_rows(120_000)))
    before = {child.pid for child in psutil.Process().children()}
    ctx = OwnContext(tmp_path / "job", lambda ctx: bool(ctx.reported) and ctx.reported[-1][2].startswith(phase))
    params = answers(tmp_path, path, formats=["xlsx"] if "Excel" in phase else ["pdf"])
    with pytest.raises(JobStopped):
        JOB_TYPE.run(params, ctx)
    assert ctx.stopped_at is not None
    assert time.monotonic() - ctx.stopped_at < 1.0
    assert list(out(tmp_path).iterdir()) == []
    assert {child.pid for child in psutil.Process().children()} <= before


def test_cells_that_do_not_fit_and_missing_letters_are_warned_about(tmp_path: Path) -> None:
    rows = [("한국", number, f"{number}.5") for number in range(200)]
    rows[100] = ("서울", 100, "later")
    path = write_text(tmp_path / "a.csv", csv_text(rows, ("City", "N", "Amount")))
    ctx = run(tmp_path, answers(tmp_path, path))
    assert any(
        "In 'Amount', 1 cell holds something else than numbers (such as 'later')" in each for each in ctx.warnings
    )
    assert any("not in the fonts of the PDF" in each and "'한'" in each for each in ctx.warnings)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"columns": ["Amount", "Amont"]}, "columns"),
        ({"group_by": ["Nowhere"]}, "group_by"),
        ({"filters": [{"column": "Amount", "operator": "more", "value": "much"}]}, "filters.0.value"),
        ({"filters": [{"column": "Region", "operator": "is", "value": "Mars"}]}, "filters"),
        ({"totals": [{"column": "Region", "function": "sum"}]}, "totals.0.column"),
        ({"file": Path("/nowhere/a.csv")}, "file"),
        ({"folder": Path("/nowhere/at/all")}, "folder"),
        ({"folder": SALES}, "folder"),
    ],
)
def test_a_wrong_answer_is_said_at_its_field_before_and_during_the_job(
    tmp_path: Path, more: dict[str, Any], field: str
) -> None:
    params = ReportParams.model_validate({"file": SALES, "folder": out(tmp_path), **more})
    assert JOB_TYPE.rehearse is not None
    with pytest.raises(UserError) as rehearsed:
        JOB_TYPE.rehearse(params)
    with pytest.raises(UserError) as ran:
        JOB_TYPE.run(params, OwnContext(tmp_path / "job"))
    assert list(rehearsed.value.fields) == list(ran.value.fields) == [field]
    assert list(out(tmp_path).iterdir()) == []


class Full(OwnContext):
    """Its results go through a link to the device that is always full; never to the device's own name.

    What renames over the path, or removes it, meets only the link.
    """

    def artifact(self, target: Path, title: str = "") -> contextlib.AbstractContextManager[Path]:
        # For the PDF only, which is written in place: xlsxturbo would rename its file over the link.
        assert target.suffix == ".pdf"
        link = self.scratch / f"full{target.suffix}"
        link.symlink_to("/dev/full")
        return contextlib.nullcontext(link)


def test_a_full_disk_is_said_and_leaves_nothing(tmp_path: Path) -> None:
    ctx, params = Full(tmp_path / "job"), answers(tmp_path, formats=["pdf"])
    with pytest.raises(UserError) as caught:
        JOB_TYPE.run(params, ctx)
    assert caught.value.code == "folder.write"
    assert "full" in caught.value.message
    assert list(out(tmp_path).iterdir()) == []


def test_the_rehearsal_shows_rows_and_the_first_page_and_changes_nothing(tmp_path: Path) -> None:
    assert JOB_TYPE.rehearse is not None
    seen = JOB_TYPE.rehearse(answers(tmp_path, group_by=["Date"]))
    assert seen.headline == "A report of 1,204 rows in 11 groups by Date."
    assert seen.tables[0].columns == ["Date", "Rows", "Sum of Amount", "Sum of Quantity"]
    assert seen.tables[0].rows[0][0] == "2026-01"
    assert base64.b64decode(seen.pictures[0].data).startswith(b"\x89PNG")
    assert list(out(tmp_path).iterdir()) == []


@pytest.mark.alone
def test_a_large_file_is_rehearsed_from_its_first_rows_and_says_so(tmp_path: Path) -> None:
    path = write_text(tmp_path / "big.csv", csv_text(many_rows(1_100_000)))
    assert JOB_TYPE.rehearse is not None
    began = time.monotonic()
    seen = JOB_TYPE.rehearse(answers(tmp_path, path))
    assert time.monotonic() - began < 6
    assert seen.headline.startswith("A report of at least 300,000 rows. Only the first 300,000 rows")


def test_options_tell_sheets_columns_and_what_they_hold(tmp_path: Path) -> None:
    assert JOB_TYPE.options is not None
    path = write_xlsx(tmp_path / "a.xlsx", Notes=[["When", "Text"], [1, "x"]])
    assert [each.value for each in JOB_TYPE.options("table", {"file": str(path)})] == ["Orders", "Notes"]
    for field in ("columns", "filters.column", "totals.column", "group_by"):
        found = JOB_TYPE.options(field, {"file": str(path), "folder": ""})
        assert [each.note for each in found] == ["text", "text", "dates", "whole numbers", "numbers", "text"]
    assert [each.value for each in JOB_TYPE.options("columns", {"file": str(path), "table": "Notes"})] == [
        "When",
        "Text",
    ]
    sortable = JOB_TYPE.options("sort.column", {"file": str(path), "group_by": ["Region"]})
    assert [each.value for each in sortable] == ["Region", "Rows", "Sum of Amount", "Sum of Quantity"]
    assert list(JOB_TYPE.options("columns", {})) == []
    with pytest.raises(UserError) as caught:
        JOB_TYPE.options("columns", {"file": str(tmp_path / "none.csv")})
    assert list(caught.value.fields) == ["file"]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("a/b: c?", "a b c.pdf"),
        ("..", "Report.pdf"),
        ("CON", "Report CON.pdf"),
        ("销售", "销售.pdf"),
        ("x" * 300, "x" * 120 + ".pdf"),
    ],
)
def test_a_title_makes_a_name_that_every_system_takes(title: str, name: str) -> None:
    assert file_name(title, "pdf") == name


def test_every_answer_is_told_to_people() -> None:
    schema = job_type("report").params.model_json_schema()
    for name, field in schema["properties"].items():
        assert field["title"], name
        assert field["x-kind"], name
    assert json.dumps(schema)

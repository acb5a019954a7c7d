"""Combining and cleaning spreadsheets: real files in, real files out."""

import re
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from backend.core.errors import UserError
from backend.jobtypes.combine import JOB_TYPE
from backend.jobtypes.combine.params import CombineParams
from backend.jobtypes.contract import JobStopped
from tests.helpers.own_context import OwnContext
from tests.helpers.table_files import csv_text, many_rows, write_ods, write_text, write_xlsx


def answers(tmp_path: Path, files: list[Path], **more: Any) -> CombineParams:
    """Answers that make a CSV file unless they say otherwise."""
    (tmp_path / "out").mkdir(exist_ok=True)
    usual: dict[str, Any] = {"format": "csv", "name": "all"}
    return CombineParams(files=files, folder=tmp_path / "out", **(usual | more))


def run(tmp_path: Path, params: CombineParams) -> OwnContext:
    """The job, run to its end."""
    ctx = OwnContext(tmp_path / "job")
    ctx.summary = JOB_TYPE.run(params, ctx).summary
    return ctx


def lines(path: Path) -> list[str]:
    """The lines of a CSV file."""
    return path.read_text("utf-8-sig").splitlines()


def test_files_of_three_formats_become_one_table(tmp_path: Path) -> None:
    files = [
        write_text(tmp_path / "a.csv", csv_text()),
        write_xlsx(tmp_path / "b.xlsx"),
        write_ods(tmp_path / "c.ods"),
    ]
    ctx = run(tmp_path, answers(tmp_path, files))
    made = lines(tmp_path / "out" / "all.csv")
    assert made[0] == "Order,Region,Date,Quantity,Amount,Customer"
    assert made[1] == "00017,North,2026-01-05,3,1200.5,Zoë"
    assert made[1:6] == made[6:11] == made[11:16]
    assert ctx.warnings == []
    assert ctx.summary == "15 rows from 3 files became 15 rows in 1 file."


def test_columns_are_matched_by_name_and_what_differs_stays_as_it_was_written(tmp_path: Path) -> None:
    files = [
        write_text(tmp_path / "a.csv", "Code,Note\n1.50,x\n2.00,y\n"),
        write_text(tmp_path / "b.csv", "note,CODE,Extra\nz,A7,1\n"),
    ]
    ctx = run(tmp_path, answers(tmp_path, files))
    assert lines(tmp_path / "out" / "all.csv") == ["Code,Note,Extra", "1.50,x,", "2.00,y,", "A7,z,1"]
    assert ctx.warnings == [
        "Not every file has the columns 'Extra'; where one is missing, its cells are empty.",
    ]


def test_a_late_cell_that_is_no_number_is_kept_as_it_is(tmp_path: Path) -> None:
    rows = "".join(f'"{number},5"\n' for number in range(20_000)) + "ask Eva\n"
    run(tmp_path, answers(tmp_path, [write_text(tmp_path / "a.csv", "Amount\n" + rows)]))
    made = lines(tmp_path / "out" / "all.csv")
    assert made[-1] == "ask Eva"
    assert made[1] == '"0,5"'
    assert len(made) == 20_002


def test_steps_are_done_in_their_order(tmp_path: Path) -> None:
    file = write_text(
        tmp_path / "a.csv",
        "Name;Sum;Day;Junk\n  Eva   Berg ;1.234,50;05.03.2026;x\nEva Berg;1.234,50;05.03.2026;x\n;7,00;06.03.2026;x\n",
    )
    steps = [
        {"do": "rename", "column": "Sum", "name": "Amount"},
        {"do": "numbers", "column": "Amount", "marks": "comma"},
        {"do": "dates", "column": "Day", "days": "month"},
        {"do": "trim"},
        {"do": "unique"},
        {"do": "filled", "column": "Name"},
        {"do": "remove", "column": "Junk"},
    ]
    run(tmp_path, answers(tmp_path, [file], steps=steps))
    assert lines(tmp_path / "out" / "all.csv") == ["Name,Amount,Day", "Eva Berg,1234.5,2026-05-03"]


def test_steps_that_were_kept_are_run_again_on_next_months_file(tmp_path: Path) -> None:
    march = write_text(tmp_path / "march.csv", "Name;Sum\n Eva ;1.234,50\n Eva ;1.234,50\n")
    april = write_text(tmp_path / "april.csv", "Sum;Name\n7,25; Max \n7,25; Max \n")
    steps = [
        {"do": "numbers", "column": "Sum", "marks": "comma"},
        {"do": "trim"},
        {"do": "unique"},
        {"do": "rename", "column": "Sum", "name": "Amount"},
    ]
    first = answers(tmp_path, [march], steps=steps, columns=["Name", "Amount"], name="")
    kept = first.model_dump(mode="json")
    run(tmp_path, first)
    next_month = CombineParams.model_validate({**kept, "files": [str(april)]})
    JOB_TYPE.run(next_month, OwnContext(tmp_path / "next job"))
    assert lines(tmp_path / "out" / "march.csv") == ["Name,Amount", "Eva,1234.5"]
    assert lines(tmp_path / "out" / "april.csv") == ["Name,Amount", "Max,7.25"]


def test_cells_that_a_step_cannot_read_are_counted_and_said(tmp_path: Path) -> None:
    file = write_text(tmp_path / "a.csv", "Amount,Who\n12,a\nlots,b\n")
    ctx = run(tmp_path, answers(tmp_path, [file], steps=[{"do": "numbers", "column": "Amount", "marks": "point"}]))
    assert ctx.warnings == [
        "In 'Amount', 1 cell holds something else than numbers (such as 'lots'); it was left empty."
    ]
    assert lines(tmp_path / "out" / "all.csv")[1:] == ["12,a", ",b"]


def test_columns_are_chosen_and_the_table_is_split_by_a_value(tmp_path: Path) -> None:
    file = write_text(tmp_path / "a.csv", csv_text())
    params = answers(tmp_path, [file], columns=["Region", "Order"], split_by="Region", format="xlsx")
    ctx = run(tmp_path, params)
    assert [path.name for path in ctx.artifacts] == ["all North.xlsx", "all South.xlsx", "all East.xlsx"]
    sheet = openpyxl.load_workbook(ctx.artifacts[0]).active
    assert sheet is not None
    assert [list(row) for row in sheet.iter_rows(values_only=True)] == [
        ["Region", "Order"],
        ["North", "00017"],
        ["North", "00019"],
    ]


def test_each_file_can_be_converted_by_itself(tmp_path: Path) -> None:
    files = [write_xlsx(tmp_path / "a.xlsx"), write_ods(tmp_path / "b.ods")]
    ctx = run(tmp_path, answers(tmp_path, files, make="each"))
    assert [path.name for path in ctx.artifacts] == ["a.csv", "b.csv"]
    assert lines(ctx.artifacts[0]) == lines(ctx.artifacts[1])


def test_excel_becomes_opendocument_and_excel_again(tmp_path: Path) -> None:
    first = run(tmp_path, answers(tmp_path, [write_xlsx(tmp_path / "a.xlsx")], format="ods"))
    assert [path.name for path in first.artifacts] == ["all.ods"]
    back = OwnContext(tmp_path / "next job")
    JOB_TYPE.run(answers(tmp_path, first.artifacts, format="xlsx"), back)
    made = openpyxl.load_workbook(back.artifacts[0]).active
    before = openpyxl.load_workbook(tmp_path / "a.xlsx").active
    assert made is not None
    assert before is not None
    assert list(made.iter_rows(values_only=True)) == list(before.iter_rows(values_only=True))
    assert (first.warnings, back.warnings) == ([], [])


def test_the_rehearsal_shows_the_first_rows_and_writes_nothing(tmp_path: Path) -> None:
    file = write_text(tmp_path / "a.csv", csv_text(many_rows(5000)))
    params = answers(tmp_path, [file], steps=[{"do": "unique", "column": "Region"}])
    assert JOB_TYPE.rehearse is not None
    seen = JOB_TYPE.rehearse(params)
    assert seen.headline == "1 table: of the first 1,000 rows, 3 stay."
    assert [row[1] for row in seen.tables[0].rows] == ["North", "South", "East"]
    assert list(params.folder.iterdir()) == []


def test_the_form_offers_the_columns_of_all_files_and_new_names(tmp_path: Path) -> None:
    files = [write_text(tmp_path / "a.csv", "A,B\n1,2\n"), write_text(tmp_path / "b.csv", "B,C\n1,2\n")]
    assert JOB_TYPE.options is not None
    steps = [{"do": "rename", "column": "A", "name": "Z"}]
    found = JOB_TYPE.options("columns", {"files": [str(each) for each in files], "steps": steps})
    assert [option.value for option in found] == ["A", "B", "C", "Z"]
    assert JOB_TYPE.options("columns", {}) == []


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"steps": [{"do": "filled", "column": "Amuont"}]}, "steps.0.column", "Did you mean 'Amount'?"),
        ({"steps": [{"do": "rename", "column": "Amount"}]}, "steps.0.name", "The new name is missing."),
        ({"steps": [{"do": "rename", "column": "Amount", "name": "Date"}]}, "steps.0.name", "already"),
        ({"steps": [{"do": "remove"}]}, "steps.0.column", "needs a column"),
        ({"columns": ["Nothing"]}, "columns", "no column 'Nothing'"),
        ({"split_by": "Nothing"}, "split_by", "no column 'Nothing'"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_beside_it(
    tmp_path: Path, more: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(UserError) as caught:
        run(tmp_path, answers(tmp_path, [write_text(tmp_path / "a.csv", csv_text())], **more))
    assert re.search(re.escape(words), caught.value.fields[field])
    assert list((tmp_path / "out").iterdir()) == []


def test_the_file_that_is_wrong_is_named_in_the_list(tmp_path: Path) -> None:
    good = write_text(tmp_path / "a.csv", csv_text())
    with pytest.raises(UserError) as caught:
        run(tmp_path, answers(tmp_path, [good, write_text(tmp_path / "b.csv", "")]))
    assert "'b.csv' is empty" in caught.value.fields["files.1"]


def test_a_stop_takes_effect_at_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    file = write_text(tmp_path / "a.csv", csv_text(many_rows(300_000)))
    ctx = OwnContext(tmp_path / "job", lambda ctx: any("Writing" in words for _, _, words in ctx.reported))
    with pytest.raises(JobStopped):
        JOB_TYPE.run(answers(tmp_path, [file], format="xlsx"), ctx)
    assert list((tmp_path / "out").iterdir()) == []
    assert max(done for done, _, _ in ctx.reported) < 1000

"""The list of a mailing: every kind of file gives the same people, under the numbers its rows have in a spreadsheet."""

from datetime import date, datetime, time
from pathlib import Path

import pytest
import xlsxwriter

from backend.core.errors import UserError
from backend.jobtypes.mailing.reading import options, read_rows
from tests.helpers.table_files import write_ods, write_sqlite, write_text

DAY = date(2026, 1, 2)
NAMES = ["Name", "Mail", "Number", "Since"]
ANNA = ["Anna", "anna@example.com", "12.5", "2026-01-02"]
BERT = ["Bert", "bert@example.com", "7", ""]


def test_blank_rows_of_a_text_file_are_counted_and_its_cells_stay_as_they_are_written(tmp_path: Path) -> None:
    text = (
        'Name,Mail,Code,Note\n\nAnna,anna@example.com,00120,"two\nlines"\n,,,\n\nBert,bert@example.com,1.50,=x\nCara\n'
    )
    columns, rows = read_rows(write_text(tmp_path / "a.csv", text), "", tmp_path)
    assert columns == ["Name", "Mail", "Code", "Note"]
    assert rows == [
        (3, ["Anna", "anna@example.com", "00120", "two\nlines"]),
        (6, ["Bert", "bert@example.com", "1.50", "=x"]),
        (7, ["Cara", "", "", ""]),
    ]


def test_rows_of_a_workbook_keep_their_numbers_below_a_title_and_blank_rows(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    book = xlsxwriter.Workbook(path)
    book.add_worksheet("Empty")
    sheet = book.add_worksheet("People")
    sheet.write(1, 0, "Our customers")
    sheet.write_row(3, 0, NAMES)
    sheet.write_row(4, 0, ["Anna", "anna@example.com", 12.5])
    sheet.write_datetime(4, 3, datetime.combine(DAY, time()), book.add_format({"num_format": "yyyy-mm-dd"}))
    sheet.write_row(8, 0, ["Bert", "bert@example.com", 7])
    book.close()
    assert read_rows(path, "", tmp_path) == (NAMES, [(5, ANNA), (9, BERT)])
    assert read_rows(path, "People", tmp_path) == (NAMES, [(5, ANNA), (9, BERT)])
    offered = options("address_column", {"file": str(path), "table": "People"})
    assert [option.value for option in offered] == NAMES


@pytest.mark.parametrize(
    ("columns", "likely"),
    [
        ("Name,E-Mail,City", ["E-Mail"]),
        ("Name,email address,Mailing allowed", ["email address"]),
        ("姓名,电子邮箱", ["电子邮箱"]),
        ("Mail,E-mail", ["Mail", "E-mail"]),
        ("Name,Mailbox,Address", []),
    ],
)
def test_the_column_that_calls_itself_addresses_is_likely(tmp_path: Path, columns: str, likely: list[str]) -> None:
    path = write_text(tmp_path / "a.csv", f"{columns}\n" + ",".join("x" for _ in columns.split(",")) + "\n")
    answers = {"file": str(path), "table": ""}
    assert [one.value for one in options("address_column", answers) if one.likely] == likely
    assert not any(one.likely for one in options("name_column", answers))


def test_an_open_document_gives_the_same_people(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "a.ods", [["Anna", "anna@example.com", 12.5, DAY], ["", "", "", ""], BERT], NAMES)
    assert read_rows(path, "", tmp_path) == (NAMES, [(2, ANNA), (4, BERT)])


def test_a_sheet_that_is_not_there_and_a_file_that_is_no_list_are_sentences(tmp_path: Path) -> None:
    path = write_ods(tmp_path / "a.ods", [BERT], NAMES)
    with pytest.raises(UserError, match="no sheet"):
        read_rows(path, "Nowhere", tmp_path)
    with pytest.raises(UserError, match="is not a list"):
        read_rows(write_sqlite(tmp_path / "a.db"), "", tmp_path)
    unclosed = write_text(tmp_path / "b.csv", 'Name,Mail\nAnna,anna@example.com\nBert,"bert@example.com\nCara,c\n')
    with pytest.raises(UserError, match="quotation mark"):
        read_rows(unclosed, "", tmp_path)


def test_columns_are_offered_as_placeholders_that_a_letter_takes(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "First Name,E-Mail,,if\nAnna,a@example.com,x,y\n")
    for field in ("subject", "text"):
        offered = options(field, {"file": str(path), "table": ""})
        assert [(one.value, one.label) for one in offered][:2] == [("first_name", "First Name"), ("e_mail", "E-Mail")]
        assert offered[3].value == "if_"


def test_a_list_that_was_changed_is_looked_at_anew(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "Mail\na@example.com\n")
    answers = {"file": str(path), "table": ""}
    assert [one.value for one in options("address_column", answers)] == ["Mail"]
    write_text(path, "Mail,City\na@example.com,Bonn\n")
    assert [one.value for one in options("address_column", answers)] == ["Mail", "City"]

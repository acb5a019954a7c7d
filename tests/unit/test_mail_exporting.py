"""The ledger as a file: every line, in a form that no spreadsheet misreads."""

import csv
from pathlib import Path

import openpyxl
import pytest

from backend.core.errors import UserError
from backend.lib.mail.addresses import parse
from backend.lib.mail.exporting import COLUMNS, export
from backend.lib.mail.ledger import Ledger
from backend.lib.mail.ledger_file import LedgerView, Recipient


@pytest.fixture
def view(tmp_path: Path) -> LedgerView:
    """Two recipients, of whom the first was refused with words that look like a formula."""
    with Ledger(tmp_path / "l") as ledger:
        ledger.prepare([Recipient(2, parse("a@example.com"), "=1+1"), Recipient(3, parse("b@example.com"))], "e.com")
        (one,) = ledger.claim(1)
        ledger.record(one, "refused", "+550 no")
        return ledger.view


def test_a_csv_file_has_every_line_and_no_formula(view: LedgerView, tmp_path: Path) -> None:
    assert export(view, tmp_path / "out.csv") == 2
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        head, first, second = csv.reader(file)
    assert tuple(head) == COLUMNS
    assert first[:5] == ["2", "a@example.com", "'=1+1", "refused", "1"]
    assert first[6] == "'+550 no"
    assert second[3:6] == ["waiting", "0", ""]


def test_an_excel_file_has_the_same_lines_as_texts_and_numbers(view: LedgerView, tmp_path: Path) -> None:
    assert export(view, tmp_path / "out.xlsx") == 2
    book = openpyxl.load_workbook(tmp_path / "out.xlsx")
    head, first, second = book["Letters"].iter_rows(values_only=True)
    assert head == COLUMNS
    assert first[:5] == (2, "a@example.com", "=1+1", "refused", 1)
    assert book["Letters"]["C2"].data_type == "s"
    assert second[3:5] == ("waiting", 0)
    book.close()


def test_only_what_a_filter_shows_is_written(view: LedgerView, tmp_path: Path) -> None:
    assert export(view, tmp_path / "out.csv", states=["refused"]) == 1
    assert export(view, tmp_path / "out.csv", search="b@") == 1
    assert "b@example.com" in (tmp_path / "out.csv").read_text("utf-8")


def test_a_file_that_cannot_be_written_is_told_and_nothing_is_left(view: LedgerView, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        export(view, tmp_path / "nowhere" / "out.csv")
    with pytest.raises(UserError, match="neither CSV nor Excel"):
        export(view, tmp_path / "out.pdf")
    (tmp_path / "out.csv").mkdir()
    with pytest.raises(UserError, match="cannot be written"):
        export(view, tmp_path / "out.csv")
    assert not list(tmp_path.glob(".out*"))

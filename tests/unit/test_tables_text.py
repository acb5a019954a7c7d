"""Text tables: what encoding, separator, header and kinds of columns they are found to have."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.core.errors import UserError
from backend.lib.tables.profile import profile
from backend.lib.tables.textstyle import text_style
from tests.helpers.table_files import ROWS, csv_text, many_rows, write_text


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
        ("gbk", "gb18030"),
    ],
)
def test_an_encoding_is_found_and_chinese_comes_through(tmp_path: Path, encoding: str, found: str) -> None:
    rows = [(number, "华东地区", "上海市浦东新区", 12.5) for number in range(40)]
    text = csv_text(rows, ("编号", "地区", "城市", "金额"))
    style = text_style(write_text(tmp_path / "a.csv", text, encoding))
    assert style.encoding == found
    assert [column.name for column in style.columns] == ["编号", "地区", "城市", "金额"]
    assert style.columns[3].kind == "number"


def test_latin_accents_are_not_taken_for_chinese(tmp_path: Path) -> None:
    rows = [(name, "Köln", 5) for name in ("Jürgen Müller", "Zoë Brontë", "François Lefèvre", "Søren Åkesson") * 10]
    style = text_style(write_text(tmp_path / "a.csv", csv_text(rows, ("Name", "City", "N")), "cp1252"))
    assert "Köln".encode("cp1252").decode(style.encoding) == "Köln"
    assert not style.sure


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_a_separator_is_found_even_when_cells_hold_others(tmp_path: Path, separator: str) -> None:
    rows = [(f'"{number}; a, b | c"', "x", number) for number in range(30)]
    style = text_style(write_text(tmp_path / "a.csv", csv_text(rows, ("Note", "Mark", "N"), separator)))
    assert style.separator == separator
    assert [column.name for column in style.columns] == ["Note", "Mark", "N"]


def test_titles_above_the_header_are_passed_over(tmp_path: Path) -> None:
    style = text_style(write_text(tmp_path / "a.csv", "Orders of the year\n\n" + csv_text()))
    assert style.skip == 2
    assert style.columns[0].name == "Order"


def test_a_table_without_header_keeps_its_first_row(tmp_path: Path) -> None:
    style = text_style(write_text(tmp_path / "a.csv", "1,2.5,North\n2,3.5,South\n"))
    assert not style.has_header
    assert [column.name for column in style.columns] == ["Column 1", "Column 2", "Column 3"]


def test_names_that_are_empty_or_twice_are_made_different(tmp_path: Path) -> None:
    style = text_style(write_text(tmp_path / "a.csv", "Amount,,Amount\na,b,c\n"))
    assert [column.name for column in style.columns] == ["Amount", "Column 2", "Amount (2)"]


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["00123", "00124"], "text"),
        (["123", "00124"], "text"),
        (["110101199003074258", "110101199003074259"], "text"),
        (["+49 30 1234", "+49 30 99"], "text"),
        (["12", "-7", "0"], "whole"),
        (["1.5", "2", "-3.25e3"], "number"),
        (["1,234.50", "999", "12,000"], "number"),
        (["1.234,50", "999,00", "12,5"], "number"),
        (["€ 12.50", "€ 1,000.00"], "number"),
        (["2026-03-01", "2026-12-31"], "date"),
        (["31.12.2026", "01.02.2026"], "date"),
        (["12/31/2026", "01/02/2026"], "date"),
        (["2026年3月1日", "2026年12月31日"], "date"),
        (["2026-03-01 10:20", "2026-03-02 23:59"], "datetime"),
        (["10:20", "23:59"], "time"),
        (["2026-13-01", "2026-02-30"], "text"),
        (["true", "FALSE"], "yes-no"),
        (["A1", "B2"], "text"),
        (["N/A", "-"], "text"),
        (["12", "N/A", "13"], "whole"),
        (["12", "pending", "13"], "text"),
    ],
)
def test_what_a_column_holds(cells: list[str], kind: str) -> None:
    assert profile("x", cells).kind == kind


def test_a_comma_in_a_file_of_semicolons_is_a_decimal_mark() -> None:
    assert profile("x", ["1,250", "2,500"], continental=True).reading.decimal == ","
    assert profile("x", ["1,250", "2,500"]).reading.group == ","


def test_days_and_months_that_could_be_swapped_are_noted(tmp_path: Path) -> None:
    text = "When,N\n01/02/2026,1\n03/04/2026,2\n"
    assert text_style(write_text(tmp_path / "a.csv", text)).ambiguous == ("When",)
    clear = "When,N\n01/02/2026,1\n23/04/2026,2\n"
    assert text_style(write_text(tmp_path / "b.csv", clear)).ambiguous == ()


def test_an_identifier_late_in_a_large_file_is_seen(tmp_path: Path) -> None:
    rows = [(str(number), *ROWS[0][1:]) for number in range(30_000)] + many_rows(3000)
    style = text_style(write_text(tmp_path / "a.csv", csv_text(rows)))
    assert style.columns[0].kind == "text"


@given(st.lists(st.text(max_size=12), min_size=1, max_size=30))
def test_the_profile_never_harms_an_identifier(cells: list[str]) -> None:
    column = profile("x", cells)
    identifiers = [cell for cell in cells if cell.strip().isascii() and cell.strip().isdigit() and cell.strip() != "0"]
    if any(cell.strip().startswith("0") or len(cell.strip()) > 15 for cell in identifiers):
        assert column.kind not in ("whole", "number")


@given(st.lists(st.integers(-(10**14), 10**14), min_size=1, max_size=30))
def test_whole_numbers_are_always_known_as_such(numbers: list[int]) -> None:
    assert profile("x", [str(number) for number in numbers]).kind == "whole"


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(data=st.binary(min_size=1, max_size=400))
def test_any_bytes_give_a_style_or_a_sentence(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "fuzz.csv"
    path.write_bytes(data)
    refused: UserError | None = None
    columns: list[str] = []
    try:
        columns = [column.name for column in text_style(path).columns]
    except UserError as error:
        refused = error
    assert columns or (refused is not None and refused.fields["file"])
    assert len(set(columns)) == len(columns)

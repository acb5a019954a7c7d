"""Reading and working out: every format, dirty cells, filters, groups, totals, order."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from backend.core.errors import UserError
from backend.lib.tables.plan import Filter, Plan, Sort, Total
from backend.lib.tables.query import Result, compute
from backend.lib.tables.source import Source, Where, tables_in
from tests.helpers.table_files import (
    NAMES,
    ROWS,
    csv_text,
    many_rows,
    write_ods,
    write_sqlite,
    write_text,
    write_xlsx,
)


def result_of(path: Path, plan: Plan = Plan(), **where: str) -> Result:
    """The plan worked out over the file."""
    return compute(plan, Source(Where(path, **where), path.parent))


def made(tmp_path: Path, kind: str) -> Path:
    """The rows of `ROWS` as a file of that kind."""
    path = tmp_path / f"orders.{kind}"
    if kind == "xlsx":
        return write_xlsx(path)
    if kind == "ods":
        return write_ods(path)
    if kind == "sqlite":
        return write_sqlite(path)
    if kind == "parquet":
        import polars as pl

        pl.DataFrame(ROWS, schema=list(NAMES), orient="row").write_parquet(path)
        return path
    return write_text(path, csv_text(separator="\t" if kind == "tsv" else ","))


@pytest.mark.parametrize("kind", ["csv", "tsv", "xlsx", "ods", "parquet", "sqlite"])
def test_every_format_gives_the_same_rows(tmp_path: Path, kind: str) -> None:
    result = result_of(made(tmp_path, kind))
    assert result.frame.columns == list(NAMES)
    assert [column.kind for column in result.columns] == ["text", "text", "date", "whole", "number", "text"]
    assert result.frame.rows() == ROWS


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "gbk"])
def test_any_encoding_gives_the_same_rows(tmp_path: Path, encoding: str) -> None:
    rows = [("0017", "华东", 5.25), ("0018", "华南", 7.5)] * 20
    path = write_text(tmp_path / "a.csv", csv_text(rows, ("编号", "地区", "金额")), encoding)
    assert result_of(path).frame.rows() == rows


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_any_line_end_gives_the_same_rows(tmp_path: Path, line_end: str) -> None:
    path = write_text(tmp_path / "a.csv", csv_text().replace("\n", line_end))
    assert result_of(path).frame.rows() == ROWS


def test_empty_lines_are_no_rows(tmp_path: Path) -> None:
    lines = csv_text().splitlines(keepends=True)
    path = write_text(tmp_path / "a.csv", "".join([*lines[:3], "\n", *lines[3:], "\n\n"]))
    assert result_of(path).rows == len(ROWS)
    assert result_of(path, Plan(group_by=("Region",))).rows == len(ROWS)


def test_spaces_around_the_names_of_groups_do_not_part_them(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "Region,Amount\nNorth,1\n North,2\nNorth ,3\n  ,4\n,5\n")
    result = result_of(path, Plan(group_by=("Region",)))
    assert result.frame.rows() == [("North", 3, 6), ("(empty)", 2, 9)]


def test_late_text_in_a_column_of_numbers_is_left_empty_and_counted(tmp_path: Path) -> None:
    rows = [(number, "North", number * 1.5) for number in range(20_000)]
    rows[15_000:15_000] = [(1, "North", "N/A"), (2, "South", "to follow"), (3, "South", "N/A")]  # type: ignore[list-item]
    path = write_text(tmp_path / "a.csv", csv_text(rows, ("N", "Region", "Amount")))
    for plan in (Plan(), Plan(group_by=("Region",), totals=(Total("Amount", "sum"),))):
        result = result_of(path, plan)
        assert [(bad.column, bad.cells, set(bad.examples)) for bad in result.bad] == [
            ("Amount", 3, {"N/A", "to follow"})
        ]
        assert result.rows == 20_003
        assert result.total("Sum of Amount") == pytest.approx(sum(number * 1.5 for number in range(20_000)))


def test_rows_that_are_too_long_are_cut_and_counted(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "a,b\n1,2\n3,4,extra\n5\n")
    source = Source(Where(path), tmp_path)
    result = compute(Plan(), source)
    assert result.frame.rows() == [(1, 2), (3, 4), (5, None)]
    assert any("1 rows have more cells" in warning for warning in source.warnings())


def test_a_quotation_mark_that_is_never_closed_is_said(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", 'a,b\n1,2\n"x,3\ny,4\n')
    with pytest.raises(UserError, match="damaged") as caught:
        result_of(path)
    assert "never closed" in caught.value.message


def test_inch_marks_do_no_harm(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", 'Part,N\n5" pipe,1\n6" pipe,2\n')
    assert result_of(path).frame.rows() == [('5" pipe', 1), ('6" pipe', 2)]


def test_continental_numbers_and_dates_are_values(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", "Tag;Betrag\n31.12.2026;1.234,50\n01.02.2026;-7,25\n")
    assert result_of(path).frame.rows() == [(date(2026, 12, 31), 1234.5), (date(2026, 2, 1), -7.25)]


def test_numbers_among_texts_in_a_workbook_are_counted_as_bad_cells(tmp_path: Path) -> None:
    rows = [(f"A{number}", float(number)) for number in range(200)]
    rows[7] = ("A7", "to follow")  # type: ignore[assignment]
    result = result_of(write_xlsx(tmp_path / "a.xlsx", rows, ("Id", "Amount")))
    assert result.columns[1].kind == "whole"
    assert [(bad.column, bad.cells) for bad in result.bad] == [("Amount", 1)]


def test_titles_above_the_header_of_a_sheet_are_passed_over(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    sheet: Any = book.active
    for row in [["Orders of the year"], [], list(NAMES), *map(list, ROWS)]:
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    result = result_of(tmp_path / "a.xlsx")
    assert result.frame.columns == list(NAMES)
    assert result.rows == len(ROWS)


def test_a_sheet_is_chosen_by_name_and_a_wrong_name_is_said(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", Notes=[["x", "y"], [1, 2]])
    assert [name for name, _ in tables_in(path)] == ["Orders", "Notes"]
    assert result_of(path, table="Notes").frame.rows() == [(1, 2)]
    with pytest.raises(UserError) as caught:
        result_of(path, table="Note")
    assert "table" in caught.value.fields


def test_a_column_of_several_types_in_sqlite_loses_nothing(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "a.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE t (mixed, late)")
        rows = [(number, None) for number in range(3000)] + [("abc", "00123")]
        connection.executemany("INSERT INTO t VALUES (?, ?)", rows)
    connection.close()
    frame = result_of(path).frame
    assert frame["late"][-1] == "00123"
    assert frame.height == 3001


GROUPED = Plan(group_by=("Region",), totals=(Total("Amount", "sum"), Total("Quantity", "mean"), Total("Date", "max")))


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_groups_have_their_figures_and_so_has_the_whole(tmp_path: Path, kind: str) -> None:
    result = result_of(made(tmp_path, kind), GROUPED)
    assert result.frame.rows() == [
        ("East", 1, 99.99, 2.0, date(2026, 2, 28)),
        ("North", 2, 1510.5, 5.0, date(2026, 2, 3)),
        ("South", 2, 2581.0, 3.0, date(2026, 3, 1)),
    ]
    assert result.rows == 5
    assert [value for _, value in result.totals] == [4191.49, 3.6, date(2026, 3, 1)]


@pytest.mark.parametrize(("kind", "table"), [("sqlite", "orders"), ("parquet", ""), ("xlsx", ""), ("csv", "")])
@pytest.mark.parametrize(
    "plan",
    [
        GROUPED._replace(filters=(Filter("Quantity", "more", "2"),)),
        Plan(columns=("Customer", "Amount"), sort=(Sort("Region"), Sort("Order"))),
    ],
)
def test_columns_that_the_plan_does_not_need_may_be_left_unread(
    tmp_path: Path, kind: str, table: str, plan: Plan
) -> None:
    source = Source(Where(made(tmp_path, kind), table), tmp_path)
    narrow = compute(plan, source, narrow=True)
    assert narrow.frame.equals(compute(plan, source).frame)
    if kind in ("sqlite", "parquet"):
        assert {column.name for column in narrow.source_columns} == plan.named


def test_a_wrong_column_is_answered_with_all_that_there_are_even_when_few_are_read(tmp_path: Path) -> None:
    source = Source(Where(made(tmp_path, "sqlite"), "orders"), tmp_path)
    with pytest.raises(UserError) as unknown:
        compute(Plan(group_by=("Custmer",), totals=(Total("Amount", "sum"),)), source, narrow=True)
    assert "Customer" in unknown.value.hint
    with pytest.raises(UserError) as wordy:
        compute(Plan(group_by=("Customer",), totals=(Total("Region", "sum"),)), source, narrow=True)
    assert "'Quantity'" in wordy.value.hint


def test_a_sum_in_a_table_without_numbers_is_refused_with_what_can_be_done(tmp_path: Path) -> None:
    path = write_text(tmp_path / "names.csv", "Name,City\nZoë,Köln\nLi,北京\n")
    with pytest.raises(UserError) as caught:
        result_of(path, Plan(totals=(Total("City", "sum"),)))
    assert caught.value.hint == "Use 'Count' instead; the table has no column of numbers."


def test_dates_are_grouped_by_month_and_by_quarter(tmp_path: Path) -> None:
    path = made(tmp_path, "csv")
    months = result_of(path, Plan(group_by=("Date",), totals=(Total("Amount", "count"),)))
    assert months.frame["Date"].to_list() == ["2026-01", "2026-02", "2026-03"]
    quarters = result_of(path, Plan(group_by=("Date",), group_dates="quarter"))
    assert quarters.frame["Date"].to_list() == ["2026 Q1"]


@pytest.mark.parametrize(
    ("filters", "orders"),
    [
        ([Filter("Amount", "more", "100")], ["00017", "00019", "00021"]),
        ([Filter("Amount", "at_most", "99,99")], ["00018", "00020"]),
        ([Filter("Region", "is", "north")], ["00017", "00019"]),
        ([Filter("Region", "is_not", "north"), Filter("Quantity", "less", "5")], ["00018", "00020"]),
        ([Filter("Customer", "contains", "É")], ["00021"]),
        ([Filter("Date", "at_least", "2026-02-28")], ["00020", "00021"]),
        ([Filter("Date", "is", "5.1.2026")], ["00017"]),
        ([Filter("Order", "starts_with", "0002")], ["00020", "00021"]),
        ([Filter("Customer", "empty")], []),
    ],
)
def test_filters_keep_the_rows_that_are_meant(tmp_path: Path, filters: list[Filter], orders: list[str]) -> None:
    result = result_of(made(tmp_path, "csv"), Plan(filters=tuple(filters)))
    assert result.frame["Order"].to_list() == orders


def test_rows_are_sorted_by_columns_that_need_not_be_listed(tmp_path: Path) -> None:
    plan = Plan(columns=("Customer", "Order"), sort=(Sort("Region"), Sort("Amount", descending=True)))
    result = result_of(made(tmp_path, "csv"), plan)
    assert result.frame.columns == ["Customer", "Order"]
    assert result.frame["Order"].to_list() == ["00020", "00017", "00019", "00021", "00018"]


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (Plan(columns=("Order", "Nope")), "columns"),
        (Plan(group_by=("Nope",)), "group_by"),
        (Plan(filters=(Filter("Nope", "is", "x"),)), "filters.0.column"),
        (Plan(filters=(Filter("Amount", "more", "lots"),)), "filters.0.value"),
        (Plan(filters=(Filter("Amount", "more", "1"), Filter("Date", "less", "32.1.2026"))), "filters.1.value"),
        (Plan(filters=(Filter("Amount", "more", ""),)), "filters.0.value"),
        (Plan(totals=(Total("Region", "sum"),)), "totals.0.column"),
        (Plan(totals=(Total("Amount", "sum"), Total("Amont", "sum"))), "totals.1.column"),
        (Plan(sort=(Sort("Nope"),)), "sort.0.column"),
        (Plan(group_by=("Region",), sort=(Sort("Customer"),)), "sort.0.column"),
    ],
)
def test_a_wrong_answer_is_said_at_its_field(tmp_path: Path, plan: Plan, field: str) -> None:
    with pytest.raises(UserError) as caught:
        result_of(made(tmp_path, "csv"), plan)
    assert list(caught.value.fields) == [field]
    assert caught.value.hint


def test_progress_comes_while_a_large_file_is_read(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", csv_text(many_rows(200_000)))
    parts: list[float] = []
    source = Source(Where(path), tmp_path)
    result = compute(GROUPED._replace(filters=(Filter("Amount", "more", "100"),)), source, at=parts.append)
    assert result.rows == 120_000
    assert len(parts) >= 3
    assert parts == sorted(parts)
    assert parts[-1] == pytest.approx(1.0, abs=0.02)

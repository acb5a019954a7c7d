"""Charts: well-formed drawings that stay inside their frame, of points that were chosen right."""

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.documents.chartdata import ChartData, chart_data
from backend.lib.documents.charts import chart_svg, short, ticks
from backend.lib.tables.columns import Column
from backend.lib.tables.formats import Shape
from backend.lib.tables.plan import Plan, Total
from backend.lib.tables.query import Result, compute
from backend.lib.tables.source import Source, Where
from tests.helpers.table_files import csv_text, many_rows, write_text

SHAPE = Shape(Column("Amount", "number"), 2)
KINDS: list[Literal["bar", "line", "pie"]] = ["bar", "line", "pie"]


def drawn(kind: Literal["bar", "line", "pie"], labels: list[str], values: list[float]) -> ElementTree.Element:
    """The drawing, parsed."""
    data = ChartData(kind, "Title <&>", tuple(labels), tuple(values), "Region", "Sum of Amount", SHAPE)
    return ElementTree.fromstring(chart_svg(data))


@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30),
            st.floats(-1e12, 1e12, allow_nan=False),
        ),
        min_size=1,
        max_size=30,
    )
)
def test_bars_and_lines_of_any_values_stay_in_their_frame(points: list[tuple[str, float]]) -> None:
    for kind in ("bar", "line"):
        root = drawn(kind, [label for label, _ in points], [value for _, value in points])
        _, _, width, height = map(float, root.attrib["viewBox"].split())
        for element in root.iter("{http://www.w3.org/2000/svg}rect"):
            x, y, wide, high = (float(element.attrib[name]) for name in ("x", "y", "width", "height"))
            assert x >= -1
            assert y >= -1
            assert x + wide <= width + 1
            assert y + high <= height + 1
        for element in root.iter("{http://www.w3.org/2000/svg}polyline"):
            for x, y in (pair.split(",") for pair in element.attrib["points"].split()):
                assert -1 <= float(x) <= width + 1
                assert -1 <= float(y) <= height + 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_chart_says_its_labels(kind: Literal["bar", "line", "pie"]) -> None:
    texts = ["".join(element.itertext()) for element in drawn(kind, ["North", "华东", "<x>"], [3.0, 2.0, 1.0]).iter()]
    for label in ("North", "华东", "<x>", "Title <&>"):
        assert label in texts


@given(st.floats(-1e15, 1e15), st.floats(-1e15, 1e15))
def test_ticks_span_the_values_in_even_steps(one: float, other: float) -> None:
    low, high = min(one, other), max(one, other)
    marks = ticks(low, high)
    slack = 1e-6 * (marks[1] - marks[0])
    assert marks[0] <= low + slack
    assert marks[-1] >= high - slack
    assert 2 <= len(marks) <= 8


@pytest.mark.parametrize(
    ("value", "words"), [(0, "0"), (950, "950"), (1500, "1.5K"), (-2_000_000, "-2M"), (0.25, "0.25"), (3e9, "3B")]
)
def test_numbers_on_an_axis_are_short(value: float, words: str) -> None:
    assert short(value) == words


def result_of(tmp_path: Path, plan: Plan) -> Result:
    """The plan over some orders."""
    return compute(plan, Source(Where(write_text(tmp_path / "a.csv", csv_text(many_rows(200)))), tmp_path))


def test_groups_make_bars_and_months_a_line(tmp_path: Path) -> None:
    bars, _ = chart_data(result_of(tmp_path, Plan(group_by=("Region",))), "auto")
    assert bars is not None
    assert (bars.kind, bars.title, bars.labels) == ("bar", "Sum of Amount by Region", ("East", "North", "South"))
    line, _ = chart_data(result_of(tmp_path, Plan(group_by=("Date",))), "auto")
    assert line is not None
    assert (line.kind, line.labels) == ("line", ("2026-01", "2026-02", "2026-03"))


def test_listed_rows_are_compared_by_a_column_of_few_values(tmp_path: Path) -> None:
    chart, _ = chart_data(result_of(tmp_path, Plan()), "auto")
    assert chart is not None
    assert chart.label_name == "Region"
    assert chart.values == tuple(sorted(chart.values, reverse=True))


def test_a_pie_of_what_is_no_part_of_a_whole_becomes_bars_and_says_so(tmp_path: Path) -> None:
    result = result_of(tmp_path, Plan(group_by=("Region",), totals=(Total("Amount", "mean"),)))
    chart, why = chart_data(result, "pie")
    assert chart is not None
    assert chart.kind == "bar"
    assert "pie" in why


def test_many_groups_are_put_together_and_nothing_is_lost(tmp_path: Path) -> None:
    rows = [(f"G{number}", float(number)) for number in range(100)]
    path = write_text(tmp_path / "a.csv", csv_text(rows, ("Group", "Amount")))
    result = compute(Plan(group_by=("Group",)), Source(Where(path), tmp_path))
    for kind in ("bar", "pie"):
        chart, _ = chart_data(result, kind)
        assert chart is not None
        assert sum(chart.values) == pytest.approx(4950)
        assert re.fullmatch(r"Others \(\d+\)", chart.labels[-1])
        assert chart.note


def test_a_chart_that_cannot_be_drawn_is_said_only_when_it_was_asked_for(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", csv_text([(f"x{number}",) for number in range(50)], ("Name",)))
    result = compute(Plan(), Source(Where(path), tmp_path))
    assert chart_data(result, "auto") == (None, "")
    chart, why = chart_data(result, "bar")
    assert chart is None
    assert why.startswith("No chart")
    assert chart_data(result, "none") == (None, "")


def test_a_column_of_dates_makes_a_line_when_nothing_else_compares(tmp_path: Path) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(300)]
    frame = pl.DataFrame({"Day": days, "Name": [f"n{number}" for number in range(300)], "Amount": [2.0] * 300})
    frame.write_parquet(tmp_path / "a.parquet")
    chart, _ = chart_data(compute(Plan(), Source(Where(tmp_path / "a.parquet"), tmp_path)), "auto")
    assert chart is not None
    assert chart.kind == "line"
    assert chart.labels[0] == "2026-01"
    assert sum(chart.values) == pytest.approx(600)

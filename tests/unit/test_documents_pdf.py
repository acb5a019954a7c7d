"""PDF and web pages: every row stands there, in letters that can be read, on pages that count right."""

import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from backend.lib.documents.chartdata import ChartData
from backend.lib.documents.composing import day_in_words
from backend.lib.documents.content import Content, Figure, TableText
from backend.lib.documents.fonts import bold, missing_letters, regular
from backend.lib.documents.layout import PAD, PAGE, SIDE, lay_out
from backend.lib.documents.pdf import first_page, make_pdf
from backend.lib.documents.web import make_web
from backend.lib.tables.columns import Column
from backend.lib.tables.formats import Shape

NUMBER, TEXT = Shape(Column("Amount", "number"), 2), Shape(Column("Customer"))


def table(rows: int, *, totals: bool = True) -> TableText:
    """A table of a running number, a name in two scripts, and an amount."""
    columns = [
        [f"{number:06d}" for number in range(rows)],
        [("李雷 & Zoë" if number % 2 else "*Łukasz* #x $y") for number in range(rows)],
        [f"{number * 1.5:,.2f}" for number in range(rows)],
    ]
    return TableText((Shape(Column("Order")), TEXT, NUMBER), columns, ("Total", "", "1,234.50") if totals else ())


def content(body: TableText, chart: ChartData | None = None) -> Content:
    """A report with that table."""
    return Content(
        title="订单 & <Orders> of *2026*",
        subtitle="rows from orders.csv",
        made=day_in_words(date(2026, 11, 24)),
        conditions=["Amount is more than 100"],
        figures=[Figure("Rows", "1,204"), Figure("Sum of Amount", "98,765.40")],
        chart=chart,
        table=body,
        notes=["A note at the end."],
    )


def text_of(path: Path) -> list[str]:
    """The text of each page, by poppler."""
    done = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True, timeout=60)
    return done.stdout.decode().split("\f")[:-1]


def test_a_short_report_is_one_document_with_all_its_parts(tmp_path: Path) -> None:
    made = make_pdf(content(table(120)), tmp_path / "a.pdf", tmp_path)
    pages = text_of(tmp_path / "a.pdf")
    assert made.pages == len(pages) >= 3
    assert "订单 & <Orders> of *2026*" in pages[0]
    for words in ("24 November 2026", "Only rows where Amount is more than 100", "98,765.40", "A note at the end."):
        assert words in pages[0]
    assert all("Customer" in page and f"Page {place} of {len(pages)}" in page for place, page in enumerate(pages, 1))
    assert "Total" in pages[-1]
    assert re.findall(r"\b\d{6}\b", "".join(pages)) == [f"{number:06d}" for number in range(120)]
    assert "*Łukasz* #x $y" in pages[0].replace("\u00a0", " ")


def test_a_long_report_has_every_row_on_pages_that_count_right(tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    made = make_pdf(
        content(table(2500)), tmp_path / "a.pdf", tmp_path, at=lambda page, pages: steps.append((page, pages))
    )
    pages = text_of(tmp_path / "a.pdf")
    assert made.pages == len(pages) > 30
    assert all(f"Page {place} of {len(pages)}" in page for place, page in enumerate(pages, 1))
    assert all("Customer" in page for page in pages[1:])
    assert re.findall(r"^ *(\d{6})\b", "\n".join(pages), re.MULTILINE) == [f"{number:06d}" for number in range(2500)]
    assert "Total" in pages[-1]
    assert made.shortened == 0
    assert steps == sorted(steps)
    assert steps[-1] == (len(pages), len(pages))


def test_cells_of_a_long_table_stay_on_one_line_and_empty_ones_keep_theirs(tmp_path: Path) -> None:
    rows = 600
    names = [
        ("a very long name " * 12 if number % 3 == 0 else "" if number % 3 == 1 else "two\nlines")
        for number in range(rows)
    ]
    body = TableText((Shape(Column("Order")), TEXT), [[f"{number:06d}" for number in range(rows)], names])
    made = make_pdf(content(body), tmp_path / "a.pdf", tmp_path)
    text = "\n".join(text_of(tmp_path / "a.pdf"))
    assert made.shortened == 200
    lines = [line.split() for line in text.splitlines() if re.match(r" *\d{6}", line)]
    assert [line[0] for line in lines] == [f"{number:06d}" for number in range(rows)]
    assert [line[1:] for line in lines[1:3]] == [[], ["two", "lines"]]
    assert lines[0][-1].endswith("…")


def test_the_shipped_fonts_are_in_the_pdf_and_no_other(tmp_path: Path) -> None:
    make_pdf(content(table(30)), tmp_path / "a.pdf", tmp_path)
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        names = {str(font.BaseFont) for page in pdf.pages for font in page.Resources.Font.values()}  # type: ignore[union-attr]
    assert names
    assert all("NotoSans" in name for name in names)


def test_typst_never_reads_a_users_text_as_markup(tmp_path: Path) -> None:
    evil = '#panic("x") $x$ *b* _i_ @ref <label> \\ // /* ` = - + "'
    body = TableText((Shape(Column(evil)),), [[evil] * 3], (evil,))
    make_pdf(Content(evil, evil, evil, [evil], [Figure(evil, evil)], None, body, [evil]), tmp_path / "a.pdf", tmp_path)
    assert '#panic("x") $x$ *b*' in text_of(tmp_path / "a.pdf")[0]


def test_missing_letters_are_found_by_the_fonts_own_map() -> None:
    assert missing_letters(["Zoë 李雷 Łukasz €12 – «x»", "日本"]) == []
    assert missing_letters(["한국 ₹5", "😀 한"]) == ["국", "한", "😀"]


def test_widths_are_those_of_the_font() -> None:
    from fontTools.ttLib import TTFont

    from backend.lib.documents.fonts import BOLD, REGULAR, folder

    for font, names, letters in ((regular(), REGULAR, ("0AéŁ, …", "李华")), (bold(), BOLD, ("0AéŁ, …", "李华"))):
        for name, some in zip(names, letters, strict=True):
            known: Any = TTFont(folder() / name)
            cmap, metrics = known.getBestCmap(), known["hmtx"]
            for letter in some:
                assert font.width(letter) == pytest.approx(metrics[cmap[ord(letter)]][0] / known["head"].unitsPerEm)
    assert regular().fitted("Customer", 3.0).endswith("…")
    assert regular().width(regular().fitted("Customer of the year", 5.0)) <= 5.0


@pytest.mark.parametrize("count", [1, 3, 8, 14, 60])
def test_columns_fill_the_page_and_no_more(count: int) -> None:
    body = TableText([Shape(Column(f"Column {place}")) for place in range(count)], [["some words here"] * 5] * count)
    layout = lay_out(body)
    room = PAGE[1 if layout.across else 0] - 2 * SIDE
    assert sum(layout.widths) <= room + 1
    assert len(layout.widths) + layout.left_out == count
    assert all(width > 2 * PAD for width in layout.widths)
    assert layout.left_out == 0 or count == 60


def test_the_first_page_is_a_picture(tmp_path: Path) -> None:
    picture = first_page(content(table(50)), tmp_path, 60, with_table=True, more=3)
    assert picture.startswith(b"\x89PNG")
    assert int.from_bytes(picture[16:20], "big") == round(PAGE[0] * 60 / 72)


def test_a_web_page_needs_nothing_else_and_runs_nothing(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>"
    body = TableText((Shape(Column(evil)), NUMBER), [[evil, "李雷"], ["1.00", "2.00"]], ("Total", "3.00"))
    chart = ChartData("pie", evil, (evil, "b"), (1.0, 2.0), evil, "v", NUMBER)
    make_web(Content(evil, evil, "today", [evil], [Figure(evil, evil)], chart, body), tmp_path / "a.html")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 6 or page.count("&lt;script") >= 6
    assert not re.search(r'(src|href)="|@import|url\(', page)
    assert "<svg" in page
    assert page.count("<tr>") == 4

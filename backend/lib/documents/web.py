"""The report as one web page that needs nothing else: style and chart lie in the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from backend.lib.documents.charts import chart_svg
from backend.lib.documents.content import Content

BATCH = 2000
STYLE = """
:root { --ink: #22303c; --soft: #5b6b7a; --hair: #dde3e8; --accent: #1f5f8b; }
* { box-sizing: border-box; }
body { margin: 0; background: #fff; color: var(--ink);
  font: 15px/1.5 "Noto Sans", "Noto Sans SC", "Segoe UI", "PingFang SC", "Microsoft YaHei", system-ui, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 48px 32px 64px; }
h1 { margin: 0 0 4px; font-size: 30px; line-height: 1.25; color: var(--accent); }
.subtitle, .conditions, .note, footer { color: var(--soft); margin: 0; }
header { border-bottom: 2px solid var(--accent); padding-bottom: 16px; margin-bottom: 20px; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(180px, 1fr)); gap: 16px 24px;
  margin: 0 0 24px; }
.figures dt { color: var(--soft); font-size: 13px; }
.figures dd { margin: 0; font-size: 24px; font-weight: 700; }
figure { margin: 0 0 28px; }
figure svg { width: 100%; height: auto; }
figcaption { color: var(--soft); font-size: 13px; }
.table { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; vertical-align: bottom; border-bottom: 2px solid var(--accent); position: sticky; top: 0;
  background: #fff; }
th, td { padding: 6px 10px; }
td { border-bottom: 1px solid var(--hair); vertical-align: top; white-space: pre-line; }
.n { text-align: right; white-space: nowrap; }
tfoot td { font-weight: 700; border-top: 2px solid var(--accent); }
footer { margin-top: 28px; font-size: 13px; }
@media print { main { max-width: none; padding: 0; } th { position: static; } thead { display: table-header-group; }
  tr { break-inside: avoid; } }
"""


def make_web(content: Content, path: Path, *, at: Callable[[int, int], None] = lambda _row, _rows: None) -> None:
    """Writes the page to `path`; `at` hears which row of how many is done."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for piece in _page(content, at):
            file.write(piece)


def _cell(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;") + "</td>"


def _page(content: Content, at: Callable[[int, int], None]) -> Iterator[str]:
    table = content.table
    yield (
        f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(content.title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n"
        f'<header>\n<h1>{escape(content.title)}</h1>\n<p class="subtitle">{escape(content.subtitle)}</p>\n'
    )
    if content.conditions:
        yield f'<p class="conditions">Only rows where {escape(" and ".join(content.conditions))}</p>\n'
    yield "</header>\n"
    if content.figures:
        yield '<dl class="figures">\n'
        for figure in content.figures:
            yield f"<div><dt>{escape(figure.label)}</dt><dd>{escape(figure.value)}</dd></div>\n"
        yield "</dl>\n"
    if content.chart:
        note = f"<figcaption>{escape(content.chart.note)}</figcaption>" if content.chart.note else ""
        yield f"<figure>{chart_svg(content.chart, 960)}{note}</figure>\n"
    sides = ["n" if shape.align == "right" else "" for shape in table.shapes]
    opens = [f'<td class="{side}">' if side else "<td>" for side in sides]
    heads = [f'<th scope="col" class="{side}">' if side else '<th scope="col">' for side in sides]
    yield '<div class="table">\n<table>\n<thead><tr>'
    yield "".join(f"{head}{escape(name)}</th>" for head, name in zip(heads, table.names, strict=True))
    yield "</tr></thead>\n<tbody>\n"
    for start in range(0, table.rows, BATCH):
        batch = [
            [opening + _cell(text) for text in column[start : start + BATCH]]
            for opening, column in zip(opens, table.columns, strict=True)
        ]
        yield "".join(f"<tr>{''.join(row)}</tr>\n" for row in zip(*batch, strict=True))
        at(min(table.rows, start + BATCH), table.rows)
    yield "</tbody>\n"
    if table.totals:
        cells = "".join(f"{opening}{escape(text)}</td>" for opening, text in zip(opens, table.totals, strict=True))
        yield f"<tfoot><tr>{cells}</tr></tfoot>\n"
    yield "</table>\n</div>\n"
    for note in content.notes:
        yield f'<p class="note">{escape(note)}</p>\n'
    yield f"<footer>{escape(content.made)}</footer>\n</main>\n</body>\n</html>\n"

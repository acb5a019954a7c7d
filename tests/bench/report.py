"""The report job against bare scripts of the same engines: CPU seconds, each run in a process of its own.

The two sides of a figure run in turns, and the figure is the median of the ratios of neighbours: a machine that grows
slower for a while slows both. A first round, which finds nothing compiled and no file in memory, is not counted.

The bare script of a report makes the same page: it is given the template, the layout and the drawn chart, and has
the file's columns and types written into it. The job's figure holds all that it starts, the child process included.
"""

import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROUNDS, ROUNDS_OF_LONG_ONES = 7, 3
ROOT = Path(__file__).resolve().parents[2]
REGIONS = ["North", "South", "East", "West", "Centre", "华东", "华南", "Île-de-France"]

PRELUDE = """
import json, os, resource, sys, time
from pathlib import Path
sys.path.insert(0, {root!r})
here = Path({here!r})
def cpu():
    return sum(sum(resource.getrusage(who)[:2]) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
"""
JOB = """
from backend.jobtypes import job_type
from tests.helpers.own_context import OwnContext
kind = job_type('report')
from backend.jobtypes.report import run as _warm
params = kind.params(file=here / {file!r}, folder=here / 'out', group_by=['Region'], formats=['pdf'],
                     totals=[dict(column='Amount', function='sum')])
(here / 'out').mkdir(exist_ok=True)
import tempfile
began = cpu()
kind.run(params, OwnContext(Path(tempfile.mkdtemp(dir=here))))
print(cpu() - began)
"""
PREPARED = """
from datetime import date
from backend.lib.documents import pdf
from backend.lib.documents.chartdata import chart_data
from backend.lib.documents.composing import compose, table_text
from backend.lib.documents.template import TEMPLATE
from backend.lib.tables.formats import shapes
from backend.lib.tables.plan import Plan, Total
from backend.lib.tables.query import compute
from backend.lib.tables.source import Source, Where
plan = Plan(group_by=('Region',), totals=(Total('Amount', 'sum'),))
result = compute(plan, Source(Where(here / {file!r}), here))
made = shapes(result.frame, result.columns)
chart, _ = chart_data(result, 'auto')
content = compose(plan, result, table_text(result, made), chart, title='clean', file_name='x', sheet='',
    today=date.today())
(here / 'bare.json').write_text(json.dumps(pdf._front(content, pdf.lay_out(content.table), with_table=True)))
(here / 'bare.typ').write_text(TEMPLATE)
"""
BARE_CSV = """
import polars as pl, typst
frame = (pl.scan_csv(here / {file!r}, schema_overrides={{'Order': pl.String, 'Amount': pl.Float64}}).group_by('Region')
    .agg(pl.len(), pl.col('Amount').sum()).sort('Region').collect(engine='streaming'))
data = json.loads((here / 'bare.json').read_text())
data['cells'] = [[name, f'{{count:,}}', f'{{amount:,.2f}}'] for name, count, amount in frame.rows()]
fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[{fonts!r}])
typst.Compiler(here / 'bare.typ', root=here, font_paths=fonts).compile(
    output=here / 'bare.pdf', sys_inputs={{'data': json.dumps(data)}}, pdf_tags=False)
print(cpu())
"""
BARE_SCAN = """
import polars as pl
began = cpu()
pl.scan_csv(here / {file!r}, schema_overrides={{'Order': pl.String, 'Amount': pl.String}}).group_by('Region').agg(
    pl.len(), pl.col('Amount').cast(pl.Float64, strict=False).sum()).collect(engine='streaming')
print(cpu() - began)
"""
OUR_SCAN = """
import polars as pl
from backend.lib.tables.plan import Plan, Total
from backend.lib.tables.query import compute
from backend.lib.tables.source import Source, Where
began = cpu()
compute(Plan(group_by=('Region',), totals=(Total('Amount', 'sum'),)), Source(Where(here / {file!r}), here))
print(cpu() - began)
"""
WRITING = """
import polars as pl
from backend.lib.tables.columns import Column
from backend.lib.tables.convert import kind_of
from backend.lib.tables.formats import shapes
frame = pl.read_csv(here / {file!r}, n_rows=100_000, try_parse_dates=True, schema_overrides={{'Order': pl.String}})
columns = [Column(name, kind_of(dtype)) for name, dtype in frame.schema.items()]
import xlsxturbo, xlsxwriter, warnings
from backend.lib.tables.xlsx import write_xlsx
import backend.lib.tables.xlsx_turbo
warnings.simplefilter('ignore')
began = cpu()
{write}
print(cpu() - began)
"""
OURS = "write_xlsx(frame, shapes(frame, columns), None, here / 'ours.xlsx', engine='xlsxturbo')"
TURBO = """xlsxturbo.df_to_xlsx(frame, here / 'bare.xlsx', freeze_panes=True, autofilter=True, constant_memory=True,
    column_formats={'Amount': {'num_format': '#,##0.00'}, 'Date': {'num_format': 'yyyy-mm-dd'}})"""
WRITER = """
with xlsxwriter.Workbook(str(here / 'writer.xlsx'), {'constant_memory': True, 'strings_to_formulas': False,
        'strings_to_urls': False}) as book:
    sheet, day = book.add_worksheet(), book.add_format({'num_format': 'yyyy-mm-dd'})
    sheet.write_row(0, 0, frame.columns)
    for number, row in enumerate(frame.iter_rows(), 1):
        for place, value in enumerate(row):
            if hasattr(value, 'year'): sheet.write_datetime(number, place, value, day)
            else: sheet.write(number, place, value)
"""
BARE_READ = """
began = 0.0
import fastexcel, polars
frame = fastexcel.read_excel(here / 'data.xlsx').load_sheet(0).to_polars()
print(cpu())
"""
IN_PROCESS_READ = """
import fastexcel, polars
began = cpu()
fastexcel.read_excel(here / 'data.xlsx').load_sheet(0).to_polars()
print(cpu() - began)
"""
OUR_READ = """
import fastexcel, polars
from backend.lib.tables.source import Source, Where
began = cpu()
Source(Where(here / 'data.xlsx'), here).scan().lazy.collect()
print(cpu() - began)
"""
CHILD_READ = """
from backend.lib.tables.child import work
began = cpu()
work('columns', dict(file=str(here / 'data.xlsx'), table='', encoding='', separator='', scratch=str(here), whole=True),
     here / 'data.xlsx')
print(cpu() - began)
"""
DOCUMENT = """
import polars as pl, typst, pikepdf
from datetime import date
from backend.lib.documents.composing import compose, table_text
from backend.lib.documents.pdf import make_pdf
from backend.lib.tables.formats import shapes
from backend.lib.tables.plan import Plan
from backend.lib.tables.query import compute
from backend.lib.tables.source import Source, Where
result = compute(Plan(), Source(Where(here / {file!r}), here), rows=5000)
table = table_text(result, shapes(result.frame, result.columns))
content = compose(Plan(), result, table, None, title='Bench', file_name='x', sheet='', today=date(2026, 1, 1))
began = cpu()
{make}
print(cpu() - began)
"""
OUR_PDF = "make_pdf(content, here / 'ours.pdf', here)"
PLAIN_TYPST = """
source = here / 'plain.typ'
source.write_text('''#set page(flipped: true, margin: 50pt)
#set text(font: ("Noto Sans", "Noto Sans SC"), size: 8pt)
#let data = json(bytes(sys.inputs.data))
#table(columns: data.names.len(), table.header(..data.names), ..data.rows.flatten())''')
fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[{fonts!r}])
data = dict(names=table.names, rows=[list(row) for row in zip(*table.columns)])
typst.Compiler(source, root=here, font_paths=fonts).compile(
    output=here / 'plain.pdf', sys_inputs={{'data': json.dumps(data)}}, pdf_tags=False)
"""


def write_csv(path: Path, rows: int, dirty: bool) -> None:
    """Orders with 13 columns; dirty: one amount in five hundred is no number."""
    dice = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write("Order,Date,Region,City,Customer,Product,Category,Quantity,Unit price,Discount,Amount,Paid,Note\n")
        for number in range(rows):
            quantity, price = dice.randint(1, 40), round(dice.uniform(2, 900), 2)
            amount = (
                dice.choice(["N/A", "-", "pending"]) if dirty and number % 500 == 499 else f"{quantity * price:.2f}"
            )
            file.write(
                f"{number + 1:08d},2026-{number % 12 + 1:02d}-{number % 28 + 1:02d},{REGIONS[number % 8]},"
                f"City {number % 300},"
                f"Customer {number % 19997},Product {number % 900},Cat {number % 12},{quantity},{price},0.05,{amount},"
                f'{"true" if number % 3 else "false"},"note, {number % 977} of the order"\n'
            )


def prepare(here: Path, script: str) -> None:
    """Runs a script that makes what the measured ones need."""
    prelude = PRELUDE.format(root=str(ROOT), here=str(here))
    subprocess.run([sys.executable, "-c", prelude + script], check=True, capture_output=True, timeout=120, cwd=ROOT)


def ratio(here: Path, rounds: int, above: str, below: str) -> float:
    """The median over the rounds of what `above` takes, as a part of what `below` takes beside it."""
    _pair(here, above, below)
    took = [_pair(here, above, below) for _ in range(rounds)]
    print(f"CPU seconds: {', '.join(f'{one:.3f} / {other:.3f}' for one, other in took)}")
    return statistics.median(one / other for one, other in took)


def _pair(here: Path, above: str, below: str) -> tuple[float, float]:
    return _seconds(here, above), _seconds(here, below)


def _seconds(here: Path, script: str) -> float:
    prelude = PRELUDE.format(root=str(ROOT), here=str(here))
    done = subprocess.run(
        [sys.executable, "-c", prelude + script], capture_output=True, text=True, check=True, timeout=120, cwd=ROOT
    )
    return float(done.stdout.split()[-1])


def bench() -> Sequence[tuple[str, float, str, bool]]:
    """The ratios of CPU seconds. WeasyPrint is not among the project's packages, so that figure is left out."""
    fonts = str(ROOT / "resources" / "fonts")
    clean, dirty = "clean.csv", "dirty.csv"
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as folder:
        here = Path(folder)
        write_csv(here / clean, 1_000_000, dirty=False)
        write_csv(here / dirty, 1_000_000, dirty=True)
        for script in (
            PREPARED.format(file=clean),
            WRITING.format(file=clean, write=OURS.replace("ours.xlsx", "data.xlsx")),
        ):
            prepare(here, script)
        ours = WRITING.format(file=clean, write=OURS)
        few, many = ROUNDS_OF_LONG_ONES, ROUNDS
        most = [
            (
                "1,000,000-row CSV to grouped PDF / bare polars + Typst",
                ratio(here, many, JOB.format(file=clean), BARE_CSV.format(file=clean, fonts=fonts)),
                1.15,
            ),
            (
                "dirty CSV / bare scan",
                ratio(here, many, OUR_SCAN.format(file=dirty), BARE_SCAN.format(file=dirty)),
                2.2,
            ),
            (
                "XLSX of 100,000 rows / bare xlsxturbo",
                ratio(here, many, ours, WRITING.format(file=clean, write=TURBO)),
                1.1,
            ),
            ("XLSX reading / bare fastexcel, in one process", ratio(here, many, OUR_READ, IN_PROCESS_READ), 1.15),
            ("XLSX reading / bare fastexcel, with process start", ratio(here, many, CHILD_READ, BARE_READ), 1.15),
        ]
        least = [
            (
                "xlsxwriter constant memory / XLSX of 100,000 rows",
                ratio(here, few, WRITING.format(file=clean, write=WRITER), ours),
                4.5,
            ),
            (
                "plain Typst table / PDF of 5,000 rows",
                ratio(
                    here,
                    few,
                    DOCUMENT.format(file=clean, make=PLAIN_TYPST.format(fonts=fonts)),
                    DOCUMENT.format(file=clean, make=OUR_PDF),
                ),
                2.0,
            ),
        ]
    return [(name, found, f"<= {target}", found <= target) for name, found, target in most] + [
        (name, found, f">= {target}", found >= target) for name, found, target in least
    ]

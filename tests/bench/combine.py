"""The job for spreadsheets against a bare script of the same engine: CPU seconds, medians, each in its own process."""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.report import PRELUDE, ROOT

RUNS = 3
FILES, ROWS = 4, 250_000
JOB = """
from backend.jobtypes import job_type
from tests.helpers.own_context import OwnContext
import tempfile
kind = job_type('combine')
from backend.jobtypes.combine import run as _warm
(here / 'out').mkdir(exist_ok=True)
params = kind.params(files=sorted(here.glob('*.csv')), folder=here / 'out', name='all', format='csv',
    steps=[dict(do='trim'), dict(do='unique', column='Order'), dict(do='rename', column='Amount', name='Sum')])
began = cpu()
kind.run(params, OwnContext(Path(tempfile.mkdtemp(dir=here))))
print(cpu() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3)
"""
BARE = """
import polars as pl
text = pl.col(pl.String).str.strip_chars().str.replace_all(r'\\s{{2,}}|[^\\S ]', ' ')
frames = [pl.scan_csv(each, schema_overrides={{'Order': pl.String}}) for each in sorted(here.glob('*.csv'))]
frame = (pl.concat(frames).with_columns(pl.when(text != '').then(text)).unique(['Order'], keep='first',
    maintain_order=True).rename({{'Amount': 'Sum'}}).collect(engine='streaming'))
frame.write_csv(here / 'bare.out')
print(cpu(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3)
"""


def _measured(script: str, here: str) -> list[float]:
    program = (PRELUDE + script).format(root=str(ROOT), here=here)
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    return [float(word) for word in done.stdout.split()[-2:]]


def bench() -> list[tuple[str, float, str, bool]]:
    """How many times the CPU seconds and the memory of the bare script the job takes for 1,000,000 rows."""
    with tempfile.TemporaryDirectory(prefix="deskhand-bench-") as here:
        for file in range(FILES):
            rows = (
                f"{file * ROWS + number:07d},{'North' if number % 3 else ' South  East'},2026-{number % 12 + 1:02d}-15,"
                f"{number % 40},{number % 9973}.25,Customer {number % 5000}\n"
                for number in range(ROWS)
            )
            Path(here, f"{file}.csv").write_text("Order,Region,Date,Quantity,Amount,Customer\n" + "".join(rows))
        pairs = [(_measured(JOB, here), _measured(BARE, here)) for _ in range(RUNS)]
    time, memory = (
        statistics.median(own[place] for own, _ in pairs) / statistics.median(bare[place] for _, bare in pairs)
        for place in (0, 1)
    )
    return [
        ("combine 1 M rows, CPU against bare polars", time, "<= 1.3", time <= 1.3),
        ("combine 1 M rows, memory against bare polars", memory, "<= 2", memory <= 2),
    ]

"""Counts itself in a database of its own, at most once."""

import sqlite3
from contextlib import closing

from backend.jobtypes.contract import JobContext, JobType, Outcome
from tests.chaos.jobtypes.common import ChaosParams, rest
from tests.chaos.ledger import note


def run(params: ChaosParams, ctx: JobContext) -> Outcome:
    """Counts."""
    note(params.folder, params.key, "begin")
    rest(ctx, params.seconds)
    with closing(sqlite3.connect(params.folder / "counts.sqlite3", timeout=30)) as counts, counts:
        counts.execute("CREATE TABLE IF NOT EXISTS counted (key INTEGER UNIQUE)")
        counts.execute("INSERT OR IGNORE INTO counted VALUES (?)", (params.key,))
    note(params.folder, params.key, "end")
    return Outcome(summary="It was counted.")


JOB_TYPE = JobType(name="chaos-count", title="Count", summary="", icon="list", params=ChaosParams, run=run, hidden=True)

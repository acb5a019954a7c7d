"""What the record says, held against what the jobs themselves wrote and left."""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from backend.core.paths import DataPaths
from backend.store.record import Record
from backend.store.schema import attempts, jobs
from tests.chaos.jobtypes.five_steps import STEPS
from tests.chaos.ledger import Trace, traces


@dataclass
class Audit:
    """Keys of jobs; all lists are empty when every promise was kept."""

    jobs: int = 0
    again: int = 0
    lost: list[int] = field(default_factory=list[int])
    twice: list[int] = field(default_factory=list[int])
    stuck: list[int] = field(default_factory=list[int])
    failed: list[int] = field(default_factory=list[int])
    without_effect: list[int] = field(default_factory=list[int])
    orphans: list[str] = field(default_factory=list[str])

    @property
    def is_clean(self) -> bool:
        """Whether nothing was lost, doubled, stuck, failed, without its effect, or left behind."""
        return not (self.lost or self.twice or self.stuck or self.failed or self.without_effect or self.orphans)


def audit(data: Path, folder: Path, wanted: dict[int, str]) -> Audit:
    """Compares. `wanted` are the jobs that were accepted: key and kind."""
    record = Record(f"sqlite:///{DataPaths(data).record}")
    with record.read() as connection:
        rows = {row["params"]["key"]: row for row in connection.execute(sa.select(jobs)).mappings()}
        ran = Counter(connection.scalars(sa.select(attempts.c.job_id)))
        succeeded = Counter(connection.scalars(sa.select(attempts.c.job_id).where(attempts.c.outcome == "succeeded")))
        number = connection.scalar(sa.select(sa.func.count()).select_from(jobs)) or 0
    record.close()
    found = Audit(jobs=number, again=sum(tries - 1 for tries in ran.values()))
    by_key: dict[int, list[Trace]] = {key: [] for key in wanted}
    for trace in traces(folder):
        by_key[trace.key].append(trace)
    for key, kind in wanted.items():
        row = rows.get(key)
        if row is None:
            found.lost.append(key)
        elif row["state"] == "failed":
            found.failed.append(key)
        elif row["state"] != "succeeded":
            found.stuck.append(key)
        elif not _left_its_effect(folder, key, kind):
            found.without_effect.append(key)
        if row is not None:
            begun = sum(trace.what == "begin" for trace in by_key[key])
            if succeeded[row["id"]] > 1 or begun > ran[row["id"]] or _overlap(by_key[key]):
                found.twice.append(key)
    found.twice += [key for key, times in Counter(row["params"]["key"] for row in rows.values()).items() if times > 1]
    if number > len(rows):
        found.twice.append(-1)
    return found


def _left_its_effect(folder: Path, key: int, kind: str) -> bool:
    match kind:
        case "chaos-file":
            there = sorted(path.name for path in folder.glob(f"*file-{key}[. ]*"))
            return there == [f"file-{key}.txt"] and (folder / f"file-{key}.txt").read_text() == str(key)
        case "chaos-count":
            with closing(sqlite3.connect(folder / "counts.sqlite3")) as counts:
                return counts.execute("SELECT count(*) FROM counted WHERE key = ?", (key,)).fetchone() == (1,)
        case _:
            return all((folder / f"step-{key}-{step}").exists() for step in range(STEPS))


def _overlap(own: list[Trace]) -> bool:
    """Whether a run left a trace after another one had begun."""
    bearer = None
    for trace in own:
        if trace.what == "begin":
            bearer = trace.pid
        elif trace.pid != bearer:
            return True
    return False

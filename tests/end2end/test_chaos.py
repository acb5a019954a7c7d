"""A short storm of kills; `make chaos` blows the long one."""

from pathlib import Path

import pytest

from tests.chaos.storm import Storm, blow


# Each kill is followed by a start of its part, which takes its time when other tests run.
@pytest.mark.timeout(300)
def test_nothing_is_lost_doubled_or_left_behind_when_every_part_is_killed(tmp_path: Path) -> None:
    after = blow(Storm(jobs=40, kills=20, seed=11, patience=60), tmp_path)
    assert after.audit.is_clean, after.audit
    assert after.audit.jobs == 40
    assert sum(after.killed.values()) == 20
    assert all(after.killed.values()), after.killed


def test_without_recovery_the_same_audit_finds_what_is_lost(tmp_path: Path) -> None:
    # Only those that hold jobs: a storm so short might else find no worker, and so nothing to lose.
    workers = ("worker", "child")
    storm = Storm(jobs=16, kills=6, seed=7, patience=4, recovery=False, seconds=(0.3, 0.6), victims=workers)
    after = blow(storm, tmp_path)
    assert after.audit.stuck

"""Backups in the real queue: paused, stopped, cut off, and one after the other."""

import os
import random
import signal
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.helpers.restic_judge import PASSWORD, judge, judge_restores
from tests.helpers.running_host import RunningHost, running_host
from tests.helpers.trees import office_tree
from tests.helpers.waiting import until

SIZE = 400 << 20


@pytest.fixture(scope="module", name="source")
def source_tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Office files, and large ones that take some seconds to back up."""
    made = tmp_path_factory.mktemp("source")
    office_tree(made, 30)
    generator = random.Random(5)
    for number in range(8):
        (made / f"{number}.bin").write_bytes(generator.randbytes(SIZE // 8))
    return made


@pytest.fixture(name="host")
def own_host(tmp_path: Path) -> Generator[RunningHost]:
    """A host on a computer without a keyring: passwords live as long as it does."""
    with (
        patch.dict(os.environ, {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}),
        running_host(tmp_path / "data") as running,
    ):
        yield running


def account(host: RunningHost, folder: Path) -> int:
    """A backup under Accounts."""
    settings = {"folder": str(folder), "password": PASSWORD}
    answer = host.client.post("/accounts", json={"kind": "backup", "name": "Drive", "settings": settings})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def start(host: RunningHost, source: Path, backup: int) -> int:
    """Queues a backup of the source."""
    params = {"folders": [{"folder": str(source)}], "backup": backup, "sheet_folder": str(host.data)}
    answer = host.client.post("/jobs", json={"kind": "backup", "params": params})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def seen(host: RunningHost, job_id: int) -> dict[str, Any]:
    return host.client.get(f"/jobs/{job_id}").json()


def gets_to(host: RunningHost, job_id: int, place: Path, share: float) -> None:
    """Waits until a running backup has stored so much of its data."""

    def look() -> bool:
        job = seen(host, job_id)
        assert job["state"] in ("waiting", "dispatched", "running"), job
        return stored(place) >= SIZE * share

    until(look, 60)


def comes_to_rest(place: Path) -> None:
    """Waits until nothing is written for a second; what was on its way when the pause began still arrives."""
    last = [(-1, time.monotonic())]

    def look() -> bool:
        size = stored(place)
        if size != last[0][0]:
            last[0] = (size, time.monotonic())
        return time.monotonic() - last[0][1] > 1.0

    until(look, 20)


def stored(place: Path) -> int:
    return sum(path.stat().st_size for path in (place / "data").rglob("*") if path.is_file())


@pytest.mark.alone
@pytest.mark.timeout(180)
def test_a_backup_is_paused_goes_on_is_stopped_and_the_next_sends_nothing_again(
    host: RunningHost, source: Path, tmp_path: Path
) -> None:
    place = tmp_path / "drive"
    backup = account(host, place)
    first = start(host, source, backup)
    second = start(host, source, backup)
    gets_to(host, first, place, 0.15)
    assert seen(host, second)["state"] == "waiting", "one backup at a time"
    host.client.post(f"/jobs/{first}/pause")
    host.reaches(first, "paused")
    comes_to_rest(place)
    assert seen(host, second)["state"] == "waiting"
    host.client.post(f"/jobs/{first}/resume")
    host.reaches(first, "running")
    gets_to(host, first, place, 0.3)
    host.client.post(f"/jobs/{first}/stop")
    asked = time.monotonic()
    host.reaches(first, "stopped")
    assert time.monotonic() - asked < 1.0
    ended = until(
        lambda: job if (job := seen(host, second))["state"] in ("succeeded", "warned", "failed") else None, 90
    )
    assert ended["state"] == "succeeded", ended
    assert ended["progress"]["done"] == ended["progress"]["total"]
    assert stored(place) < SIZE * 1.06, "what the stopped one had stored is used"
    judge(place)
    judge_restores(place, source, tmp_path / "official")


@pytest.mark.timeout(180)
def test_a_backup_whose_process_is_killed_goes_on_by_itself(host: RunningHost, source: Path, tmp_path: Path) -> None:
    place = tmp_path / "drive"
    backup = account(host, place)
    job_id = start(host, source, backup)
    gets_to(host, job_id, place, 0.4)
    for process in host.children("worker"):
        os.kill(process.pid, signal.SIGKILL)
    ended = until(
        lambda: job if (job := seen(host, job_id))["state"] in ("succeeded", "warned", "failed") else None, 90
    )
    assert ended["state"] == "succeeded", ended
    assert len(ended["attempts"]) == 2
    assert stored(place) < SIZE * 1.06
    judge(place)
    verified = host.client.post("/jobs", json={"kind": "verify-backup", "params": {"backup": backup}}).json()["id"]
    assert host.reaches(verified, "succeeded", "warned", "failed")["summary"].startswith("1 version verified, all good")

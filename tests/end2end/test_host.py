"""The real host with its broker, worker and API, from outside."""

import asyncio
import json
import os
import signal
import sqlite3
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psutil
import pytest
import websockets

from tests.helpers.running_host import RunningHost, assert_runs_at_once, lives, running_host
from tests.helpers.waiting import until

DEADLINE = 20.0


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    with running_host(tmp_path_factory.mktemp("shared") / "data") as running:
        yield running


@pytest.fixture
def host(shared: RunningHost) -> Generator[RunningHost]:
    """A host for tests that leave it alive; handed on with an empty line."""
    yield shared
    shared.client.patch("/queue", json={"paused": False, "slots": 2})
    for job_id in shared.active():
        shared.client.post(f"/jobs/{job_id}/stop")
    until(lambda: not shared.active())


@pytest.fixture
def own_host(tmp_path: Path) -> Generator[RunningHost]:
    """A host to be ended, killed, or crippled."""
    with running_host(tmp_path / "data") as running:
        yield running


def test_a_job_goes_from_the_api_to_its_result_on_disk(host: RunningHost, tmp_path: Path) -> None:
    job_id = host.job(steps=5, folder=str(tmp_path))
    ended = host.reaches(job_id, "succeeded", "failed")
    assert ended["summary"] == "5 steps were done."
    assert ended["progress"]["done"] == 5
    assert [Path(file["path"]).read_text() for file in ended["artifacts"]] == ["5"]
    log = host.client.get(f"/jobs/{job_id}/log").json()
    assert [entry["message"] for entry in log["entries"]] == ["5 steps were done."]


def test_only_its_user_can_read_the_token_and_nothing_but_loopback_listens(host: RunningHost) -> None:
    run = host.data / "run"
    assert (run / "host.json").stat().st_mode & 0o777 == 0o600
    assert run.stat().st_mode & 0o777 == 0o700
    listening = [
        connection.laddr
        for process in [psutil.Process(host.process.pid), *host.children()]
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert {(address.ip, address.port) for address in listening} == {("127.0.0.1", host.said.port)}


def test_what_the_host_has_loaded_is_shared_with_its_parts_and_is_no_engine_of_theirs(host: RunningHost) -> None:
    process = psutil.Process(host.process.pid)
    memory = process.memory_full_info()
    assert memory.uss < memory.rss / 2, f"{memory.uss} of {memory.rss} bytes are the host's own"
    packages = {name for part in process.memory_maps() for name in Path(part.path).parts}
    assert "psutil" in packages
    assert packages.isdisjoint({"polars", "_polars_runtime_32", "typst", "cryptography", "PySide6"})


def test_what_every_child_of_the_worker_needs_is_shared_with_its_parent(host: RunningHost) -> None:
    parent, *_ = host.children("backend worker")
    children = [child for child in host.children("backend worker") if child.ppid() == parent.pid]
    for child in children:
        memory = child.memory_full_info()
        assert memory.uss < memory.rss / 2, f"{memory.uss} of {memory.rss} bytes are the child's own"
        assert not any("_cffi_backend" in part.path for part in child.memory_maps()), "a parser of C was loaded"
    assert len(children) >= 3


def test_a_second_host_for_the_same_data_says_who_holds_it(host: RunningHost) -> None:
    second = host.start()
    _, words = second.communicate(timeout=15)
    assert second.returncode == 3
    assert f"process {host.process.pid}" in words


def test_told_to_end_it_leaves_nothing_behind(own_host: RunningHost) -> None:
    children = own_host.children()
    assert len(children) >= 4
    own_host.process.terminate()
    own_host.process.wait(15)
    assert own_host.process.returncode == 0
    assert [child.pid for child in children if lives(child)] == []
    assert not (own_host.data / "run" / "host.json").exists()


@pytest.mark.alone
def test_killed_it_leaves_nothing_behind_and_its_jobs_go_on_with_the_next(
    own_host: RunningHost, tmp_path: Path
) -> None:
    job_id = own_host.job(steps=300, pause=0.01)
    own_host.reaches(job_id, "running")
    children = own_host.children()
    own_host.process.kill()
    own_host.process.wait(15)
    until(lambda: not any(lives(child) for child in children), 2.0)
    (own_host.data / "run" / "host.json").unlink()
    with running_host(own_host.data) as successor:
        ended = successor.reaches(job_id, "succeeded", "failed")
        assert [attempt["outcome"] for attempt in ended["attempts"]] == ["interrupted", "succeeded"]


@pytest.mark.parametrize("role", ["backend worker", "valkey-server", "backend api"])
def test_what_dies_is_started_again_and_the_job_is_done_once(own_host: RunningHost, role: str) -> None:
    job_id = own_host.job(steps=50, pause=0.01)
    own_host.reaches(job_id, "running")
    os.kill(own_host.children(role)[0].pid, signal.SIGKILL)
    until(own_host.is_ready)
    ended = own_host.reaches(job_id, "succeeded", "failed")
    assert [attempt["outcome"] for attempt in ended["attempts"]].count("succeeded") == 1
    assert own_host.reaches(own_host.job(steps=1), "succeeded", "failed")["state"] == "succeeded"


@pytest.mark.alone
def test_a_running_job_stops_within_a_second(host: RunningHost) -> None:
    job_id = host.job(steps=1000, pause=0.05)
    host.reaches(job_id, "running")
    asked = time.monotonic()
    assert host.client.post(f"/jobs/{job_id}/stop").json()["wish"] == "stop"
    host.reaches(job_id, "stopped")
    assert time.monotonic() - asked < 1.0


def test_a_broker_that_dies_under_a_running_job_neither_stops_it_nor_holds_up_the_next(own_host: RunningHost) -> None:
    long = own_host.job(steps=10_000, pause=0.01)
    own_host.reaches(long, "running")
    os.kill(own_host.children("valkey-server")[0].pid, signal.SIGKILL)
    own_host.reaches(own_host.job(steps=1), "succeeded")
    assert own_host.client.get(f"/jobs/{long}").json()["state"] == "running"
    assert own_host.client.post(f"/jobs/{long}/stop").status_code == 200
    assert own_host.reaches(long, "stopped")["attempt"] == 1


def test_a_job_that_does_not_listen_is_ended_by_force_after_the_grace(host: RunningHost) -> None:
    job_id = host.job(steps=1000, pause=0.1, deaf=True)
    host.reaches(job_id, "running")
    workers = {child.pid for child in host.children("backend worker")}
    host.client.post(f"/jobs/{job_id}/stop")
    assert "by force" in host.reaches(job_id, "stopped")["summary"]
    until(lambda: workers - {child.pid for child in host.children("backend worker")})
    assert host.reaches(host.job(steps=1), "succeeded", "failed")["state"] == "succeeded"


def test_a_paused_job_rests_and_goes_on(host: RunningHost) -> None:
    job_id = host.job(steps=200, pause=0.01)
    host.reaches(job_id, "running")
    host.client.post(f"/jobs/{job_id}/pause")
    host.reaches(job_id, "paused")
    host.client.post(f"/jobs/{job_id}/resume")
    assert host.reaches(job_id, "succeeded", "failed")["progress"]["done"] == 200


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Authorization": "Bearer wrong"}, 401, "request.token"),
        ({"Host": "evil.example"}, 421, "request.host"),
        ({"Origin": "http://evil.example"}, 403, "request.origin"),
    ],
)
def test_strangers_are_turned_away(host: RunningHost, headers: dict[str, str], status: int, code: str) -> None:
    answer = host.client.get("/jobs", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["x-request-id"]
    assert answer.headers["server-timing"].startswith("app;dur=")


def test_the_list_is_paged_filtered_searched_and_sorted(host: RunningHost) -> None:
    host.client.patch("/queue", json={"paused": True})
    for name in ("pear", "apple", "fig"):
        host.client.post("/jobs", json={"kind": "steps", "params": {}, "name": name})
    names: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        asked = {"sort": "name", "order": "asc", "limit": 1, "state": "waiting"} | (
            {"cursor": cursor} if cursor else {}
        )
        page = host.client.get("/jobs", params=asked).json()
        assert page["total"] == 3
        names += [job["name"] for job in page["items"]]
        cursor = page["next_cursor"]
    assert names == ["apple", "fig", "pear"]
    assert host.client.get("/jobs", params={"search": "FI"}).json()["total"] == 1


async def test_the_stream_begins_with_a_snapshot_and_resumes_from_a_number(host: RunningHost) -> None:
    address = f"ws://127.0.0.1:{host.said.port}/api/v1/events"
    headers = {"Authorization": f"Bearer {host.said.token}"}
    async with websockets.connect(address, additional_headers=headers, compression=None) as stream:
        first = json.loads(await asyncio.wait_for(stream.recv(), DEADLINE))
        assert first["type"] == "snapshot"
        job_id = await asyncio.to_thread(lambda: host.job(steps=2))
        seen: list[dict[str, Any]] = []
        number = first["number"]

        def states() -> list[str]:
            """Those that the stream has told of this job; what else it tells may come between."""
            return [event["job"]["state"] for event in seen if event.get("job", {}).get("id") == job_id]

        while "succeeded" not in states():
            batch = json.loads(await asyncio.wait_for(stream.recv(), DEADLINE))
            seen += batch["events"]
            number = batch["number"]
        assert number == first["number"] + len(seen)
    again = f"{address}?epoch={first['epoch']}&since={first['number']}"
    async with websockets.connect(again, additional_headers=headers, compression=None) as stream:
        replay = json.loads(await asyncio.wait_for(stream.recv(), DEADLINE))
        assert replay["type"] == "batch"
        assert replay["events"][: len(seen)] == seen
        assert states()[0] in ("waiting", "dispatched")


def test_the_line_is_in_the_users_hands(host: RunningHost) -> None:
    host.client.patch("/queue", json={"paused": True})
    first, second, third = (host.job() for _ in range(3))
    host.client.post(f"/jobs/{third}/move", json={"where": "top"})
    host.client.post(f"/jobs/{first}/move", json={"where": "down"})
    host.client.patch(f"/jobs/{second}", json={"priority": "low"})
    waiting = host.client.get("/jobs", params={"state": "waiting"}).json()["items"]
    order = sorted(waiting, key=lambda job: (job["priority"] == "low", job["position"]))
    assert [job["id"] for job in order] == [third, first, second]


def test_more_slots_hold_without_a_restart(host: RunningHost) -> None:
    assert_runs_at_once(host, 4)


@pytest.mark.parametrize(("how", "outcome"), [("finish", "succeeded"), ("pause", "running"), ("stop", "stopped")])
def test_the_host_ends_in_the_way_that_was_asked_for(own_host: RunningHost, how: str, outcome: str) -> None:
    job_id = own_host.job(steps=60 if how == "finish" else 600, pause=0.02)
    own_host.reaches(job_id, "running")
    assert own_host.client.post("/host/stop", json={"how": how}).status_code == 202
    own_host.process.wait(20)
    assert own_host.process.returncode == 0
    with sqlite3.connect(own_host.data / "deskhand.sqlite3") as record:
        assert record.execute("SELECT state FROM jobs WHERE id = ?", (job_id,)).fetchone() == (outcome,)
    record.close()


def test_a_log_is_read_from_any_byte_on_in_whole_lines(host: RunningHost) -> None:
    job_id = host.job(steps=1, ending="warn")
    host.reaches(job_id, "warned")
    whole = host.client.get(f"/jobs/{job_id}/log").json()
    assert len(whole["entries"]) == 2
    first = host.client.get(f"/jobs/{job_id}/log", params={"limit": 1}).json()
    for after in range(whole["size"] + 2):
        part = host.client.get(f"/jobs/{job_id}/log", params={"after": after}).json()
        begun = 0 if after == 0 else 1 if after <= first["next"] else 2
        assert (part["entries"], part["next"]) == (whole["entries"][begun:], whole["size"])

"""A kind of job that is off until it is switched on: neither offered nor taken nor run, whoever asks."""

import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.helpers.running_host import RunningHost, running_host
from tests.helpers.waiting import until

KIND = "run-program"


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    """A host of these tests."""
    with running_host(tmp_path_factory.mktemp("host")) as running:
        yield running


def answers(text: str = "print('it ran')") -> dict[str, Any]:
    """Answers that run a Python program."""
    return {"program": sys.executable, "arguments": ["-c", text]}


def offered(host: RunningHost) -> bool:
    """Whether the window would show it."""
    return KIND in [kind["name"] for kind in host.client.get("/job-types").json()]


def switch(host: RunningHost, on: bool) -> dict[str, Any]:
    """What the switch in the settings does."""
    answer = host.client.put(f"/job-types/{KIND}/switch", json={"on": on})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_it_is_off_at_first_and_refused_everywhere(host: RunningHost) -> None:
    switch(host, False)
    assert not offered(host)
    (shown,) = host.client.get("/job-types/switches").json()
    assert (shown["name"], shown["on"]) == (KIND, False)
    assert shown["caution"]
    body = {"kind": KIND, "params": answers()}
    refused = [
        host.client.post("/jobs", json=body),
        host.client.post(f"/job-types/{KIND}/rehearsal", json={"params": answers()}),
        host.client.post("/jobs", json={**body, "hold": True}),
    ]
    saved = host.client.post("/saved-jobs", json={"name": "Mine", **body}).json()
    refused.append(host.client.post(f"/saved-jobs/{saved['id']}/run"))
    follow_up = {"name": "Then", "kind": "steps", "params": {"steps": 1}, "follow_ups": [body]}
    chained = host.client.post("/saved-jobs", json=follow_up).json()
    refused.append(host.client.post(f"/saved-jobs/{chained['id']}/run"))
    assert [(answer.status_code, answer.json()["code"]) for answer in refused] == [(409, "job_type.off")] * 5
    assert "Settings" in refused[0].json()["hint"]
    assert host.client.get("/jobs").json()["total"] == 0


def test_switched_on_it_is_offered_and_runs(host: RunningHost) -> None:
    assert switch(host, True)["on"]
    assert offered(host)
    seen = host.client.post(f"/job-types/{KIND}/rehearsal", json={"params": answers()}).json()
    assert "would be run" in seen["headline"]
    job = host.client.post("/jobs", json={"kind": KIND, "params": answers()}).json()["id"]
    host.reaches(job, "succeeded")
    log = host.client.get(f"/jobs/{job}/log").json()["entries"]
    assert "it ran" in [line["message"] for line in log]


def test_the_worker_refuses_what_was_queued_while_it_was_on(host: RunningHost) -> None:
    switch(host, True)
    job = host.client.post("/jobs", json={"kind": KIND, "params": answers(), "hold": True}).json()["id"]
    switch(host, False)
    host.client.post(f"/jobs/{job}/resume")
    needy = host.reaches(job, "needs_user", "succeeded", "failed")
    assert (needy["state"], needy["problem"]["code"]) == ("needs_user", "job_type.off")
    switch(host, True)
    host.client.post(f"/jobs/{job}/retry")
    host.reaches(job, "succeeded")


@pytest.mark.parametrize("patient", [True, False])
def test_a_stop_over_the_api_ends_the_program_also_by_force(host: RunningHost, tmp_path: Path, patient: bool) -> None:
    """Where the grace is shorter than the program's patience, the worker's process is ended by force."""
    switch(host, True)
    note = tmp_path / "pid"
    deaf = "" if patient else "signal.signal(signal.SIGTERM, signal.SIG_IGN); "
    apart = f"os.fork() or (os.setsid(), open({str(note)!r}, 'w').write(str(os.getpid()))); time.sleep(600)"
    text = f"import os, signal, time; {deaf}{apart}"
    job = host.client.post("/jobs", json={"kind": KIND, "params": answers(text)}).json()["id"]
    pid = int(until(lambda: note.exists() and note.read_text()) or 0)
    host.client.post(f"/jobs/{job}/stop")
    host.reaches(job, "stopped")
    until(lambda: not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)


def test_a_kind_without_a_switch_stays_on(host: RunningHost) -> None:
    answer = host.client.put("/job-types/report/switch", json={"on": False})
    assert (answer.status_code, answer.json()["code"]) == (409, "job_type.no_switch")
    assert host.client.put("/job-types/no-such/switch", json={"on": False}).status_code == 404

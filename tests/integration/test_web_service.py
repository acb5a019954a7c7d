"""Web services through the real API, queue and worker: an account is tried and used, a download rests and stops."""

import json
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.running_host import RunningHost, running_host
from tests.helpers.waiting import until
from tests.helpers.web_servers import Answer, Asked, WebServer, web_server

TOKEN = "tok-5ecret-77"


def guarded(asked: Asked) -> Answer:
    """Orders for who has the token."""
    if asked.headers.get("authorization") != f"Bearer {TOKEN}":
        return Answer(401, b"no", {"Content-Type": "text/plain"})
    return Answer(200, json.dumps([{"id": 1}, {"id": 2}]).encode(), {"Content-Type": "application/json"})


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    """A host on a computer without a keyring."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        with running_host(tmp_path_factory.mktemp("web") / "data") as running:
            yield running


@pytest.fixture
def server() -> Generator[WebServer]:
    """A service that wants the token."""
    with web_server(guarded) as running:
        yield running


def settings(server: WebServer, token: str = TOKEN, **more: Any) -> dict[str, Any]:
    """The settings of an account with the service."""
    return {"address": server.url, "login": "bearer", "token": token, "private": True, **more}


def tried(host: RunningHost, given: dict[str, Any]) -> dict[str, Any]:
    """What a test of an account says."""
    body = {"kind": "web", "settings": given, "account": None}
    return host.client.post("/accounts/test", json=body).json()


def made(host: RunningHost, given: dict[str, Any]) -> int:
    """The number of a new account."""
    answer = host.client.post("/accounts", json={"kind": "web", "name": "Shop", "settings": given})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def started(host: RunningHost, server: WebServer, folder: Path, **more: Any) -> int:
    """The number of a new job."""
    params = {"url": server.at("/orders"), "folder": str(folder), **more}
    answer = host.client.post("/jobs", json={"kind": "web-service", "params": params})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_an_account_is_tried_for_real(host: RunningHost, server: WebServer) -> None:
    assert tried(host, settings(server)) == {"message": "localhost answers (200) and does not refuse the login."}
    assert tried(host, settings(server, "wrong"))["fields"] == {"token": "Not accepted."}
    assert tried(host, settings(server, private=False))["fields"].keys() == {"private"}
    alone = {"address": server.url, "login": "none", "private": False}
    assert "Addresses of a local network" in tried(host, alone)["hint"]
    assert tried(host, alone)["fields"].keys() == {"address"}
    secret = {**settings(server, private=True), "login": "none", "token": None}
    server.reply = lambda _asked: Answer(404, b"")
    assert tried(host, secret) == {"message": "localhost answers (404)."}


def test_a_job_logs_in_with_the_account_and_its_token_is_nowhere_on_the_disk(
    host: RunningHost, server: WebServer, tmp_path: Path
) -> None:
    job = started(host, server, tmp_path, account=made(host, settings(server)), make="xlsx")
    ended = host.reaches(job, "succeeded", "failed", "needs_user")
    assert (ended["state"], ended["summary"]) == (
        "succeeded",
        "2 records from 1 answer of localhost became a table with 1 column.",
    )
    assert (tmp_path / "orders.xlsx").exists()
    assert [asked.path for asked in server.asked] == ["/orders"]
    written = b"".join(path.read_bytes() for path in host.data.rglob("*") if path.is_file())
    assert TOKEN.encode() not in written


def test_a_wrong_token_needs_the_user_and_the_right_one_goes_on(
    host: RunningHost, server: WebServer, tmp_path: Path
) -> None:
    account = made(host, settings(server, "outdated"))
    job = started(host, server, tmp_path, account=account)
    assert host.reaches(job, "needs_user", "succeeded", "failed")["problem"]["code"] == "web.login"
    changed = host.client.put(f"/accounts/{account}", json={"name": "Shop", "settings": settings(server)})
    assert changed.status_code == 200, changed.text
    host.client.post(f"/jobs/{job}/retry")
    assert host.reaches(job, "succeeded", "failed")["state"] == "succeeded"


def test_a_download_rests_goes_on_and_stops(host: RunningHost, server: WebServer, tmp_path: Path) -> None:
    silent, going = threading.Event(), threading.Event()

    def slow(asked: Asked) -> Answer:
        going.set()
        silent.wait(60)
        return guarded(asked)

    server.reply = slow
    account = made(host, settings(server))
    try:
        job = started(host, server, tmp_path, account=account, seconds=600)
        until(going.is_set)
        host.client.post(f"/jobs/{job}/pause")
        host.reaches(job, "paused")
        host.client.post(f"/jobs/{job}/resume")
        host.reaches(job, "running")
        host.client.post(f"/jobs/{job}/stop")
        host.reaches(job, "stopped")
    finally:
        silent.set()
    assert list(tmp_path.iterdir()) == []

"""Accounts over the real API, worker and broker, on a computer without a keyring."""

import json
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from backend.jobtypes import job_types
from tests.helpers.running_host import RunningHost, running_host

SECRET = "tr0ub4dor-and-3"
MASTER = "correct horse battery"
SETTINGS: dict[str, Any] = {"address": "anna@example.com", "host": "127.0.0.1", "port": 1}


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        with running_host(tmp_path_factory.mktemp("accounts") / "data") as running:
            yield running


def made(host: RunningHost, **more: Any) -> dict[str, Any]:
    answer = host.client.post(
        "/accounts", json={"kind": "mail", "name": "Office", "settings": {**SETTINGS, "password": SECRET}, **more}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


def tried(host: RunningHost, account: int | None, **settings: Any) -> dict[str, Any]:
    body = {"kind": "mail", "settings": {**SETTINGS, **settings}, "account": account}
    return host.client.post("/accounts/test", json=body).json()


def vault(host: RunningHost, how: str, password: str = "") -> dict[str, Any]:
    return host.client.post("/secret-places/vault", json={"how": how, "password": password}).json()


def written(host: RunningHost) -> bytes:
    """Everything below the data folder."""
    return b"".join(path.read_bytes() for path in host.data.rglob("*") if path.is_file())


def test_a_secret_goes_in_and_never_comes_out_nor_to_the_disk(host: RunningHost) -> None:
    account = made(host)
    assert account["secrets"] == {"password": "session"}
    assert account["settings"]["password"] is None
    assert SECRET not in json.dumps(host.client.get("/accounts").json())
    assert SECRET.encode() not in written(host)


def test_what_the_broker_holds_is_sealed(host: RunningHost) -> None:
    from redis import Redis

    from backend.core.paths import DataPaths

    made(host)
    with Redis(unix_socket_path=str(DataPaths(host.data).broker_socket)) as broker:
        kept = [broker.get(key) for key in broker.scan_iter("deskhand.session.*")]
    assert kept
    assert all(SECRET.encode() not in value for value in kept if isinstance(value, bytes))
    assert (host.data / "run" / "session.key").stat().st_mode & 0o777 == 0o600


def test_a_test_says_at_the_field_what_is_wrong(host: RunningHost) -> None:
    said = tried(host, None, password=SECRET)
    assert said["code"] == "mail.connect"
    assert "Nothing answers on 127.0.0.1 at port 1" in said["message"]
    assert said["fields"] == {"host": "Not reached."}


def test_answers_that_are_wrong_or_missing_are_said_by_field(host: RunningHost) -> None:
    wrong = {"address": "nobody", "host": "", "unsubscribe_url": "http://example.com"}
    answer = host.client.post("/accounts", json={"kind": "mail", "settings": wrong})
    assert answer.status_code == 422
    assert set(answer.json()["fields"]) == {"address", "host", "unsubscribe_url"}
    answer = host.client.post("/accounts", json={"kind": "mail", "settings": SETTINGS})
    assert answer.json()["fields"] == {"password": "Please fill this in."}


def test_a_change_without_a_secret_keeps_the_one_there_was(host: RunningHost) -> None:
    account = made(host)
    path = f"/accounts/{account['id']}"
    changed = host.client.put(path, json={"name": "Sales", "settings": {**SETTINGS, "name": "Anna"}}).json()
    assert (changed["name"], changed["settings"]["name"]) == ("Sales", "Anna")
    assert changed["secrets"] == {"password": "session"}
    assert host.client.delete(path).status_code == 204
    assert host.client.get(path).status_code == 404


def test_a_vault_opens_with_its_master_password_only(host: RunningHost) -> None:
    assert vault(host, "make", "short")["code"] == "vault.short"
    assert vault(host, "make", MASTER)["vault"] == "open"
    account = made(host, keep="vault")
    assert account["secrets"] == {"password": "vault"}
    assert vault(host, "close")["vault"] == "locked"
    assert vault(host, "open", MASTER.upper())["code"] == "vault.wrong_password"
    assert (
        host.client.post("/accounts", json={"kind": "mail", "settings": {**SETTINGS, "password": SECRET}}).json()[
            "code"
        ]
        == "vault.locked"
    )
    assert vault(host, "open", MASTER)["vault"] == "open"
    held = written(host)
    assert SECRET.encode() not in held
    assert MASTER.encode() not in held
    assert host.client.delete(f"/accounts/{account['id']}").status_code == 204
    assert set(json.loads((host.data / "vault.json").read_text("utf-8"))["entries"]) == {"deskhand"}


def test_the_program_offers_every_kind_that_a_job_uses_with_a_form_and_an_icon(host: RunningHost) -> None:
    root = Path(__file__).resolve().parents[2]
    kinds = host.client.get("/account-kinds").json()
    used = {
        name
        for job in job_types().values()
        if not job.hidden
        for field in job.params.model_json_schema()["properties"].values()
        for name in field.get("x-kinds", [])
    }
    assert {kind["name"] for kind in kinds} == used != set()
    for kind in kinds:
        assert (root / "resources" / "icons" / f"{kind['icon']}.svg").is_file()
        assert all(field["title"] and field["x-kind"] for field in kind["settings_schema"]["properties"].values())


def test_the_walk_over_kinds_of_accounts_loads_nothing_heavy() -> None:
    program = (
        "import sys; from backend.lib.accounts.kinds import account_kinds; account_kinds();"
        "print(*sorted(set(sys.modules) & {'cryptography', 'keyring', 'jinja2', 'polars', 'redis', 'truststore'}))"
    )
    import sys

    root = Path(__file__).resolve().parents[2]
    answer = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == ""

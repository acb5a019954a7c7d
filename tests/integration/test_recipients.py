"""The recipients of a mailing over the API, with a real ledger in the folder of a job that the record knows."""

from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from backend.core.paths import DataPaths
from backend.core.settings import Settings
from backend.lib.mail.ledger import Ledger
from backend.queue.dispatch import PAUSED
from backend.store.record import Record, set_option
from backend.store.schema import jobs
from tests.helpers.broker import TestBroker
from tests.helpers.mail_ledgers import ledger_place, note, people
from tests.helpers.running_api import running_api


@pytest.fixture
def api(record: Record, paths: DataPaths, broker: TestBroker) -> Generator[httpx.Client]:
    with record.write() as connection:
        set_option(connection, PAUSED, True)
    with running_api(Settings(data_dir=paths.root, broker_url=broker.redis_address), record) as client:
        yield client


def mailing(api: httpx.Client, paths: DataPaths) -> tuple[int, Path]:
    """A job, and where its ledger belongs."""
    job = api.post("jobs", json={"kind": "steps", "params": {"steps": 1}}).json()["id"]
    return job, ledger_place(paths, job)


def asked(api: httpx.Client, job: int, **query: Any) -> dict[str, Any]:
    answer = api.get(f"jobs/{job}/recipients", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_recipients_are_paged_filtered_and_searched_while_the_mailing_goes_on(
    api: httpx.Client, paths: DataPaths
) -> None:
    job, path = mailing(api, paths)
    assert api.get(f"jobs/{job}").json()["has_recipients"] is False
    with Ledger(path) as ledger:
        ledger.prepare(people(7), "example.com")
        note(ledger, ("sent", "250 ok"), ("refused", "550 100% not_here"), ("deferred", "450 later"), ("unknown", ""))
        assert api.get(f"jobs/{job}").json()["has_recipients"] is True
        page = asked(api, job, limit=3)
        counts = {state: count for state, count in page["counts"].items() if count}
        assert counts == {"sent": 1, "refused": 1, "deferred": 1, "unknown": 1, "waiting": 3}
        assert [(one["row"], one["state"]) for one in page["items"]] == [(2, "sent"), (3, "refused"), (4, "deferred")]
        assert (page["total"], page["items"][1]["words"]) == (7, "550 100% not_here")
        rest = asked(api, job, limit=5, cursor=page["next_cursor"])
        assert ([one["row"] for one in rest["items"]], rest["next_cursor"]) == ([5, 6, 7, 8], None)
        assert [one["row"] for one in asked(api, job, state=["waiting", "unknown"])["items"]] == [5, 6, 7, 8]
        found = asked(api, job, search="100%", state="refused")
        assert ([one["address"] for one in found["items"]], found["total"]) == (["p3@example.com"], 1)
        assert asked(api, job, search="n_t")["total"] == 0


def test_a_job_without_a_ledger_has_no_recipients(api: httpx.Client, paths: DataPaths) -> None:
    job, path = mailing(api, paths)
    answer = api.get(f"jobs/{job}/recipients")
    assert (answer.status_code, answer.json()["code"]) == (404, "recipients.none")
    assert not path.exists()


def test_twenty_thousand_recipients_are_read_page_by_page_without_one_being_left_out(
    api: httpx.Client, paths: DataPaths
) -> None:
    job, path = mailing(api, paths)
    with Ledger(path) as ledger:
        ledger.prepare(people(20_000), "example.com")
    rows: list[int] = []
    cursor: int | None = 0
    slowest = 0.0
    while cursor is not None:
        answer = api.get(f"jobs/{job}/recipients", params={"cursor": cursor, "limit": 1000, "count": False})
        slowest = max(slowest, answer.elapsed.total_seconds())
        page = answer.json()
        rows += [one["row"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert rows == list(range(2, 20_002))
    assert asked(api, job, search="p1999")["total"] == 11
    assert slowest < 2.0


def test_whoever_nobody_knows_about_is_settled_and_the_job_runs_again_only_for_those(
    api: httpx.Client, paths: DataPaths, record: Record
) -> None:
    job, path = mailing(api, paths)
    with Ledger(path) as ledger:
        ledger.prepare(people(4), "example.com")
        note(ledger, ("sent", "250 ok"), ("unknown", "lost"), ("unknown", "lost"), ("refused", "550 no"))
        busy = api.post(f"jobs/{job}/recipients/decision", json={"what": "sent"})
        assert (busy.status_code, busy.json()["code"]) == (409, "mail.running")
    with record.write() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id == job).values(state="warned"))
    first, second = [one["id"] for one in asked(api, job, state="unknown")["items"]]
    refused = asked(api, job, state="refused")["items"][0]["id"]
    taken = api.post(f"jobs/{job}/recipients/decision", json={"what": "sent", "ids": [first, refused]})
    assert taken.json() == {"count": 1}
    assert api.get(f"jobs/{job}").json()["state"] == "warned"
    assert api.post(f"jobs/{job}/recipients/decision", json={"what": "send_again"}).json() == {"count": 1}
    assert api.get(f"jobs/{job}").json()["state"] == "waiting"
    page = asked(api, job)
    assert [one["state"] for one in page["items"]] == ["sent", "sent", "waiting", "refused"]
    assert page["items"][2]["id"] == second
    assert api.post(f"jobs/{job}/recipients/decision", json={"what": "send_again"}).json() == {"count": 0}

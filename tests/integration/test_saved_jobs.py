"""Saved jobs and schedules over the API, on a real record and a real broker; the queue is paused: nothing runs."""

import json
import threading
import uuid
from collections.abc import Generator
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from websockets.sync.client import ClientConnection, connect

from backend.core.paths import DataPaths
from backend.core.settings import Settings
from backend.queue.dispatch import PAUSED
from backend.queue.saved import SavedJob
from backend.queue.schedules import needs
from backend.queue.schedules.needs import lacking, lacking_of
from backend.store import accounts
from backend.store.record import Record, set_option
from backend.store.schema import schedules
from tests.helpers.broker import TestBroker
from tests.helpers.running_api import TOKEN, running_api
from tests.helpers.waiting import until


@pytest.fixture
def api(record: Record, paths: DataPaths, broker: TestBroker) -> Generator[httpx.Client]:
    with record.write() as connection:
        set_option(connection, PAUSED, True)
    settings = Settings(data_dir=paths.root, broker_url=broker.redis_address)
    with running_api(settings, record) as client:
        yield client


def listening(api: httpx.Client) -> ClientConnection:
    place = str(api.base_url.copy_with(scheme="ws")) + "events"
    return connect(place, additional_headers={"Authorization": f"Bearer {TOKEN}"}, compression=None)


def saved(api: httpx.Client, name: str = "Month end", **more: Any) -> dict[str, Any]:
    answer = api.post("saved-jobs", json={"name": name, "kind": "steps", "params": {"steps": 3}, **more})
    assert answer.status_code == 201, answer.text
    return answer.json()


DAILY = {"repeat": "days", "at": "18:00", "starts_on": "2026-01-01"}


def test_a_form_kept_under_a_name_is_run_with_one_call(api: httpx.Client) -> None:
    number = saved(api, priority="high")["id"]
    (job,) = api.post(f"saved-jobs/{number}/run").json()
    assert (job["name"], job["kind"], job["priority"], job["state"]) == ("Month end", "steps", "high", "waiting")
    assert api.get(f"jobs/{job['id']}").json()["params"]["steps"] == 3


def test_what_follows_waits_for_the_one_before_and_takes_its_files(api: httpx.Client, tmp_path: Path) -> None:
    kind, field = "report", "file"
    answers = {field: {"from_step": 0, "files": "*.csv"}, "folder": str(tmp_path)}
    made = saved(api, follow_ups=[{"kind": kind, "params": answers, "name": "Then"}])
    first, then = api.post(f"saved-jobs/{made['id']}/run").json()
    assert (then["state"], then["waits_for"], then["name"]) == ("blocked", [first["id"]], "Then")
    assert api.get(f"jobs/{then['id']}").json()["params"][field] == {"from_job": first["id"], "files": "*.csv"}


def test_a_job_is_queued_with_what_follows_it_once_however_often_it_is_sent(api: httpx.Client, tmp_path: Path) -> None:
    report = {"file": {"from_step": 0, "files": "*.csv"}, "folder": str(tmp_path)}
    follow_ups = [{"kind": "report", "params": report}, {"kind": "steps", "params": {}, "when": "ended"}]
    body = {"kind": "steps", "params": {}, "priority": "high", "request_key": str(uuid.uuid4())}
    first = api.post("jobs", json={**body, "follow_ups": follow_ups})
    again = api.post("jobs", json={**body, "follow_ups": follow_ups})
    assert (first.status_code, again.json()["id"]) == (201, first.json()["id"])
    one, two, three = sorted(api.get("jobs").json()["items"], key=lambda job: job["id"])
    assert [one["waits_for"], two["waits_for"], three["waits_for"]] == [[], [one["id"]], [two["id"]]]
    assert {job["priority"] for job in (one, two, three)} == {"high"}
    assert api.get(f"jobs/{two['id']}").json()["params"]["file"] == {"from_job": one["id"], "files": "*.csv"}
    assert [link["when"] for link in api.get(f"jobs/{three['id']}").json()["starts_after"]] == ["ended"]


def test_nothing_is_queued_where_something_that_follows_is_wrong(api: httpx.Client) -> None:
    follow_ups = [{"kind": "steps", "params": {}}, {"kind": "steps", "params": {"steps": -1}}]
    answer = api.post("jobs", json={"kind": "steps", "params": {}, "follow_ups": follow_ups})
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["follow_ups.1.params.steps"])
    later = [{"kind": "report", "params": {"file": {"from_step": 1}, "folder": "/tmp"}}]
    answer = api.post("jobs", json={"kind": "steps", "params": {}, "follow_ups": later})
    assert (answer.status_code, answer.json()["code"]) == (422, "saved.step")
    assert api.get("jobs").json()["total"] == 0


def test_wrong_answers_are_refused_at_their_fields_also_in_what_follows(api: httpx.Client) -> None:
    wrong = {"name": "X", "kind": "steps", "params": {"steps": -1}}
    answer = api.post("saved-jobs", json=wrong)
    assert (answer.status_code, list(answer.json()["fields"])) == (422, ["steps"])
    follow = [{"kind": "steps", "params": {"steps": -1}}]
    answer = api.post("saved-jobs", json={"name": "X", "kind": "steps", "params": {}, "follow_ups": follow})
    assert list(answer.json()["fields"]) == ["follow_ups.0.params.steps"]
    assert api.get("saved-jobs").json() == []


def test_two_saved_jobs_may_not_have_the_same_name_and_a_copy_has_one_like_it(api: httpx.Client) -> None:
    number = saved(api)["id"]
    again = api.post("saved-jobs", json={"name": "month END", "kind": "steps", "params": {}})
    assert (again.status_code, list(again.json()["fields"])) == (409, ["name"])
    assert api.post(f"saved-jobs/{number}/copy").json()["name"] == "Month end (2)"
    other = {"name": "Month end", "kind": "steps", "params": {"steps": 5}}
    assert api.put(f"saved-jobs/{number}", json=other).json()["params"] == {"steps": 5}


def test_a_saved_job_takes_its_schedules_along_and_leaves_its_jobs(api: httpx.Client) -> None:
    number = saved(api)["id"]
    api.post("schedules", json={"saved_id": number, "rule": DAILY})
    (job,) = api.post(f"saved-jobs/{number}/run").json()
    assert api.delete(f"saved-jobs/{number}").status_code == 204
    assert api.get("schedules").json() == []
    assert api.get(f"jobs/{job['id']}").status_code == 200
    assert api.post(f"saved-jobs/{number}/run").status_code == 404


def test_the_next_five_times_of_a_rule_are_worked_out_before_it_is_kept(api: httpx.Client) -> None:
    ahead = api.post("schedules/preview", json=DAILY).json()
    assert (len(ahead["next"]), ahead["words"][-8:]) == (5, "at 18:00")
    assert {one["wall"][-5:] for one in ahead["next"]} == {"18:00"}
    wrong = api.post("schedules/preview", json={**DAILY, "repeat": "weeks"})
    assert wrong.status_code == 422
    assert "Choose at least one day of the week." in wrong.json()["fields"].values()


def test_a_schedule_is_made_paused_changed_run_and_removed(api: httpx.Client) -> None:
    number = saved(api)["id"]
    made = api.post("schedules", json={"saved_id": number, "rule": DAILY, "missed": "all", "overlap": "skip"}).json()
    assert (made["name"], made["missed"], made["overlap"], len(made["next"])) == ("Month end", "all", "skip", 5)
    place = f"schedules/{made['id']}"
    assert api.patch(place, json={"paused": True}).json()["next"] == []
    changed = api.patch(place, json={"paused": False, "rule": {**DAILY, "at": "07:30"}}).json()
    assert {one["wall"][-5:] for one in changed["next"]} == {"07:30"}
    (job,) = api.post(f"{place}/run").json()
    assert job["schedule"] == "Month end"
    (run,) = api.get("schedules/runs", params={"state": ["queued"]}).json()
    assert (run["job_id"], run["reason"], run["job_state"]) == (job["id"], "by_hand", "waiting")
    assert api.delete(place).status_code == 204
    assert api.delete(place).status_code == 404


def test_the_loop_queues_what_is_due_and_announces_it(api: httpx.Client, record: Record) -> None:
    number = saved(api)["id"]
    rule = {"repeat": "minutes", "every": 1, "at": "00:00", "starts_on": "2026-01-01"}
    api.post("schedules", json={"saved_id": number, "rule": rule})
    types: list[str] = []
    with listening(api) as events:
        assert json.loads(events.recv(10))["type"] == "snapshot"
        with record.write() as connection:
            connection.execute(
                sa.update(schedules).values(
                    decided_until=schedules.c.decided_until - 60, next_due=schedules.c.next_due - 60
                )
            )
        while not {"job.changed", "saved.changed"} <= set(types):
            types += [event["type"] for event in json.loads(events.recv(10))["events"]]
    (job,) = api.get("jobs").json()["items"]
    assert job["schedule"] == "Month end"
    assert until(lambda: api.get("schedules").json()[0]["last"])["job_id"] == job["id"]


def test_countries_are_offered_with_their_regions(api: httpx.Client) -> None:
    known = {each["code"]: each["regions"] for each in api.get("schedules/countries").json()}
    assert "BY" in known["DE"]


def test_saved_jobs_travel_in_a_file_and_what_is_missing_there_is_said(
    api: httpx.Client, record: Record, tmp_path: Path
) -> None:
    number = saved(api)["id"]
    source = tmp_path / "sales.csv"
    source.write_text("a,b\n1,2\n")
    report = {"file": str(source), "folder": str(tmp_path)}
    answer = api.post("saved-jobs", json={"name": "Sales", "kind": "report", "params": report})
    assert answer.status_code == 201, answer.text
    api.post("schedules", json={"saved_id": number, "rule": DAILY})
    document = api.post("saved-jobs/export", json={}).json()
    assert [job["name"] for job in document["jobs"]] == ["Month end", "Sales"]
    source.unlink()
    arrivals = api.post("saved-jobs/import/check", json={"document": document}).json()
    assert [(each["name"], each["schedules"], len(each["lacks"])) for each in arrivals] == [
        ("Month end (2)", 1, 0),
        ("Sales (2)", 0, 1),
    ]
    assert str(source) in arrivals[1]["lacks"][0]["sentence"]
    assert "choose another place with Edit" in arrivals[1]["lacks"][0]["hint"]
    assert len(api.get("saved-jobs").json()) == 2
    made = api.post("saved-jobs/import", json={"document": document}).json()
    assert [each["name"] for each in made] == ["Month end (2)", "Sales (2)"]
    assert [each["paused"] for each in api.get("schedules").json()] == [False, True]


def test_accounts_travel_by_name_and_one_that_is_missing_is_said(
    api: httpx.Client, record: Record, tmp_path: Path
) -> None:
    drive = {"folder": str(tmp_path / "drive")}
    old = accounts.insert(record, accounts.new_key(), "backup", "Disk", drive, {})
    rows = {"folders": [{"folder": str(tmp_path)}], "backup": old.id, "sheet_folder": str(tmp_path)}
    saved(api, follow_ups=[{"kind": "backup", "params": rows, "name": "Then"}])
    document = api.post("saved-jobs/export", json={}).json()
    assert document["jobs"][0]["follow_ups"][0]["params"]["backup"] == {"account": "Disk", "kind": "backup"}
    accounts.delete(record, old.id)
    (arrival,) = api.post("saved-jobs/import/check", json={"document": document}).json()
    (lack,) = arrival["lacks"]
    assert (lack["field"], lack["sentence"]) == ("backup", "There is no account 'Disk' on this computer.")
    assert lack["title"].startswith("Then: ")
    new = accounts.insert(record, accounts.new_key(), "backup", "Disk", drive, {})
    (arrival,) = api.post("saved-jobs/import/check", json={"document": document}).json()
    assert arrival["lacks"] == []
    (made,) = api.post("saved-jobs/import", json={"document": document}).json()
    assert made["follow_ups"][0]["params"]["backup"] == new.id


@pytest.mark.parametrize(
    ("content", "body", "kept"),
    [("json", '{"name": "Ann", "password": "hush-3"}', '"name": "Ann"'), ("form", "name=Ann&pwd=hush-3", "name=Ann&")],
)
def test_what_was_typed_and_may_be_a_secret_stays_out_of_the_file_and_is_asked_for_on_import(
    api: httpx.Client, tmp_path: Path, content: str, body: str, kept: str
) -> None:
    call = {
        "url": "https://api.example.com/orders?page=1&api_key=hush-1",
        "method": "POST",
        "headers": [{"name": "X-Api-Key", "value": "hush-2"}, {"name": "Accept", "value": "text/csv"}],
        "content": content,
        "body": body,
        "folder": str(tmp_path),
    }
    answer = api.post("saved-jobs", json={"name": "Orders", "kind": "web-service", "params": call})
    assert answer.status_code == 201, answer.text
    document = api.post("saved-jobs/export", json={}).json()
    assert "hush" not in json.dumps(document)
    params = document["jobs"][0]["params"]
    assert params["url"].startswith("https://api.example.com/orders?page=1&api_key=")
    assert params["headers"][1] == call["headers"][1]
    assert kept in params["body"]
    (arrival,) = api.post("saved-jobs/import/check", json={"document": document}).json()
    assert {lack["field"] for lack in arrival["lacks"]} == {"url", "headers.0.value", "body"}
    assert {lack["sentence"] for lack in arrival["lacks"]} == {"What may be a secret was left out of the file."}


@pytest.mark.parametrize(
    ("document", "words"),
    [({}, "not a file of saved jobs"), ({"format": "deskhand-saved-jobs", "version": 2, "jobs": []}, "newer Deskhand")],
)
def test_a_strange_file_is_refused_in_words(api: httpx.Client, document: dict[str, Any], words: str) -> None:
    answer = api.post("saved-jobs/import/check", json={"document": document})
    assert answer.status_code == 422
    assert words in answer.json()["message"]


def test_a_job_wants_its_drives_and_an_account_the_drive_it_is_kept_on(record: Record, tmp_path: Path) -> None:
    away = tmp_path / "away"
    assert lacking(record, "clean-up", {"folder": str(away)}) == "drive"
    assert lacking(record, "report", {"file": str(away / "a.csv"), "folder": str(tmp_path)}) == "drive"
    assert lacking(record, "report", {"file": str(tmp_path / "a.csv"), "folder": str(tmp_path / "new")}) is None
    kept = accounts.insert(record, accounts.new_key(), "backup", "Disk", {"folder": str(away / "backup")}, {})
    rows = {"folders": [{"folder": str(tmp_path)}], "backup": kept.id}
    assert lacking(record, "backup", rows) == "drive"
    away.mkdir()
    assert lacking(record, "backup", rows) is None


def test_of_what_follows_the_accounts_are_waited_for_and_not_the_folders(record: Record, tmp_path: Path) -> None:
    away = tmp_path / "away"
    kept = accounts.insert(record, accounts.new_key(), "backup", "Disk", {"folder": str(away / "backup")}, {})
    rows = {"folders": [{"folder": str(tmp_path / "made by the step before")}], "backup": kept.id}
    chain = {"id": 1, "name": "Both", "kind": "steps", "params": {}, "follow_ups": [{"kind": "backup", "params": rows}]}
    both = SavedJob.model_validate(chain)
    assert lacking_of(record, both) == "drive"
    away.mkdir()
    assert lacking_of(record, both) is None


def test_a_folder_that_does_not_answer_is_not_there_and_is_asked_once(
    record: Record, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = threading.Event()
    asked: list[Path] = []

    def hang(place: Path) -> bool:
        asked.append(place)
        assert answers.wait(10)
        return True

    monkeypatch.setattr(needs, "LOOK_SECONDS", 0.05)
    monkeypatch.setattr(Path, "is_dir", hang)
    for _ in range(3):
        assert lacking(record, "clean-up", {"folder": str(tmp_path)}) == "drive"
    assert asked == [tmp_path]
    answers.set()
    until(lambda: lacking(record, "clean-up", {"folder": str(tmp_path)}) is None)

"""The double-click program, used from outside as a person uses it."""

import json
import subprocess
from pathlib import Path

import httpx
import openpyxl
import psutil
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from backend.jobtypes import discover
from tests.helpers.person import Person
from tests.helpers.running_host import HostClient, lives
from tests.helpers.tree import ROOT
from tests.helpers.waiting import until

REPORT = "Report from a table"
SAMPLE = ROOT / "resources" / "samples" / "sales.csv"
ORPHANS_END_WITHIN = 2.0


def family(user: Person) -> list[psutil.Process]:
    """The window, the host, and all that belongs to them."""
    assert user.window is not None
    first = [psutil.Process(user.window.pid), user.host]
    return [*first, *(child for process in first for child in process.children(recursive=True))]


def fills_in_the_report(user: Person, table: Path, folder: Path, title: str) -> None:
    user.presses(REPORT)
    user.presses("Browse for: Table")
    user.names_a_file(table)
    until(lambda: user.finds("Table", "text").text == str(table))
    user.writes("Title", title)
    user.writes("Folder", str(folder))


def long_report(host: HostClient, folder: Path) -> int:
    """A job that takes a long time: a list of very many rows as a PDF."""
    head, *rows = SAMPLE.read_text("utf-8").splitlines()
    table = folder / "long.csv"
    table.write_text("\n".join([head, *rows * 150]) + "\n", "utf-8")
    params = {"file": str(table), "folder": str(folder), "formats": ["pdf"], "title": "Long list"}
    answer = host.client.post("/jobs", json={"kind": "report", "params": params})
    assert answer.status_code == 201, answer.text
    job: int = answer.json()["id"]
    host.reaches(job, "running")
    return job


def test_a_report_is_made_through_the_form_and_quitting_leaves_no_process(user: Person, tmp_path: Path) -> None:
    folder = tmp_path / "The results"
    folder.mkdir()
    user.start()
    fills_in_the_report(user, SAMPLE, folder, "Sales of the year")
    user.presses("Start now")
    user.reads("A report of 1,204 rows was made", seconds=60)
    user.finds("Open Sales of the year.pdf")

    said = ["pdftotext", "-layout", str(folder / "Sales of the year.pdf"), "-"]
    text = subprocess.run(said, capture_output=True, text=True, check=True).stdout
    assert "Sales of the year" in text
    assert "上海" in text
    assert openpyxl.load_workbook(folder / "Sales of the year.xlsx")["Table"].max_row == 1205

    belonging = family(user)
    user.quits()
    assert user.is_gone() == 0
    until(lambda: not any(map(lives, belonging)))


def test_a_killed_window_leaves_its_job_going_and_the_next_window_stops_it(user: Person, tmp_path: Path) -> None:
    user.start()
    host = HostClient(user.data)
    job = long_report(host, tmp_path)
    user.kill()
    assert host.client.get(f"/jobs/{job}").json()["state"] == "running"
    user.start()
    user.reads("1 job running")
    user.presses("Jobs", "check box")
    user.presses("Report: Long list", in_tables=True)
    user.presses("Stop", "button", "push button")
    host.reaches(job, "stopped")
    user.reads("Nothing is running")
    assert list(tmp_path.glob("*.pdf")) == []
    belonging = family(user)
    user.quits()
    assert user.is_gone() == 0
    until(lambda: not any(map(lives, belonging)))


def test_a_killed_host_leaves_no_process_behind(user: Person) -> None:
    user.start()
    host = HostClient(user.data)
    behind = [*user.host.children(recursive=True)]
    assert len(behind) >= 4
    user.kill()
    user.host.kill()
    host.client.close()
    until(lambda: not any(map(lives, behind)), ORPHANS_END_WITHIN)


def test_the_frozen_program_knows_every_kind_of_job_and_account_that_the_source_knows(user: Person) -> None:
    user.start()
    host = HostClient(user.data)
    shown = {kind["name"] for kind in host.client.get("/job-types").json()}
    known = [kind for kind in discover("backend.jobtypes").values() if not kind.hidden]
    assert shown == {kind.name for kind in known if not kind.caution}
    switches = {each["name"] for each in host.client.get("/job-types/switches").json()}
    assert switches == {kind.name for kind in known if kind.caution}
    page = httpx.get(host.said.base.removesuffix("/api/v1") + "/docs")
    assert "swagger" in page.text


def test_a_program_that_the_frozen_program_runs_gets_the_users_own_libraries(user: Person) -> None:
    user.start()
    host = HostClient(user.data)
    host.client.put("/job-types/run-program/switch", json={"on": True})
    job = host.client.post("/jobs", json={"kind": "run-program", "params": {"program": "/usr/bin/env"}}).json()["id"]
    assert host.reaches(job, "succeeded", "failed", "warned")["state"] == "succeeded"
    lines = [line["message"] for line in host.client.get(f"/jobs/{job}/log").json()["entries"]]
    assert any(line.startswith("PATH=") for line in lines)
    assert not [line for line in lines if "_internal" in line or line.startswith(("_PYI", "DESKHAND"))]


def test_the_bill_of_materials_in_the_program_is_valid_and_names_what_lies_beside_it(program: Path) -> None:
    inside = program.parent / "_internal"
    text = (inside / "resources" / "sbom.cdx.json").read_text("utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    named = {one["name"] for one in json.loads(text)["components"]}
    assert {"Python", "celery", "pikepdf", "polars", "psycopg-binary", "PySide6_Essentials", "typst"} <= named
    assert (inside / "libdbus-1.so.3").exists()
    assert "libdbus-1-3" in named

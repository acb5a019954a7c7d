"""The real window and host, used as a person uses them."""

import csv
import re
import signal
import sqlite3
import subprocess
from collections.abc import Generator
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.helpers.person import Person, person
from tests.helpers.running_host import SETTINGS, HostClient
from tests.helpers.tree import ROOT
from tests.helpers.waiting import until

REPORT = "Report from a table"
SAMPLE = ROOT / "resources" / "samples" / "sales.csv"
A_MINUTE = {"steps": 3000, "pause": 0.02}


@pytest.fixture
def user(tmp_path: Path) -> Generator[Person]:
    with person(tmp_path / "data", settings=SETTINGS) as sitting:
        yield sitting


def running_job(user: Person, **params: float) -> tuple[HostClient, int]:
    """A job that was handed in from elsewhere, and runs."""
    host = HostClient(user.data)
    job = host.job(**params)
    host.reaches(job, "running")
    return host, job


def percent(user: Person) -> int | None:
    """The first share that can be read: the sidebar's."""
    found = re.search(r"(\d+) %", user.sees(" %"))
    return int(found[1]) if found else None


def sees_it_move(user: Person) -> None:
    first = until(lambda: percent(user))
    until(lambda: (percent(user) or 0) > first)


def state_on_disk(user: Person, job: int) -> str:
    record = sqlite3.connect(user.data / "deskhand.sqlite3")
    try:
        return record.execute("SELECT state FROM jobs WHERE id = ?", (job,)).fetchone()[0]
    finally:
        record.close()


def leaves_nothing(user: Person) -> None:
    assert [process.cmdline() for process in user.processes()] == []


@pytest.mark.alone
def test_a_report_is_made_through_the_form_and_watched_until_its_files_are_there(user: Person, tmp_path: Path) -> None:
    head, *rows = SAMPLE.read_text("utf-8").splitlines()
    table = tmp_path / "sales.csv"
    table.write_text("\n".join([head, *rows * 8]) + "\n", "utf-8")
    folder = tmp_path / "results"
    folder.mkdir()

    user.start()
    user.presses(REPORT)
    user.presses("Browse for: Table")
    user.names_a_file(table)
    until(lambda: user.finds("Table", "text").text == str(table))
    user.writes("Title", "Sales of the year")
    user.writes("Folder", str(folder))
    user.presses("Start now")
    sees_it_move(user)
    user.reads("rows was made from 'sales.csv'", seconds=40)
    user.finds("Open Sales of the year.pdf")
    user.finds("Done", "cell", in_tables=True)

    asked = ["pdftotext", "-layout", str(folder / "Sales of the year.pdf"), "-"]
    text = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
    assert "Sales of the year" in text
    assert "上海明德书店" in text
    book = openpyxl.load_workbook(folder / "Sales of the year.xlsx")
    heads, *cells = book["Table"].iter_rows(values_only=True)
    assert list(heads) == next(csv.reader([head]))
    assert len(cells) == len(rows) * 8
    amount = heads.index("Amount")
    assert sum(Decimal(str(row[amount])) for row in cells) == 8 * sum(Decimal(row["Amount"]) for row in samples())
    assert book["Table"].freeze_panes == "A2"


def samples() -> list[dict[str, str]]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_killed_window_leaves_its_jobs_running_and_the_next_one_shows_them_live(user: Person) -> None:
    user.start()
    host, job = running_job(user, **A_MINUTE)
    sees_it_move(user)
    user.kill()
    done = host.reaches(job, "running")["progress"]["done"]
    until(lambda: host.reaches(job, "running")["progress"]["done"] > done)
    user.start()
    user.reads("1 job running")
    sees_it_move(user)
    assert host.reaches(job, "running")["attempt"] == 1


def test_a_killed_host_is_said_and_started_again_and_no_event_is_missed(user: Person) -> None:
    user.start()
    host = HostClient(user.data)
    jobs = [host.job(steps=50, pause=0.02) for _ in range(6)]
    host.reaches(jobs[0], "succeeded")
    user.presses("Jobs", "check box")
    first = user.host
    first.kill()
    user.reads("ended unexpectedly", "no job is lost")
    until(lambda: user.host != first)
    user.reads("Done, 6 jobs")
    user.finds("Running, 0 jobs")
    assert not user.sees("ended unexpectedly")
    again = HostClient(user.data)
    assert [again.reaches(job, "succeeded", "failed")["state"] for job in jobs] == ["succeeded"] * 6


@pytest.mark.parametrize(
    ("answer", "state"), [("Pause them", "running"), ("Stop them", "stopped")], ids=["pause", "stop"]
)
def test_quitting_with_a_running_job_asks_and_does_what_was_answered(user: Person, answer: str, state: str) -> None:
    user.start()
    _, job = running_job(user, **A_MINUTE)
    user.reads("1 job running")
    user.quits()
    user.presses(answer)
    assert user.is_gone() == 0
    leaves_nothing(user)
    assert state_on_disk(user, job) == state
    if answer == "Pause them":
        user.start()
        user.reads("1 job running")
        sees_it_move(user)


@pytest.mark.alone
def test_quitting_lets_jobs_finish_in_the_background_and_then_nothing_is_left(user: Person) -> None:
    user.start()
    host, job = running_job(user, steps=150, pause=0.02)
    user.reads("1 job running")
    user.quits()
    user.presses("Finish in the background")
    assert user.is_gone() == 0
    host.reaches(job, "running")
    until(lambda: not user.processes())
    assert state_on_disk(user, job) == "succeeded"


def test_who_does_not_want_to_quit_after_all_stays(user: Person) -> None:
    user.start()
    host, job = running_job(user, **A_MINUTE)
    user.reads("1 job running")
    user.quits()
    user.presses("Do not quit")
    sees_it_move(user)
    host.reaches(job, "running")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["terminated", "interrupted"])
def test_told_to_end_by_the_system_window_and_host_end_and_the_job_goes_on_at_the_next_start(
    user: Person, number: signal.Signals
) -> None:
    user.start()
    _, job = running_job(user, **A_MINUTE)
    assert user.window is not None
    user.window.send_signal(number)
    assert user.is_gone() == 0
    leaves_nothing(user)
    assert state_on_disk(user, job) == "running"


def test_told_to_end_while_it_starts_it_leaves_nothing(user: Person) -> None:
    user.start()
    until(lambda: len(user.processes()) > 1)
    assert user.window is not None
    user.window.send_signal(signal.SIGTERM)
    assert user.is_gone() == 0
    until(lambda: not user.processes())


def test_with_nothing_to_do_quitting_asks_nothing_and_leaves_nothing(user: Person) -> None:
    user.start()
    user.finds(REPORT)
    user.quits()
    assert user.is_gone() == 0
    leaves_nothing(user)

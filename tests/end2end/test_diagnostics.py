"""Diagnostics of the real program, collected as a person does it."""

import json
import os
import re
import zipfile
from collections.abc import Generator
from pathlib import Path

import pytest

from desktop.client.announcement import read_announcement
from tests.helpers.person import Person, person
from tests.helpers.running_host import SETTINGS, HostClient
from tests.helpers.waiting import until


@pytest.fixture
def user(tmp_path: Path) -> Generator[Person]:
    with person(tmp_path / "data", settings=SETTINGS) as sitting:
        yield sitting


def test_what_is_saved_knows_the_state_of_the_program_and_neither_its_user_nor_its_keys(
    user: Person, tmp_path: Path
) -> None:
    user.start()
    host = HostClient(user.data)
    host.reaches(host.job(ending="bug"), "failed")
    said = read_announcement(user.data)
    assert said is not None
    window = json.loads((user.data / "run" / "window.json").read_text())
    with (user.data / "logs" / "worker.log").open("a") as log:
        log.write(f"\nmail to jane.doe@secretive.example with {said.token} in {user.env['HOME']}/x\n")
    user.presses("Settings", "check box")
    # Told to act, not clicked on: cards above it may come a moment later, and move it.
    user.finds("Collect diagnostics...").act()
    user.reads("Taken out:")
    user.presses("Save as...")
    target = tmp_path / "given.zip"
    user.names_a_file(target)
    until(target.exists)
    user.reads("Saved as")
    with zipfile.ZipFile(target) as archive:
        texts = {name: archive.read(name).decode() for name in archive.namelist()}
    everything = "\n".join([*texts, *texts.values()]).casefold()
    private = (said.token, window["token"], user.env["HOME"], os.environ.get("USER", "-no-user-"))
    assert [text for text in (*private, "jane.doe", "secretive") if text.casefold() in everything] == []
    assert re.findall(r"deskhand-\d+@(?!<computer>)\S*", everything) == []
    jobs = json.loads(texts["jobs.txt"])
    assert "report" in jobs["kinds of jobs"]
    assert [job["state"] for job in jobs["jobs in trouble"]] == ["failed"]
    assert "ZeroDivisionError" in texts["logs/worker.log.txt"]
    assert {"logs/host.out.txt", "logs/window.log.txt", "logs/worker.log.txt"} <= texts.keys()

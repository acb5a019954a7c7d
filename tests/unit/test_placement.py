"""Result files get names that nobody else has, and an attempt after a kill replaces only what this job made."""

import threading
from pathlib import Path

from backend.worker.placement import Placement

JOBS = 40


def put(placement: Placement, target: Path, text: str) -> Path:
    with placement.place(target, "") as part:
        part.write_text(text, "utf-8")
    return Path(placement.made[-1].path)


def keep(folder: Path, name: str) -> Path:
    folder = folder / name
    folder.mkdir()
    return folder


def test_jobs_that_want_one_name_at_the_same_moment_lose_no_file(tmp_path: Path) -> None:
    target = tmp_path / "report.txt"
    notes = [keep(tmp_path, str(number)) for number in range(JOBS)]
    ready = threading.Barrier(JOBS)

    def one(number: int) -> None:
        ready.wait()
        put(Placement(number, notes[number]), target, str(number))

    threads = [threading.Thread(target=one, args=(number,)) for number in range(JOBS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(int(file.read_text()) for file in tmp_path.glob("report*.txt")) == list(range(JOBS))
    assert not list(tmp_path.glob(".deskhand*"))


def test_the_next_attempt_replaces_its_own_file(tmp_path: Path) -> None:
    note = keep(tmp_path, "note")
    target = tmp_path / "report.txt"
    assert put(Placement(1, note), target, "half") == target
    assert put(Placement(1, note), target, "whole") == target
    assert put(Placement(1, note), target, "again") == target
    assert target.read_text() == "again"


def test_the_next_attempt_leaves_what_somebody_wrote_to_since(tmp_path: Path) -> None:
    note = keep(tmp_path, "note")
    target = tmp_path / "report.txt"
    put(Placement(1, note), target, "first")
    target.write_text("changed by hand")
    assert put(Placement(1, note), target, "second") == tmp_path / "report (2).txt"
    assert target.read_text() == "changed by hand"


def test_a_name_that_was_wanted_but_taken_by_another_stays_the_others(tmp_path: Path) -> None:
    note = keep(tmp_path, "note")
    target = tmp_path / "report.txt"
    put(Placement(1, note), target, "first")
    target.unlink()
    put(Placement(2, keep(tmp_path, "other")), target, "of the other")
    assert put(Placement(1, note), target, "second") == tmp_path / "report (2).txt"
    assert target.read_text() == "of the other"


def test_two_files_of_one_attempt_stand_side_by_side(tmp_path: Path) -> None:
    placement = Placement(1, keep(tmp_path, "note"))
    target = tmp_path / "report.txt"
    assert put(placement, target, "one") == target
    assert put(placement, target, "two") == tmp_path / "report (2).txt"

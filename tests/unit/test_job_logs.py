"""The log of an attempt: lines, parts, pages, and a search through all of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.clock import now
from backend.core.views import LogEntry
from backend.store.job_logs import LogWriter, only_line, parts, read, search
from tests.helpers.tree import ROOT


def entry(message: str, **facts: object) -> LogEntry:
    return LogEntry(at=now(), message=message, facts=facts)


def write(folder: Path, *messages: str, part_bytes: int = 64_000_000, kept: int = 4) -> int:
    writer = LogWriter(folder, 1, part_bytes=part_bytes, kept=kept)
    for message in messages:
        writer.append(entry(message))
    writer.close()
    return writer.size


def messages(entries: list[LogEntry]) -> list[str]:
    return [one.message for one in entries]


def all_of(folder: Path, limit: int = 3) -> list[str]:
    found: list[str] = []
    place = 0
    while True:
        page = read(folder, 1, place, limit)
        found += messages(page.entries)
        if page.next >= page.size:
            return found
        assert page.next > place or page.first > place
        place = page.next


def test_a_log_that_does_not_exist_is_empty(tmp_path: Path) -> None:
    page = read(tmp_path, 1, 0, 10)
    assert (page.entries, page.next, page.size) == ([], 0, 0)
    assert search(tmp_path, 1, "x", 0, 10).entries == []


def test_a_line_that_stands_in_no_file_is_told_of_as_if_it_did(tmp_path: Path) -> None:
    line = entry("All letters are sent.")
    writer = LogWriter(tmp_path, 1)
    writer.append(line)
    writer.close()
    for after in (0, writer.size):
        assert only_line(line, "", after) == read(tmp_path, 1, after, 10)
    for text in ("LETTERS", "nothing"):
        assert only_line(line, text, 0).entries == search(tmp_path, 1, text, 0, 10).entries


def test_a_log_goes_on_where_it_ended_and_attempts_are_kept_apart(tmp_path: Path) -> None:
    write(tmp_path, "one")
    write(tmp_path, "two")
    LogWriter(tmp_path, 10).close()
    assert all_of(tmp_path) == ["one", "two"]
    assert len(parts(tmp_path, 1)) == 1


def test_full_parts_are_followed_by_new_ones_and_only_the_newest_are_kept(tmp_path: Path) -> None:
    wanted = [f"line {n:04}" for n in range(200)]
    size = write(tmp_path, *wanted, part_bytes=1000, kept=3)
    there = parts(tmp_path, 1)
    assert len(there) == 3
    assert sum(part.size for part in there) <= 3000
    page = read(tmp_path, 1, 0, 10)
    assert page.first == there[0].start > 0
    assert page.size == size
    found = all_of(tmp_path)
    assert found == wanted[-len(found) :]


def test_a_place_in_the_log_means_the_same_after_its_beginning_is_gone(tmp_path: Path) -> None:
    place = write(tmp_path, *(f"old {n}" for n in range(60)), part_bytes=1000, kept=3)
    write(tmp_path, *(f"new {n}" for n in range(15)), part_bytes=1000, kept=3)
    assert messages(read(tmp_path, 1, place, 1).entries) == ["new 0"]


@settings(max_examples=40, deadline=None)
@given(
    lines=st.lists(st.text(max_size=60), min_size=1, max_size=12),
    after=st.integers(0, 2000),
    part_bytes=st.sampled_from([200, 500, 64_000_000]),
)
def test_from_any_byte_on_it_is_read_in_whole_lines(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], after: int, part_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    write(folder, *lines, part_bytes=part_bytes, kept=100)
    page = read(folder, 1, after, 100)
    assert messages(page.entries) == lines[len(lines) - len(page.entries) :]
    assert page.next == page.size


@pytest.mark.parametrize("text", ["nEEdle", 'with "marks"', "ÄRGER", "帐目", "back\\slash", "42"])
def test_a_search_finds_the_text_whatever_its_case_and_nothing_else(tmp_path: Path, text: str) -> None:
    writer = LogWriter(tmp_path, 1, part_bytes=3000, kept=100)
    for number in range(100):
        writer.append(entry(f"nothing in line {'abc'[number % 3]}", level="message"))
        if number % 20 == 0:
            writer.append(entry(f"here: {text.lower()}!"))
            writer.append(entry("a fact", what=text.upper()))
    writer.close()
    page = search(tmp_path, 1, text, 0, 1000)
    assert len(page.entries) == 10
    assert page.next == page.size


def test_a_search_for_the_names_of_fields_finds_no_lines(tmp_path: Path) -> None:
    write(tmp_path, "plain", "simple")
    assert search(tmp_path, 1, "message", 0, 10).entries == []


def test_a_line_that_is_still_being_written_is_left_for_later(tmp_path: Path) -> None:
    size = write(tmp_path, "whole")
    with (tmp_path / "attempt-1.log").open("ab") as file:
        file.write(b'{"at": "2026-')
    page = read(tmp_path, 1, 0, 10)
    assert (messages(page.entries), page.next) == (["whole"], size)
    assert messages(search(tmp_path, 1, "whole", 0, 10).entries) == ["whole"]


def test_a_line_for_which_there_is_no_room_is_not_written_in_half(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
from tests.unit.test_job_logs import entry
from backend.store.job_logs import LogWriter
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
writer = LogWriter(Path(sys.argv[1]), 1)
writer.append(entry("fits"))
resource.setrlimit(resource.RLIMIT_FSIZE, (writer.size + 50, writer.size + 50))
try:
    writer.append(entry("does not fit" * 20))
except OSError:
    print("refused")
"""
    command = [sys.executable, "-c", script, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "refused", done.stderr
    assert all_of(tmp_path) == ["fits"]

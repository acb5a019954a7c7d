"""The child process: what harms it stays a sentence, and it never outlives its parent."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from backend.core.errors import UserError
from backend.lib.tables.child import TookTooLong, work
from tests.helpers.table_files import (
    csv_text,
    encrypted_workbook,
    far_corner,
    greedy,
    hidden_far_corner,
    repeat_bomb,
    write_sqlite,
    write_text,
    write_xlsx,
    zip_bomb,
)


def request(path: Path) -> dict[str, str]:
    """A request about the first table of a file."""
    return {"file": str(path), "table": "", "encoding": "", "separator": "", "scratch": str(path.parent)}


def children() -> set[int]:
    """The processes that this one has started."""
    return {child.pid for child in psutil.Process().children()}


def test_sheets_and_columns_are_told_with_what_they_hold(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", Notes=[["x"], [1]])
    assert work("tables", request(path), path) == [["Orders", "sheet"], ["Notes", "sheet"]]
    kinds = {column["name"]: column["kind"] for column in work("columns", request(path), path)}
    assert kinds == {
        "Order": "text", "Region": "text", "Date": "date", "Quantity": "whole", "Amount": "number", "Customer": "text",
    }  # fmt: skip
    assert work("tables", request(write_sqlite(tmp_path / "a.db")), tmp_path / "a.db")[0] == ["orders", "5 rows"]


def broken_zip(path: Path) -> Path:
    """A workbook that was cut off."""
    path.write_bytes(write_xlsx(path).read_bytes()[:2500])
    return path


def written(data: bytes) -> Callable[[Path], Path]:
    """A maker of a file with these bytes."""

    def make(path: Path) -> Path:
        path.write_bytes(data)
        return path

    return make


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (far_corner, "file.absurd"),
        (hidden_far_corner, "file.absurd"),
        (zip_bomb, "file.absurd"),
        (repeat_bomb, "file.absurd"),
        (encrypted_workbook, "file.password"),
        (broken_zip, "file.broken"),
        (written(b"PK\x03\x04 nonsense"), "file.broken"),
        (written(b"PAR1 nonsense PAR1"), "file.broken"),
        (written(b"SQLite format 3\x00" + b"nonsense" * 200), "file.broken"),
        (written(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600), "file.old_excel"),
        (written(b"%PDF-1.7 nonsense"), "file.not_a_table"),
        (written(b""), "file.empty"),
        (written(b"\n\n\n"), "file.empty"),
        (written(b"a,b,c\n"), "file.no_rows"),
        (lambda path: path / "nothing", "file.missing"),
        (lambda path: path.parent, "file.folder"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_bad_file_is_a_sentence_at_its_field(tmp_path: Path, make: Callable[[Path], Path], code: str) -> None:
    path = make(tmp_path / "bad.xlsx")
    before = children()
    with pytest.raises(UserError) as caught:
        work("columns", request(path), path, time_limit=60)
    assert caught.value.code == code
    assert caught.value.hint
    assert list(caught.value.fields) == ["file"]
    assert children() == before


def test_a_file_that_may_not_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from backend.lib.tables import filekind

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    path = write_text(tmp_path / "a.csv", csv_text())
    monkeypatch.setattr(type(path), "open", refuse)
    with pytest.raises(UserError) as caught:
        filekind.file_kind(path)
    assert caught.value.code == "file.locked"


def test_a_workbook_that_takes_too_much_memory_ends_the_child_only(tmp_path: Path) -> None:
    path = greedy(tmp_path / "greedy.xlsx")
    before = children()
    with pytest.raises(UserError) as caught:
        work("columns", request(path), path, memory=300_000_000, time_limit=60)
    assert caught.value.code == "file.too_large"
    assert children() == before


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    path = write_text(tmp_path / "a.csv", csv_text())
    before = children()
    with pytest.raises(TookTooLong):
        work("columns", request(path), path, time_limit=0.01)
    assert children() == before


@pytest.mark.alone
def test_a_stop_ends_the_child_within_a_second(tmp_path: Path) -> None:
    path = greedy(tmp_path / "a.xlsx", 400_000)
    before = children()
    asked: list[float] = []

    def poll() -> None:
        if children() - before and time.monotonic() - began > 0.3:
            asked.append(time.monotonic())
            raise KeyboardInterrupt

    began = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        work("columns", request(path), path, poll=poll)
    assert time.monotonic() - asked[0] < 1.0
    assert children() == before


def test_a_pause_suspends_the_child(tmp_path: Path) -> None:
    path = greedy(tmp_path / "a.xlsx", 400_000)
    before = children()
    seen: list[str] = []

    def poll() -> None:
        started = children() - before
        if seen or not started:
            return
        process = psutil.Process(started.pop())
        ends = time.monotonic() + 10
        while time.monotonic() < ends and process.status() != psutil.STATUS_STOPPED:
            time.sleep(0.02)
        seen.append(process.status())

    columns = work("columns", request(path), path, poll=poll)
    assert seen == [psutil.STATUS_STOPPED]
    assert len(columns) == 8


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    path = greedy(tmp_path / "a.xlsx", 400_000)
    script = (
        "import sys; from pathlib import Path; from backend.lib.tables.child import work; "
        f"p = Path({str(path)!r}); print('go', flush=True); work('columns', {request(path)!r}, p)"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        assert parent.stdout.readline() == "go\n"
        ends = time.monotonic() + 20
        found: list[psutil.Process] = []
        while not found and time.monotonic() < ends:
            found = psutil.Process(parent.pid).children()
        parent.kill()
        parent.wait()
    assert found
    gone, alive = psutil.wait_procs(found, timeout=5)
    assert gone
    assert not alive

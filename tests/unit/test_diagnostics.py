"""Diagnostics: secrets, addresses and names are planted in every source, and searched for in every byte of the file."""

import json
import platform
import zipfile
from pathlib import Path
from typing import Any

import pytest

import backend
import desktop
from desktop.state.diagnostics import LOG_END, Sources, collect, save
from tests.helpers.tree import ROOT

SECRETS = ("hunter2-pass", "correct horse battery", "8sMrqbDFi1gKSGD0hHsu3IP4yLbVAKqlfmBNYTlXXbk", "T0K/B1N/hookpath")
ADDRESSES = ("jane.doe@acme.example", "192.0.2.44", "2001:db8::17", "db.acme.example", "imap.firma.at")
PEOPLE = ("janedoe", "Jane Doe", "WS-JANE-0417", "/home/janedoe")
PLANTED = (*SECRETS, *ADDRESSES, *PEOPLE)
TOKEN = "live-token-of-the-host"
MAIL_ACCOUNT = {"host": "smtp.odd-one", "username": "jd77", "from_name": "Jane from Sales", "security": "starttls"}
FAULT = "sqlite3.OperationalError: database or disk is full"

LINES = f"""\
2026-11-24 14:23:01,540 INFO backend.host.supervisor the worker ended with status -9 and is started again
password={SECRETS[0]}
{{"smtp_password": "{SECRETS[1]}", "token": "{SECRETS[2]}"}}
POST https://hooks.acme.example/{SECRETS[3]} 500
mail to {ADDRESSES[0]} from {ADDRESSES[1]} [{ADDRESSES[2]}] by {ADDRESSES[3]} and {ADDRESSES[4]}
{PEOPLE[0]} on {PEOPLE[2].lower()}: {PEOPLE[1]} opened '{PEOPLE[3]}/Documents/pay.xlsx'
connected with {TOKEN} to smtp.odd-one as jd77 (Jane from Sales) by starttls
{FAULT}
"""


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    folder = tmp_path / "data"
    (folder / "logs").mkdir(parents=True)
    (folder / "run").mkdir()
    for name in ("host.out", "api.log", "worker.log", "broker.log", "window.log", "of-janedoe.log"):
        (folder / "logs" / name).write_text(LINES, "utf-8")
    (folder / "run" / "host.json").write_text(json.dumps({"token": TOKEN}))
    (folder / "window.ini").write_text(
        "[General]\nappearance=dark\nlast_looked=2026-11-24\nnote=" + LINES.replace("\n", " ") + "\n"
        "[forms]\nrecent\\file-in=/srv/shared/Redundancies.xlsx\n[layout]\nwindow=@ByteArray(\\0\\x1)\n",
        "utf-8",
    )
    environment = {
        "USER": PEOPLE[0],
        "HOSTNAME": f"{PEOPLE[2]}.acme.example",
        "DESKHAND_DATA_DIR": f"{PEOPLE[3]}/deskhand",
        "DESKHAND_DATABASE_URL": f"postgresql://{PEOPLE[0]}:{SECRETS[0]}@{ADDRESSES[3]}/x",
        "DESKHAND_TOKEN": SECRETS[2],
        "UNRELATED": SECRETS[1],
    }
    monkeypatch.setattr(Path, "home", lambda: Path(PEOPLE[3]))
    asked: dict[str, Any] = {"queue": {"slots": 2}, "noise": LINES}
    facts = {"Deskhand": desktop.__version__, "Screens": f"1 of {PEOPLE[0]}"}
    people = {"name": PEOPLE[1], **MAIL_ACCOUNT}
    return Sources(folder, ROOT / "resources", facts, environment, asked, (people,))


def everything_in(file: Path) -> str:
    """The file's own bytes, and what is packed in it."""
    with zipfile.ZipFile(file) as archive:
        packed = b"\n".join(name.encode() + archive.read(name) for name in archive.namelist())
    return (file.read_bytes() + b"\n" + packed).decode("utf-8", "replace").casefold()


def test_nothing_of_what_is_private_is_in_any_byte_of_the_file(sources: Sources, tmp_path: Path) -> None:
    target = tmp_path / "diagnostics.zip"
    save(collect(sources), target)
    found = everything_in(target)
    private = (*PLANTED, TOKEN, "smtp.odd-one", "jd77", "Jane from Sales", "Redundancies")
    assert [text for text in private if text.casefold() in found] == []
    assert target.stat().st_mode & 0o777 == 0o600


def test_what_helps_to_find_a_fault_is_in_the_file(sources: Sources, tmp_path: Path) -> None:
    save(collect(sources), tmp_path / "diagnostics.zip")
    found = everything_in(tmp_path / "diagnostics.zip")
    for wanted in (
        *(
            FAULT,
            "the worker ended with status -9",
            f"Deskhand: {desktop.__version__}",
            "PySide6",
            "General/appearance",
        ),
        *("dark", '"slots": 2', "DESKHAND_DATABASE_URL: (set)", platform.python_version(), "starttls"),
    ):
        assert wanted.casefold() in found, wanted


def test_what_was_taken_out_is_counted_and_every_source_is_a_file_of_its_own(sources: Sources) -> None:
    bundle = collect(sources)
    assert set(bundle.found) == {"secret", "e-mail", "address", "user", "computer", "home"}
    assert [part.name for part in bundle.parts[:3]] == ["versions.txt", "settings.txt", "jobs.txt"]
    assert len(bundle.parts) == 3 + 6
    # Windows takes no angle brackets in names of files.
    assert "logs/of-(user).log.txt" in {part.name for part in bundle.parts}


def test_of_a_long_log_the_end_is_taken_and_no_line_is_cut(sources: Sources) -> None:
    log = sources.folder / "logs" / "worker.log"
    log.write_text("password=" + "x" * LOG_END + "zzz\nthe end\n")
    (part,) = (one for one in collect(sources).parts if "worker" in one.name)
    assert part.text == "(the beginning is left out)\nthe end\n"


def test_where_there_is_nothing_yet_there_is_still_something_to_say(tmp_path: Path) -> None:
    bundle = collect(Sources(tmp_path, ROOT / "resources", {}, {}, {}))
    assert [part.name for part in bundle.parts] == ["versions.txt", "settings.txt", "jobs.txt"]
    assert "did not answer" in bundle.parts[2].text


def test_a_target_that_cannot_be_written_leaves_nothing_behind(sources: Sources, tmp_path: Path) -> None:
    bundle = collect(sources)
    with pytest.raises(OSError, match=r"missing"):
        save(bundle, tmp_path / "missing" / "diagnostics.zip")
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError):
        save(bundle, tmp_path / "folder")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["data", "folder"]


def test_window_and_backend_are_of_one_version() -> None:
    assert desktop.__version__ == backend.__version__

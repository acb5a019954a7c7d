"""Starting with the computer: what is written for each platform, read by something else than our own code."""

import plistlib
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.client.autostart import (
    DesktopEntry,
    LaunchAgent,
    Start,
    autostart,
    own_start,
    renew,
    run_value,
)
from tests.helpers.waiting import until

ODD = ["plain", "with space", 'quote"s', "back\\slash", "$HOME", "`id`", "100%", "ünï 办", "a'b", "", "~", "x;y|z&"]
TELL = """
import json, os, sys
said = [sys.argv[2:], os.getcwd(), os.environ.get("DESKHAND_DATA_DIR")]
with open(sys.argv[1] + ".part", "w") as file:
    json.dump(said, file)
os.replace(sys.argv[1] + ".part", sys.argv[1])
"""


def test_the_desktop_entry_starts_exactly_the_command_that_was_meant(tmp_path: Path) -> None:
    import json

    script, said, folder = tmp_path / "tell it.py", tmp_path / "said % 1.json", tmp_path / "fol der"
    script.write_text(TELL)
    folder.mkdir()
    entry = DesktopEntry(tmp_path / "autostart" / "deskhand.desktop")
    data = str(tmp_path / "da$ta \\ 办")
    entry.turn_on(Start((sys.executable, str(script), str(said), *ODD), str(folder), {"DESKHAND_DATA_DIR": data}))
    # GLib is what GNOME, Xfce, Cinnamon and others start desktop entries with.
    subprocess.run(["gio", "launch", str(entry.path)], check=True, timeout=20)
    until(said.exists)
    assert json.loads(said.read_text()) == [ODD, str(folder), data]


def test_the_desktop_entry_is_on_off_and_off_where_the_system_says_so(tmp_path: Path) -> None:
    entry = DesktopEntry(tmp_path / "autostart" / "deskhand.desktop")
    assert not entry.is_on()
    entry.turn_on(Start(("/opt/deskhand/deskhand", "--background")))
    assert entry.is_on()
    for line in ("Hidden=true", "X-GNOME-Autostart-enabled = false"):
        entry.turn_on(Start(("/opt/deskhand/deskhand",)))
        with entry.path.open("a") as file:
            file.write(line + "\n")
        assert not entry.is_on()
    entry.turn_off()
    entry.turn_off()
    assert list(entry.path.parent.iterdir()) == []


def test_the_launch_agent_says_what_launchd_reads(tmp_path: Path) -> None:
    agent = LaunchAgent(tmp_path / "LaunchAgents" / "org.deskhand.Deskhand.plist")
    assert not agent.is_on()
    program = "/Applications/Deskhand.app/Contents/MacOS/Deskhand"
    agent.turn_on(Start((program, "--background"), "/src & <x>", {"A": "b"}))
    assert agent.is_on()
    assert agent.program() == program
    assert plistlib.loads(agent.path.read_bytes()) == {
        "Label": agent.path.stem,
        "ProgramArguments": [program, "--background"],
        "RunAtLoad": True,
        "ProcessType": "Interactive",
        "WorkingDirectory": "/src & <x>",
        "EnvironmentVariables": {"A": "b"},
    }
    agent.turn_off()
    assert not agent.is_on()


def test_the_command_for_the_registry_is_quoted_as_windows_reads_it() -> None:
    value = run_value(Start((r"C:\Program Files\Deskhand\Deskhand.exe", "--background")))
    assert value == r'"C:\Program Files\Deskhand\Deskhand.exe" --background'


def test_the_program_as_it_runs_now_can_be_started_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DESKHAND_DATA_DIR", str(tmp_path))
    start = own_start()
    assert start.environment == {"DESKHAND_DATA_DIR": str(tmp_path)}
    asked = [*start.command[: start.command.index("--background")], "--help"]
    told = subprocess.run(asked, cwd=start.folder, capture_output=True, text=True, timeout=30, check=True).stdout
    assert "--background" in shlex.split(told.replace("[", " ").replace("]", " "))
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert own_start().command == (sys.executable, "--background")
    assert own_start().folder == ""


def test_a_program_that_was_moved_is_named_anew_and_another_one_is_left_alone(tmp_path: Path) -> None:
    entry = DesktopEntry(tmp_path / "deskhand.desktop")
    renew(entry)
    assert not entry.path.exists()
    other = tmp_path / "Desk\\hand 办"
    other.touch()
    entry.turn_on(Start((str(other), "--background")))
    renew(entry)
    assert entry.program() == str(other)
    other.unlink()
    renew(entry)
    assert entry.program() == sys.executable


def test_linux_has_a_place_of_its_own_for_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    assert autostart() == DesktopEntry(tmp_path / "autostart" / "deskhand.desktop")

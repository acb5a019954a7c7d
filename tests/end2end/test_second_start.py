"""Opening Deskhand when it is open: the first window comes to the front, and no second one is there."""

import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.helpers.person import FROM_SOURCE, Person, person
from tests.helpers.running_host import SETTINGS
from tests.helpers.tree import ROOT
from tests.helpers.waiting import until

SAMPLE = ROOT / "resources" / "samples" / "sales.csv"


@pytest.fixture
def user(tmp_path: Path) -> Generator[Person]:
    with person(tmp_path / "data", settings=SETTINGS) as sitting:
        yield sitting


def opens_again(user: Person, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*FROM_SOURCE, *arguments], env=user.env, stdin=subprocess.DEVNULL)


def xdotool(user: Person, *words: str) -> list[str]:
    asked = subprocess.run(["xdotool", *words], env=user.env, capture_output=True, text=True, check=False)
    return asked.stdout.split()


def windows(user: Person) -> list[str]:
    return xdotool(user, "search", "--onlyvisible", "--class", "deskhand")


def in_front(user: Person) -> list[str]:
    return xdotool(user, "getactivewindow")


def test_a_later_start_ends_well_and_brings_the_first_window_to_the_front_with_its_file(user: Person) -> None:
    user.start("--background")
    assert user.host.is_running()
    assert opens_again(user, "--background").wait(20) == 0
    assert windows(user) == []
    assert opens_again(user).wait(20) == 0
    (first,) = until(lambda: windows(user))
    user.finds("Report from a table")
    xdotool(user, "windowminimize", "--sync", first)
    until(lambda: windows(user) == [])
    assert opens_again(user, str(SAMPLE)).wait(20) == 0
    until(lambda: user.finds("Table", "text").text == str(SAMPLE))
    until(lambda: in_front(user) == [first])
    assert windows(user) == [first]


def test_switched_on_in_the_settings_it_starts_with_the_computer_out_of_sight(user: Person) -> None:
    user.start()
    user.finds("Report from a table")
    user.presses("Settings", "check box")
    # Told to act, not clicked on: cards above it may come a moment later, and move it.
    user.finds("Start Deskhand when I sign in").act()
    entry = Path(user.env["HOME"]) / ".config" / "autostart" / "deskhand.desktop"
    until(entry.exists)
    user.quits()
    assert user.is_gone() == 0
    # What a desktop does with the entry when somebody signs in.
    subprocess.run(["gio", "launch", str(entry)], env=user.env, check=True, timeout=20)
    assert user.host.is_running()
    assert windows(user) == []
    assert opens_again(user).wait(20) == 0
    until(lambda: windows(user))


def test_of_two_starts_at_the_same_moment_one_shows_a_window_and_the_other_ends_well(user: Person) -> None:
    starts = [opens_again(user), opens_again(user)]
    try:
        until(lambda: any(start.poll() is not None for start in starts))
        (stays,) = (start for start in starts if start.poll() is None)
        (ended,) = (start for start in starts if start is not stays)
        assert ended.wait() == 0
        until(lambda: len(windows(user)) == 1)
        stays.kill()
        stays.wait()
        user.start()
        user.finds("Report from a table")
    finally:
        for start in starts:
            start.kill()
            start.wait()

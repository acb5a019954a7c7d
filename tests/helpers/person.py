"""Somebody at a desk who uses Deskhand: finds things by the names a screen reader says, by mouse and keyboard.

It knows nothing of the program's inside, so that it can use the program in any form: from source, or frozen.
"""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from desktop.client.announcement import read_announcement
from tests.helpers.accessible import ENABLED, SHOWING, VISIBLE, Gone, Thing, accessibility_bus, program
from tests.helpers.screen import desk
from tests.helpers.waiting import until

FROM_SOURCE = (sys.executable, "-m", "desktop")
NOT_READ = frozenset({"table", "tree table"})
"""What may hold a hundred thousand rows: read only when it is asked for by name."""


@contextlib.contextmanager
def person(
    data: Path, command: Sequence[str] = FROM_SOURCE, settings: Mapping[str, str] | None = None
) -> Generator["Person"]:
    """A person at a desk of her own with a data folder; the program is not started yet.

    `settings` are added to the environment of the program. Window and host are ended at last, whatever became of them.
    """
    with desk() as env, accessibility_bus(env["DBUS_SESSION_BUS_ADDRESS"]) as bus:
        env |= {"DESKHAND_DATA_DIR": str(data), **(settings or {})}
        made = Person(env, data, command, bus)
        try:
            yield made
        finally:
            made.end_all()


class Person:
    """Uses one window at a time. What she looks for, she waits for; what does not come fails the test."""

    def __init__(self, env: Mapping[str, str], data: Path, command: Sequence[str], bus: Any) -> None:
        self.env = dict(env)
        self.data = data
        self.command = list(command)
        self._bus = bus
        self._program: Thing | None = None
        self.window: subprocess.Popen[bytes] | None = None
        self.output = data.parent / f"{data.name}-window.out"

    # The program as processes

    def start(self, *arguments: str) -> None:
        """Opens the window, and waits until it can be used."""
        with self.output.open("ab") as output:
            self.window = subprocess.Popen(
                [*self.command, *arguments],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        pid = self.window.pid
        self._program = until(lambda: program(self._bus, pid))

    @property
    def host(self) -> psutil.Process:
        """The host of the data folder, once it has announced itself."""
        return until(self._announced)

    def _announced(self) -> psutil.Process | None:
        said = read_announcement(self.data)
        return psutil.Process(said.pid) if said else None

    def processes(self) -> list[psutil.Process]:
        """All that run for this data folder now, whoever started them: window, host, and what belongs to them."""
        found: list[psutil.Process] = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error, OSError):
                if process.environ().get("DESKHAND_DATA_DIR") == str(self.data):
                    found.append(process)
        return found

    def is_gone(self, seconds: float = 20.0) -> int:
        """Waits for the window's process to end and returns its exit status."""
        assert self.window is not None
        return self.window.wait(seconds)

    def kill(self) -> None:
        """Kills the window's process as a power cut would."""
        assert self.window is not None
        self.window.send_signal(signal.SIGKILL)
        self.window.wait(10)

    def end_all(self) -> None:
        """Ends what still runs of window and host, the window first, which would start another host."""
        if self.window is not None and self.window.poll() is None:
            self.window.kill()
            self.window.wait(10)
        # What the host has started ends with it.
        for process in self.processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.terminate()
        _, left = psutil.wait_procs(self.processes(), 10)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, 5)

    # The program as it is seen

    def things(self, *, in_tables: bool = False) -> list[Thing]:
        """Everything that is visible now."""
        if self._program is None:
            return []

        def goes_into(thing: Thing) -> bool:
            if thing == self._program:
                return True
            return thing.has(VISIBLE) and (in_tables or thing.role not in NOT_READ)

        try:
            return list(self._program.within(goes_into))
        except Gone:
            return []

    def looks_for(self, name: str, *roles: str, in_tables: bool = False) -> Thing | None:
        """The first visible thing of that name, and of one of the roles if any are given; None if there is none now."""
        for thing in self.things(in_tables=in_tables):
            with contextlib.suppress(Gone):
                if thing.name == name and (not roles or thing.role in roles):
                    return thing
        return None

    def finds(self, name: str, *roles: str, seconds: float = 20.0, in_tables: bool = False) -> Thing:
        """The same, waited for."""
        try:
            return until(lambda: self.looks_for(name, *roles, in_tables=in_tables), seconds)
        except AssertionError as error:
            raise AssertionError(f"{name!r} did not come into sight. In sight were: {self.words()}") from error

    def words(self, *, in_tables: bool = False) -> list[str]:
        """All that can be read now, one entry for each thing."""
        found: list[str] = []
        for thing in self.things(in_tables=in_tables):
            with contextlib.suppress(Gone):
                found += [text] if (text := thing.text or thing.name) else []
        return found

    def sees(self, *parts: str, in_tables: bool = False) -> str:
        """The first entry that has all the parts in it; empty if there is none now."""
        return next((text for text in self.words(in_tables=in_tables) if all(part in text for part in parts)), "")

    def reads(self, *parts: str, seconds: float = 20.0, in_tables: bool = False) -> str:
        """The same, waited for."""
        try:
            return until(lambda: self.sees(*parts, in_tables=in_tables), seconds)
        except AssertionError as error:
            raise AssertionError(f"{parts} could not be read. In sight were: {self.words()}") from error

    # What she does

    def presses(self, name: str, *roles: str, in_tables: bool = False) -> None:
        """Clicks on the thing of that name once it can be clicked; one that is scrolled out of sight is told to act."""
        thing = self.finds(name, *roles, in_tables=in_tables)
        until(lambda: thing.has(ENABLED))
        if not thing.has(SHOWING):
            thing.act()
            return
        across, down = thing.middle()
        self._xdotool("mousemove", "--sync", str(across), str(down), "click", "1")

    def writes(self, name: str, text: str, *roles: str) -> None:
        """Puts text into the field of that name, in place of what was there."""
        thing = self.finds(name, *(roles or ("text",)))
        thing.take_focus()
        self.keys("ctrl+a")
        self.types(text)
        until(lambda: thing.text == text)

    def names_a_file(self, path: Path | str) -> None:
        """Writes a path into the dialog for files that is open, and has it taken.

        A list of completions that comes late takes the first Return for itself; who sees the dialog stay presses again.
        """
        self.writes("File name:", str(path))
        for _ in range(5):
            self.keys("Return")
            with contextlib.suppress(AssertionError):
                until(lambda: bool(self.words()) and self.looks_for("File name:", "text") is None, 3.0)
                return
        raise AssertionError(f"The dialog did not take {path}. In sight were: {self.words()}")

    def types(self, text: str) -> None:
        """Types where the focus is."""
        self._xdotool("type", "--delay", "2", text)

    def keys(self, *names: str) -> None:
        """Presses keys, each in the way xdotool calls it: `ctrl+q`, `Return`."""
        self._xdotool("key", *names)

    def quits(self) -> None:
        """Asks the program to end by its key; where it asks back, that is still to be answered."""
        self.keys("ctrl+q")

    def takes_a_picture(self, file: Path) -> None:
        """Of the whole screen, as PNG."""
        subprocess.run(["scrot", "--overwrite", str(file)], env=self.env, check=True)

    def _xdotool(self, *words: str) -> None:
        subprocess.run(["xdotool", *words], env=self.env, check=True, capture_output=True, timeout=20)

"""Starting with the computer, by the platform's own means: what is written where, and whether it is in force."""

import contextlib
import os
import plistlib
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import platformdirs

NAME = "deskhand"
LABEL = "org.deskhand.Deskhand"
RUN_KEY = r"Software\Microsoft\Windows\CurrentVersion\Run"
QUIET = "--background"


@dataclass(frozen=True, slots=True)
class Start:
    """How this program is started: the command, the folder to start it in ("": any), and what it is told."""

    command: tuple[str, ...]
    folder: str = ""
    environment: dict[str, str] = field(default_factory=dict[str, str])


def own_start() -> Start:
    """How the program that runs now is started again: installed, from a folder that was unpacked, or from source."""
    chosen = {name: os.environ[name] for name in ("DESKHAND_DATA_DIR",) if os.environ.get(name)}
    if getattr(sys, "frozen", False):
        return Start((sys.executable, QUIET), environment=chosen)
    return Start((sys.executable, "-m", "desktop", QUIET), str(Path(__file__).resolve().parents[2]), chosen)


class Autostart(Protocol):
    """One platform's way. Each may raise OSError."""

    def is_on(self) -> bool:
        """Whether the program starts with the computer."""
        ...

    def program(self) -> str:
        """The executable that is started so; "" where none is named."""
        ...

    def turn_on(self, start: Start) -> None:
        """Has it start so from now on."""
        ...

    def turn_off(self) -> None:
        """Leaves nothing behind."""
        ...


def renew(way: Autostart) -> None:
    """After the program was moved: names its new place. Another Deskhand that is still there is left alone."""
    if way.is_on() and (program := way.program()) and not Path(program).exists():
        way.turn_on(own_start())


def autostart() -> Autostart | None:
    """This platform's way; None where the program cannot be started so, as from source on Windows."""
    if sys.platform == "win32":
        return RunKey() if getattr(sys, "frozen", False) else None
    if sys.platform == "darwin":
        return LaunchAgent(Path.home() / "Library" / "LaunchAgents" / f"{LABEL}.plist")
    return DesktopEntry(platformdirs.user_config_path() / "autostart" / f"{NAME}.desktop")


@dataclass(frozen=True, slots=True)
class DesktopEntry:
    """Desktop Application Autostart Specification 0.5, in the words of the Desktop Entry Specification 1.5."""

    path: Path

    def is_on(self) -> bool:
        # The second is what the settings of GNOME write where the user turns it off there.
        off = {"Hidden=true", "X-GNOME-Autostart-enabled=false"}
        return bool(lines := self._lines()) and not off & {line.replace(" ", "") for line in lines}

    def program(self) -> str:
        named = (line.removeprefix("TryExec=") for line in self._lines() if line.startswith("TryExec="))
        return next(named, "").replace("\\\\", "\\")

    def _lines(self) -> list[str]:
        try:
            return self.path.read_text("utf-8").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []

    def turn_on(self, start: Start) -> None:
        _write(self.path, desktop_entry(start).encode())

    def turn_off(self) -> None:
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class LaunchAgent:
    """launchd.plist(5). *Not run here.*"""

    path: Path

    def is_on(self) -> bool:
        return self.path.exists()

    def program(self) -> str:
        return str((plistlib.loads(self.path.read_bytes()).get("ProgramArguments") or [""])[0])

    def turn_on(self, start: Start) -> None:
        _write(self.path, launch_agent(start))

    def turn_off(self) -> None:
        self.path.unlink(missing_ok=True)


class RunKey:
    """The registry key *Run* of this user (Windows: Run and RunOnce Registry Keys). *Not run here.*"""

    def is_on(self) -> bool:
        return bool(self._value())

    def program(self) -> str:
        named = re.match(r'"([^"]*)"|(\S+)', self._value())
        return named[1] or named[2] if named else ""

    def _value(self) -> str:
        if sys.platform == "win32":
            import winreg

            with contextlib.suppress(FileNotFoundError), winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
                return str(winreg.QueryValueEx(key, NAME)[0])
        return ""

    def turn_on(self, start: Start) -> None:
        if sys.platform == "win32":
            import winreg

            with winreg.CreateKey(winreg.HKEY_CURRENT_USER, RUN_KEY) as key:
                winreg.SetValueEx(key, NAME, 0, winreg.REG_SZ, run_value(start))

    def turn_off(self) -> None:
        if sys.platform == "win32":
            import winreg

            access = winreg.KEY_SET_VALUE
            with (
                contextlib.suppress(FileNotFoundError),
                winreg.OpenKey(winreg.HKEY_CURRENT_USER, RUN_KEY, access=access) as key,
            ):
                winreg.DeleteValue(key, NAME)


def desktop_entry(start: Start) -> str:
    """The file for an XDG desktop."""
    told = ["env", *(f"{name}={value}" for name, value in start.environment.items())] if start.environment else []
    lines = [
        "[Desktop Entry]",
        "Type=Application",
        "Name=Deskhand",
        f"TryExec={_string(start.command[0])}",
        f"Exec={_string(' '.join(_argument(word) for word in (*told, *start.command)))}",
        *([f"Path={_string(start.folder)}"] if start.folder else []),
        "Icon=deskhand",
        "Terminal=false",
    ]
    return "\n".join(lines) + "\n"


def launch_agent(start: Start) -> bytes:
    """The file for launchd, as XML."""
    said = {
        "Label": LABEL,
        "ProgramArguments": list(start.command),
        "RunAtLoad": True,
        "ProcessType": "Interactive",
        **({"WorkingDirectory": start.folder} if start.folder else {}),
        **({"EnvironmentVariables": start.environment} if start.environment else {}),
    }
    return plistlib.dumps(said)


def run_value(start: Start) -> str:
    """The command line for the registry, in the quoting that CommandLineToArgvW takes apart."""
    return subprocess.list2cmdline(start.command)


def _argument(word: str) -> str:
    """One argument of `Exec`: quoted where need be, with a percent sign doubled."""
    if not re.fullmatch(r"[\w@+=:,./-]+", word, re.ASCII):
        word = '"' + re.sub(r'(["`$\\])', r"\\\1", word) + '"'
    return word.replace("%", "%%")


def _string(value: str) -> str:
    """A value of the type string."""
    return value.replace("\\", "\\\\").replace("\n", "\\n")


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)

"""What may be given away when something does not work: logs, versions and settings, with what is private taken out."""

import configparser
import contextlib
import json
import os
import platform
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.state.licences import shipped
from desktop.state.redaction import Kind, Redactor

LOG_END = 300_000
"""Bytes of each log that are taken: its end."""
MOST_LOGS = 24
BRACKETS = str.maketrans("<>", "()")
PRIVATE_SETTINGS = ("layout", "forms")
"""Groups of `window.ini` that say nothing of a fault, or hold paths of the user's files."""
UNREACHED = "The part that runs the jobs did not answer, so nothing is known of them.\n"
ACCOUNT_KINDS: tuple[tuple[str, Kind], ...] = (
    ("host", "address"),
    ("server", "address"),
    ("url", "address"),
    ("domain", "address"),
    ("mail", "e-mail"),
    ("sender", "e-mail"),
    ("reply", "e-mail"),
    ("user", "user"),
    ("login", "user"),
    ("name", "user"),
    ("folder", "home"),
)
"""What a setting of an account is, by a part of its name."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file of the bundle."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Bundle:
    """All files, and how often each kind of private text was taken out."""

    parts: tuple[Part, ...]
    found: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Sources:
    """Where the texts come from.

    `facts` are versions and the like that only the window knows; `asked` is what the API answered, by path, where it
    answered at all; `accounts` are the settings of the user's accounts, of which nothing may remain.
    """

    folder: Path
    resources: Path
    facts: Mapping[str, str]
    environment: Mapping[str, str]
    asked: Mapping[str, Any]
    accounts: tuple[Mapping[str, Any], ...] = ()


def collect(sources: Sources) -> Bundle:
    """Reads everything and takes out what is private. Takes a second or so: not for the window's own thread."""
    redactor = Redactor(known_of(sources))
    parts = [
        Part("versions.txt", _versions(sources)),
        Part("settings.txt", _settings(sources)),
        Part("jobs.txt", json.dumps(sources.asked, indent=2, sort_keys=True) if sources.asked else UNREACHED),
        *_logs(sources.folder / "logs"),
    ]
    names = [redactor.clean(part.name).translate(BRACKETS) for part in parts]
    texts = [redactor.clean(part.text) for part in parts]
    counted = {str(kind): number for kind, number in redactor.found.items()}
    return Bundle(tuple(map(Part, names, texts)), counted)


def save(bundle: Bundle, target: Path) -> None:
    """Writes the bundle as a ZIP file that only its user can read. Raises OSError."""
    part = target.with_name(f"{target.name}.part")
    part.unlink(missing_ok=True)
    try:
        with (
            os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive,
        ):
            for one in bundle.parts:
                archive.writestr(one.name, one.text)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def known_of(sources: Sources) -> dict[str, Kind]:
    """Texts of this user and this computer that must not remain."""
    known: dict[str, Kind] = {}
    for place in (Path.home(), Path(os.path.realpath(Path.home()))):
        if place != Path(place.anchor):
            known[str(place)] = known[place.as_posix()] = "home"
    for name in _users(sources.environment):
        known[name] = "user"
    for name in _computers(sources.environment):
        known[name] = known[name.partition(".")[0]] = "computer"
    for variable in ("DESKHAND_TOKEN", "DESKHAND_DATABASE_URL", "DESKHAND_BROKER_URL"):
        if value := sources.environment.get(variable):
            known[value] = "secret"
    for file in ("host.json", "window.json"):
        if token := _token(sources.folder / "run" / file):
            known[token] = "secret"
    for settings in sources.accounts:
        known.update(_of_account(settings))
    return known


def _users(environment: Mapping[str, str]) -> Iterator[str]:
    names = {environment.get(name, "") for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER")}
    if sys.platform != "win32":
        import pwd

        # A process may run under a number that no user has.
        with contextlib.suppress(KeyError):
            user = pwd.getpwuid(os.getuid())
            # The full name is the first part of the field (passwd(5)).
            full = user.pw_gecos.split(",")[0]
            names |= {user.pw_name, full, *full.split()}
    yield from filter(None, names)


def _computers(environment: Mapping[str, str]) -> Iterator[str]:
    names = {environment.get(name, "") for name in ("HOSTNAME", "COMPUTERNAME", "USERDOMAIN", "USERDNSDOMAIN")}
    yield from filter(None, names | {platform.node()})


def _token(file: Path) -> str:
    try:
        return str(json.loads(file.read_bytes())["token"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _of_account(settings: Mapping[str, Any]) -> Iterator[tuple[str, Kind]]:
    for name, value in settings.items():
        for part, kind in ACCOUNT_KINDS:
            if part in name and isinstance(value, str) and value:
                yield value, kind
                break


def _versions(sources: Sources) -> str:
    facts = {
        **sources.facts,
        "Python": platform.python_version(),
        "System": f"{platform.system()} {platform.release()} {platform.machine()}",
        "Distribution": _distribution(),
        "Processors": str(os.cpu_count()),
        "Frozen": "yes" if getattr(sys, "frozen", False) else "no",
    }
    packages = [f"{one.name} {one.version}" for one in shipped(sources.resources) if one.version]
    return "\n".join([*(f"{name}: {value}" for name, value in facts.items()), "", *packages]) + "\n"


def _distribution() -> str:
    try:
        return platform.freedesktop_os_release().get("PRETTY_NAME", "") if sys.platform == "linux" else ""
    except OSError:
        return ""


def _settings(sources: Sources) -> str:
    lines = ["Environment variables:"]
    for name, value in sorted(sources.environment.items()):
        if name.startswith("DESKHAND_"):
            hidden = name.endswith(("_URL", "_TOKEN"))
            lines.append(f"{name}: {'(set)' if hidden and value else value}")
    lines += ["", "window.ini, without layouts and without the files used lately:"]
    ini = configparser.RawConfigParser(strict=False, delimiters=("=",))
    try:
        ini.read(sources.folder / "window.ini", "utf-8")
    except (configparser.Error, UnicodeDecodeError) as error:
        lines.append(f"(cannot be read: {type(error).__name__})")
    for group in ini.sections():
        if group not in PRIVATE_SETTINGS:
            lines += [f"{group}/{name} = {value}" for name, value in ini.items(group)]
    return "\n".join(lines) + "\n"


def _logs(folder: Path) -> Iterator[Part]:
    files = sorted(path for path in folder.glob("*") if path.is_file()) if folder.is_dir() else []
    for path in files[:MOST_LOGS]:
        yield Part(f"logs/{path.name}.txt", _end_of(path))


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - LOG_END))
            text = file.read(LOG_END).decode("utf-8", "replace")
    except OSError as error:
        return f"(cannot be read: {error.strerror})\n"
    # A line whose beginning is cut off could hold a secret without the word that gives it away.
    return text if size <= LOG_END else "(the beginning is left out)\n" + text.partition("\n")[2]

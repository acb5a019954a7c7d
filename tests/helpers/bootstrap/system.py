"""System libraries: which are missing, and how they come in."""

import contextlib
import os
import shlex
import shutil
import subprocess
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path

from tests.helpers.bootstrap.console import Stop, quietly, say
from tests.helpers.bootstrap.packages import GROUPS

ROOT = Path(__file__).resolve().parents[3]
POLICY = Path("/usr/sbin/policy-rc.d")
"""While it exists and exits with 101, Debian starts no service that it installs (invoke-rc.d's own rule)."""


def installed() -> set[str]:
    """The names of all installed Debian packages, with those they provide: newer releases rename some."""
    listing = subprocess.run(
        ["dpkg-query", "-W", "-f=${db:Status-Status}\t${Package}\t${Provides}\n"],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout
    names: set[str] = set()
    for line in listing.splitlines():
        status, package, provides = line.split("\t")
        if status == "installed":
            names.add(package)
            names.update(entry.split("(")[0].split(":")[0].strip() for entry in provides.split(","))
    return names


def missing(packages: Iterable[str]) -> list[str]:
    """Those of the packages that are not installed."""
    there = installed()
    return [package for package in packages if package not in there]


def line_to_type(packages: Sequence[str], is_root: bool) -> str:
    """The one line that brings the packages in, for a user who is not the administrator.

    Packages that hold services go through `make`, which keeps Debian from starting them. `su -` since without
    the dash root keeps the user's PATH, in which dpkg does not find its programs.
    """
    if set(packages) & set(GROUPS["services"]):
        line = f"make -C {shlex.quote(str(ROOT))} system-for-tests"
    else:
        line = f"apt-get update && apt-get install -y --no-install-recommends {' '.join(packages)}"
    if is_root:
        return line
    if shutil.which("sudo"):
        return f"sudo sh -c {shlex.quote(line)}"
    return f"su - -c {shlex.quote(line)}"


def ensure(packages: Sequence[str]) -> None:
    """Installs what is missing if this is root; otherwise raises Stop with the line to type."""
    if not shutil.which("dpkg-query"):
        say(f"This is not a Debian system; the following, or their like, must be there: {' '.join(packages)}")
        return
    wanted = missing(packages)
    if not wanted:
        return
    if os.geteuid() != 0:
        raise Stop(
            f"Some system packages are missing: {' '.join(wanted)}\n"
            "Only an administrator may install them. Please type this line, then try again:\n\n"
            f"  {line_to_type(wanted, is_root=False)}\n"
        )
    say(f"Installing {len(wanted)} system packages: {' '.join(wanted)}")
    with services_held_back():
        install(wanted)


def install(packages: Sequence[str]) -> None:
    """Lets apt-get install the packages, asking nothing. Raises Stop with its words when it fails."""
    env = {"DEBIAN_FRONTEND": "noninteractive"}
    if "postfix" in packages and shutil.which("debconf-set-selections"):
        subprocess.run(
            ["debconf-set-selections"],
            input="postfix postfix/main_mailer_type select No configuration\n",
            text=True,
            check=True,
        )
    patient = ["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]
    quietly(["apt-get", "update", *patient], "Fetching the list of system packages", env)
    quietly(
        ["apt-get", "install", "-y", "--no-install-recommends", *patient, *packages],
        "Installing system packages",
        env,
    )


@contextlib.contextmanager
def services_held_back(policy: Path = POLICY) -> Generator[None]:
    """While this lasts, Debian installs services without starting them. An existing policy is left alone."""
    if policy.exists():
        yield
        return
    policy.write_text("#!/bin/sh\nexit 101\n", encoding="ascii")
    try:
        policy.chmod(0o755)
        yield
    finally:
        policy.unlink(missing_ok=True)

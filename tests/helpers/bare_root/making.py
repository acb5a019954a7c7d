"""Makes a bare Debian from the packages of this machine: their files are copied, as dpkg lists them.

debootstrap would fetch them from the network, and needs more rights than a runner of tests may have; what comes out
differs in that no maintainer script runs here. The packages must be installed on this machine.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

MERGED = ("bin", "lib", "lib32", "lib64", "libx32", "sbin")
"""Links into `/usr` since Debian 12 (its release notes, *merged-/usr*)."""
NOT_COPIED = ("/usr/share/doc/", "/usr/share/man/", "/usr/share/locale/")


@dataclass(frozen=True)
class Package:
    """An installed package. `needs`: what it depends on, each as the names of which one is enough."""

    name: str
    essential: bool
    provides: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...]


def bare_root(folder: Path, named: Sequence[str]) -> Path:
    """Fills an empty folder with the essential packages, the named ones, and what these depend on; returns it."""
    known = _installed()
    packages = _with_what_they_need([*(name for name, one in known.items() if one.essential), *named], known)
    for name in MERGED:
        (folder / "usr" / name).mkdir(parents=True, exist_ok=True)
        (folder / name).symlink_to(f"usr/{name}")
    for name in ("dev", "proc", "root", "run", "tmp"):
        (folder / name).mkdir()
    for path in _files_of(packages):
        _copy(path, folder)
    for name in ("passwd", "group"):
        shutil.copyfile(f"/usr/share/base-passwd/{name}.master", folder / "etc" / name)
    _run("ldconfig", "-r", str(folder))
    _write_status(folder, packages)
    return folder


def install(folder: Path, package: Path) -> None:
    """Lets dpkg install a package file there. Raises AssertionError with its words, as when a dependency is missing."""
    _dpkg(folder, "--install", str(package))


def remove(folder: Path, name: str) -> None:
    """Lets dpkg remove an installed package there, as `apt-get remove` does."""
    _dpkg(folder, "--remove", name)


def _dpkg(folder: Path, *words: str) -> None:
    as_root = () if os.geteuid() == 0 else ("unshare", "--map-root-user")
    command = [*as_root, "dpkg", f"--root={folder}", "--force-not-root", *words]
    env = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def _installed() -> dict[str, Package]:
    wanted = ("db:Status-Status", "Package", "Essential", "Provides", "Pre-Depends", "Depends")
    listing = _run("dpkg-query", "-W", "-f=" + "\t".join(f"${{{field}}}" for field in wanted) + "\n")
    found: dict[str, Package] = {}
    for line in listing.splitlines():
        status, name, essential, provides, before, needs = line.split("\t")
        if status == "installed":
            every = tuple(tuple(map(_name, one.split("|"))) for one in f"{before},{needs}".split(",") if one.strip())
            given = tuple(_name(one) for one in provides.split(",") if one.strip())
            found[name] = Package(name, essential == "yes", given, every)
    return found


def _name(relation: str) -> str:
    """The name in a relation such as `libc6:any (>= 2.36)` (Debian policy, 7.1)."""
    return re.split(r"[\s(:]", relation.strip(), maxsplit=1)[0]


def _with_what_they_need(names: Iterable[str], known: dict[str, Package]) -> list[str]:
    by_name = {given: one.name for one in known.values() for given in one.provides} | {name: name for name in known}
    taken: dict[str, None] = {}
    open_names = list(names)
    while open_names:
        name = open_names.pop()
        assert name in by_name, f"The package {name} must be installed on this machine: apt-get install {name}"
        package = known[by_name[name]]
        if package.name not in taken:
            taken[package.name] = None
            for choice in package.needs:
                open_names.append(next((one for one in choice if one in by_name), choice[0]))
    return sorted(taken)


def _files_of(packages: Sequence[str]) -> list[Path]:
    # dpkg says of diversions in sentences, between the paths.
    listed = _run("dpkg-query", "-L", *packages).splitlines()
    return [Path(line) for line in sorted(set(listed)) if line.startswith("/") and not line.startswith(NOT_COPIED)]


def _copy(path: Path, folder: Path) -> None:
    target = folder / path.relative_to("/")
    if path.is_symlink():
        if not target.is_symlink() and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(path.readlink())
    elif path.is_dir():
        target.mkdir(parents=True, exist_ok=True)
    elif path.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target)


def _write_status(folder: Path, packages: Sequence[str]) -> None:
    """What dpkg knows of these packages, for the package that will be installed over them."""
    dpkg = folder / "var" / "lib" / "dpkg"
    for name in ("info", "updates", "triggers"):
        (dpkg / name).mkdir(parents=True, exist_ok=True)
    (dpkg / "status").write_text(_run("dpkg-query", "--status", *packages), "utf-8")


def _run(*command: str) -> str:
    env = {**os.environ, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, env=env, check=True, stdout=subprocess.PIPE, text=True).stdout

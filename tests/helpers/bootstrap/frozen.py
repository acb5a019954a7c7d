"""The targets that make the double-click program, and that use it."""

import subprocess
import time
from collections.abc import Sequence

from tests.helpers.bootstrap.console import quietly, say
from tests.helpers.bootstrap.system import ROOT
from tests.helpers.bootstrap.tasks import in_private, ready

PROGRAM = ROOT / "dist" / "Deskhand" / "deskhand"


def freeze(_arguments: Sequence[str]) -> int:
    """Makes `dist/Deskhand/` anew."""
    environment = ready("dev", "run", "freeze")
    say("Freezing the program; this takes about a minute")
    began = time.monotonic()
    pyinstaller = environment.python.with_name("pyinstaller")
    where = ("--distpath", str(ROOT / "dist"), "--workpath", str(ROOT / "build"))
    quietly([str(pyinstaller), "--noconfirm", "--log-level=ERROR", *where, str(ROOT / "pyinstaller.spec")], "Freezing")
    size = sum(path.stat().st_size for path in PROGRAM.parent.rglob("*") if path.is_file() and not path.is_symlink())
    say(f"{PROGRAM.parent} is there: {size / 1e6:.1f} MB, made in {time.monotonic() - began:.0f} s")
    return 0


def package(_arguments: Sequence[str]) -> int:
    """Makes the Debian package and the portable archive; freezes first where the program is older than the source."""
    environment = ready("dev", "run", "freeze", "package")
    bring_up_to_date()
    say("Packing the program; this takes about a minute")
    return subprocess.run(
        [str(environment.python), "-m", "tests.helpers.freezing", str(PROGRAM.parent)], cwd=ROOT, check=False
    ).returncode


def smoke(arguments: Sequence[str]) -> int:
    """Uses the frozen program as a person would; freezes it first where it is older than the source."""
    environment = ready("dev", "run", "display", "test", "freeze", "package")
    bring_up_to_date()
    return in_private(environment, "pytest", ["tests/frozen", *arguments])


def bring_up_to_date() -> None:
    """Freezes the program where it is not there, or is older than the source."""
    if _is_stale():
        freeze(())


def _is_stale() -> bool:
    if not PROGRAM.exists():
        return True
    made = PROGRAM.stat().st_mtime
    listed = subprocess.run(
        ["find", "backend", "desktop", "resources", "pyinstaller.spec", "-newermt", f"@{made}", "-name", "[!_]*"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.split()
    return bool(listed)

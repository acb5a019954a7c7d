"""The double-click program on a bare Debian: no Python, no Redis, no network but loopback; the libraries it names.

Needs mounts of its own: root, or a kernel on which users may make user namespaces. Without these it fails and says so.
"""

import contextlib
import os
import re
import signal
import subprocess
from collections.abc import Generator
from pathlib import Path

import openpyxl
import psutil
import pytest

from tests.frozen.conftest import FROZEN
from tests.helpers.bare_root.entering import command
from tests.helpers.bare_root.making import bare_root, install, remove
from tests.helpers.freezing.packing import debian_package
from tests.helpers.person import Person, person
from tests.helpers.running_host import lives
from tests.helpers.tree import ROOT
from tests.helpers.waiting import until

HOME = "/home/anna"
PORTABLE = "/media/stick/Büro 办公室/Deskhand"


def named_libraries() -> list[str]:
    """What the Debian package says it needs."""
    control = (ROOT / "resources" / "packaging" / "linux" / "control").read_text("utf-8")
    found = re.search(r"^Depends: (.*)$", control, re.MULTILINE)
    assert found
    return found[1].split(", ")


@pytest.fixture(scope="module")
def debian(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root."""
    rights = subprocess.run(command(Path("/"), {}, "/bin/true"), cwd=ROOT, capture_output=True, text=True, check=False)
    assert rights.returncode == 0, f"This test makes mounts; be root, or allow user namespaces. {rights.stderr}"
    root = bare_root(tmp_path_factory.mktemp("debian"), named_libraries())
    (root / HOME.strip("/")).mkdir(parents=True)
    return root


@contextlib.contextmanager
def sitting(debian: Path, program: str, tmp_path: Path) -> Generator[Person]:
    """Somebody at a desk whose program runs in the root; what still runs there is ended afterwards."""
    settings = {"HOME": HOME, "PATH": "/usr/bin:/bin", "DESKHAND_DATA_DIR": "", "DESKHAND_JOBTYPE_PACKAGES": ""}
    with person(debian / HOME.strip("/") / ".local/share/Deskhand", (), settings) as user:
        seen = {Path(user.env[name]): user.env[name] for name in ("XDG_RUNTIME_DIR", "XAUTHORITY")}
        bus = user.env["DBUS_SESSION_BUS_ADDRESS"].removeprefix("unix:path=").split(",")[0]
        seen |= {Path(path): path for path in (bus, "/tmp/.X11-unix")} | {FROZEN: PORTABLE}
        user.command = command(debian, seen, program)
        user.output = tmp_path / "window.out"
        try:
            yield user
        finally:
            for process in residents(debian):
                with contextlib.suppress(psutil.NoSuchProcess):
                    process.send_signal(signal.SIGKILL)


def residents(debian: Path) -> list[psutil.Process]:
    """What runs in the root."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter():
        with contextlib.suppress(OSError):
            if os.readlink(f"/proc/{process.pid}/root") == str(debian) and lives(process):
                found.append(process)
    return found


def test_the_program_on_a_medium_makes_a_report_without_python_or_network(debian: Path, tmp_path: Path) -> None:
    assert not [*debian.glob("usr/bin/*python*"), *debian.glob("usr/bin/redis*"), *debian.glob("usr/bin/valkey*")]
    home = debian / HOME.strip("/")
    (home / "sales.csv").write_bytes((ROOT / "resources" / "samples" / "sales.csv").read_bytes())
    (home / "results").mkdir()
    with sitting(debian, f"{PORTABLE}/deskhand", tmp_path) as user:
        user.start()
        user.presses("Report from a table")
        user.presses("Browse for: Table")
        user.names_a_file(f"{HOME}/sales.csv")
        user.writes("Title", "Sales of the year")
        user.writes("Folder", f"{HOME}/results")
        user.presses("Start now")
        user.reads("A report of 1,204 rows was made", seconds=60)
        assert openpyxl.load_workbook(home / "results" / "Sales of the year.xlsx")["Table"].max_row == 1205
        user.quits()
        assert user.is_gone() == 0
        until(lambda: residents(debian) == [])


def test_the_debian_package_installs_opens_and_leaves_the_data_when_it_is_removed(debian: Path, tmp_path: Path) -> None:
    install(debian, debian_package(FROZEN, tmp_path, compression="none"))
    data = debian / HOME.strip("/") / ".local/share/Deskhand"
    with sitting(debian, "/usr/bin/deskhand", tmp_path) as user:
        user.start()
        assert Path(user.host.exe()) == debian / "opt/deskhand/deskhand"
        user.reads("Nothing is running")
        user.quits()
        assert user.is_gone() == 0
    remove(debian, "deskhand")
    assert not (debian / "opt/deskhand").exists()
    assert not (debian / "usr/bin/deskhand").is_symlink()
    assert (data / "deskhand.sqlite3").is_file()

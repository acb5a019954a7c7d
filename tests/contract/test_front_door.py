"""What `make` promises to a newcomer, with the real make, venv, dpkg and Xvfb."""

import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tomllib
from pathlib import Path

import psutil
import pytest

from tests.helpers.bootstrap import display, system, tasks
from tests.helpers.bootstrap.console import Stop, quietly
from tests.helpers.bootstrap.environment import Environment
from tests.helpers.tree import ROOT

TARGETS = {
    "help",
    "run",
    "test",
    "check",
    "format",
    "bench",
    "freeze",
    "smoke-frozen",
    "lock",
    "clean",
    "system-for-tests",
}


def make(*arguments: str, tree: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs make in a tree; says what it printed."""
    return subprocess.run(["make", *arguments], cwd=tree, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def mended(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """A source tree whose locks ask for nothing, and whose environment was broken before it was ensured."""
    folder = tmp_path_factory.mktemp("tree")
    for lock in ("requirements.lock", "requirements-dev.lock"):
        (folder / lock).write_text("", "utf-8")
    environment = Environment(folder)
    environment.folder.joinpath("bin").mkdir(parents=True)
    environment.python.symlink_to(folder / "gone")
    environment.ensure("dev")
    return environment


def greeting_of(number: str, cookie: bytes) -> int:
    """The first byte of an X server's answer to a client with this cookie: 1 lets it in (X11 protocol, chapter 8)."""
    name = b"MIT-MAGIC-COOKIE-1"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(f"/tmp/.X11-unix/X{number}")
        client.sendall(struct.pack("<BxHHHHxx", ord("l"), 11, 0, len(name), len(cookie)) + name + b"\0\0" + cookie)
        return client.recv(1)[0]


def test_make_alone_says_what_there_is() -> None:
    said = make()
    assert said.returncode == 0
    assert set(re.findall(r"^  make ([a-z-]+)", said.stdout, re.MULTILINE)) >= TARGETS


def test_every_target_can_be_made_and_none_is_a_file() -> None:
    for target in sorted(TARGETS):
        planned = make("--dry-run", target)
        assert planned.returncode == 0, planned.stderr
        assert planned.stdout.strip()


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert script.index("make check") < script.index("make test")


def test_make_test_leaves_out_no_folder_of_tests() -> None:
    known = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["pytest"]["ini_options"]["testpaths"]
    assert sorted(tasks.LONGEST_FIRST) == sorted(known)


def test_a_missing_system_package_is_found_and_an_installed_one_is_not() -> None:
    assert system.missing(["libc6", "no-such-package-of-deskhand", "dpkg"]) == ["no-such-package-of-deskhand"]


def test_who_may_not_install_is_told_one_line_to_type() -> None:
    line = system.line_to_type(["libegl1", "libgl1"], is_root=False)
    assert "\n" not in line
    assert line.startswith(("sudo ", "su - -c "))
    assert "apt-get install -y --no-install-recommends libegl1 libgl1" in line


def test_packages_with_services_go_through_make_which_keeps_them_from_starting() -> None:
    line = system.line_to_type(["postfix", "scrot"], is_root=False)
    assert f"make -C {ROOT} system-for-tests" in line
    assert "apt-get" not in line


def test_services_are_held_back_while_they_are_installed_and_no_longer(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    with system.services_held_back(policy):
        assert subprocess.run([str(policy), "postfix", "start"], check=False).returncode == 101
    assert not policy.exists()


def test_a_policy_of_the_administrator_is_left_alone(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("theirs", "ascii")
    with system.services_held_back(policy):
        assert policy.read_text("ascii") == "theirs"
    assert policy.read_text("ascii") == "theirs"


def test_a_broken_environment_is_made_anew(mended: Environment) -> None:
    assert subprocess.run([str(mended.python), "-c", ""], check=False).returncode == 0


def test_a_second_run_installs_nothing(mended: Environment, capsys: pytest.CaptureFixture[str]) -> None:
    before = mended.stamp("dev").stat().st_mtime_ns
    mended.ensure("dev")
    mended.ensure("run")
    assert capsys.readouterr().out == ""
    assert mended.stamp("dev").stat().st_mtime_ns == before


def test_a_changed_lock_is_installed_and_a_package_without_a_hash_is_refused(mended: Environment) -> None:
    lock = mended.root / "requirements.lock"
    lock.write_text("six==1.17.0\n", "utf-8")
    assert not mended.is_ready("run")
    assert mended.is_ready("dev")
    with pytest.raises(Stop, match="hash"):
        mended.ensure("run")
    assert not mended.is_ready("run")
    lock.write_text("# asks for nothing\n", "utf-8")
    mended.ensure("run")
    assert mended.is_ready("run")


def test_a_command_that_fails_says_what_it_printed() -> None:
    with pytest.raises(Stop, match=r"Looking did not work .*\n.*no such thing"):
        quietly(["sh", "-c", "echo no such thing >&2; exit 3"], "Looking")


def test_the_virtual_screen_lets_in_only_who_has_the_cookie_outlives_ctrl_c_and_ends_with_us() -> None:
    with display.virtual() as screen:
        number = screen["DISPLAY"].removeprefix(":")
        cookie = Path(screen["XAUTHORITY"]).read_bytes()[-16:]
        assert greeting_of(number, cookie) == 1
        assert greeting_of(number, bytes(16)) != 1
        (server,) = [child for child in psutil.Process().children() if child.name() == "Xvfb"]
        assert os.getsid(server.pid) == server.pid
    assert not Path(f"/tmp/.X11-unix/X{number}").exists()
    assert not Path(screen["XAUTHORITY"]).exists()


def test_a_screen_is_in_sight_when_a_variable_says_so() -> None:
    assert display.in_sight({"DISPLAY": ":0"})
    assert display.in_sight({"WAYLAND_DISPLAY": "wayland-0"})
    assert not display.in_sight({"DISPLAY": ""})


def test_tests_get_nothing_of_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKHAND_BROKER_URL", "redis://somewhere")
    monkeypatch.setenv("DISPLAY", ":77")
    home = os.environ["HOME"]
    with tasks.private_surroundings() as env:
        assert env["HOME"] != home
        assert not {"DESKHAND_BROKER_URL", "DISPLAY", "XDG_DATA_HOME"} & env.keys()
        assert os.stat(env["XDG_RUNTIME_DIR"]).st_mode & 0o777 == 0o700
        folder = Path(env["HOME"]).parent
    assert not folder.exists()


def test_the_window_on_a_virtual_screen_is_watched_until_it_ends(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    picture = tmp_path / "window.png"
    window = f"import pathlib, sys, time; pathlib.Path({str(picture)!r}).touch(); time.sleep(0.5); sys.exit(7)"
    assert tasks.watch([sys.executable, "-c", window], os.environ, picture) == 7
    assert str(picture) in capsys.readouterr().out


def test_the_window_ends_when_its_watcher_is_told_to(tmp_path: Path) -> None:
    picture = tmp_path / "window.png"
    window = f"import pathlib, signal; pathlib.Path({str(picture)!r}).touch(); signal.pause()"
    watcher = (
        "import os, pathlib, sys; from tests.helpers.bootstrap import tasks;"
        f"sys.exit(tasks.watch([sys.executable, '-c', {window!r}], os.environ, pathlib.Path({str(picture)!r})))"
    )
    with subprocess.Popen([sys.executable, "-c", watcher], cwd=ROOT, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert str(picture) in watching.stdout.readline()
        watching.terminate()
        assert watching.wait(20) == 0


def test_an_unsupported_python_is_told_so_in_words(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "helpers" / "bootstrap", tmp_path / "tests" / "helpers" / "bootstrap")
    said = subprocess.run(
        [
            sys.executable,
            "-c",
            "import sys; sys.version_info = (3, 9, 2); from tests.helpers.bootstrap.__main__ import main;"
            "sys.exit(main(['run']))",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert said.returncode == 2
    assert "Python 3.11" in said.stderr
    assert "Traceback" not in said.stderr

"""What people install: a Debian package by Debian's own tools, and an archive to be unpacked anywhere."""

import os
import shutil
import subprocess
from pathlib import Path

from backend import __version__
from tests.helpers.tree import ROOT

PARTS = ROOT / "resources" / "packaging" / "linux"


def architecture() -> str:
    """Debian's name for this machine's kind."""
    return _run("dpkg", "--print-architecture").strip()


def debian_package(program: Path, folder: Path, compression: str = "zstd") -> Path:
    """Packs the frozen program (its folder) into `folder`; returns the package. `compression` is dpkg-deb's `-Z`.

    It has no scripts: nothing runs as root when it is installed, and removing it leaves the data of its users.
    """
    root = folder / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(program, root / "opt" / "deskhand", symlinks=True)
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "deskhand").symlink_to("/opt/deskhand/deskhand")
    _place(PARTS / "deskhand.desktop", root / "usr" / "share" / "applications" / "deskhand.desktop")
    icons = root / "usr" / "share" / "icons" / "hicolor" / "scalable" / "apps"
    _place(ROOT / "resources" / "icons" / "deskhand.svg", icons / "deskhand.svg")
    _place(ROOT / "LICENSE", root / "usr" / "share" / "doc" / "deskhand" / "copyright")
    size = sum(path.lstat().st_size for path in root.rglob("*") if path.is_file()) // 1024
    control = (PARTS / "control").read_text("utf-8")
    (root / "DEBIAN").mkdir()
    filled = control.format(version=__version__, architecture=architecture(), kilobytes=size)
    (root / "DEBIAN" / "control").write_text(filled, "utf-8")
    for path in root.rglob("*"):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
    made = folder / f"deskhand_{__version__}_{architecture()}.deb"
    _run("dpkg-deb", "--root-owner-group", f"-Z{compression}", "-z9", "--build", str(root), str(made))
    shutil.rmtree(root)
    return made


def portable_archive(program: Path, folder: Path) -> Path:
    """Packs the frozen program into one archive with one folder in it; returns the archive."""
    made = folder / f"Deskhand-{__version__}-linux-{architecture()}.tar.zst"
    names = ("--sort=name", "--owner=0", "--group=0", "--numeric-owner", f"--directory={program.parent}")
    _run("tar", "--use-compress-program=zstd -9 -T0", "-cf", str(made), *names, program.name)
    return made


def _place(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout

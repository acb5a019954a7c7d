"""The frozen program where a user may have put it: in a folder whose name has spaces and letters of other scripts."""

import os
import shutil
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.helpers.person import Person, person
from tests.helpers.tree import ROOT

FROZEN = ROOT / "dist" / "Deskhand"


def placed(folder: Path) -> Path:
    """The executable of a copy of the frozen program in that folder."""
    copy = os.link if FROZEN.stat().st_dev == folder.stat().st_dev else shutil.copy2
    shutil.copytree(FROZEN, folder / "Deskhand", symlinks=True, copy_function=copy)
    return folder / "Deskhand" / "deskhand"


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The executable."""
    folder = tmp_path_factory.mktemp("place") / "Büro Ärger 办公室"
    folder.mkdir()
    return placed(folder)


@pytest.fixture
def user(tmp_path: Path, program: Path) -> Generator[Person]:
    """Somebody with an empty home, who starts the program from another folder."""
    home = tmp_path / "Zuhause für 家"
    home.mkdir()
    elsewhere = ("env", "--chdir=/", str(program))
    settings = {"HOME": str(home), "DESKHAND_DATA_DIR": "", "DESKHAND_JOBTYPE_PACKAGES": "", "PATH": "/usr/bin:/bin"}
    with person(home / ".local" / "share" / "Deskhand", elsewhere, settings) as sitting:
        sitting.output = tmp_path / "window.out"
        yield sitting

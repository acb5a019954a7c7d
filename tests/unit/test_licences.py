"""Whose work comes with the program, and on what terms."""

import re
from pathlib import Path

from packaging.requirements import Requirement

from desktop.state.licences import UNKNOWN, collect, shipped, write
from tests.helpers.tree import ROOT

RESOURCES, LOCK = ROOT / "resources", ROOT / "requirements.lock"


def test_every_locked_package_that_is_installed_says_its_terms_in_full() -> None:
    found = {one.name.lower().replace("_", "-").replace(".", "-"): one for one in collect(RESOURCES, LOCK)}
    lines = re.findall(r"^([\w.-]+==[^\\\n]+)", LOCK.read_text("utf-8"), re.MULTILINE)
    meant = {one.name for one in map(Requirement, lines) if one.marker is None or one.marker.evaluate()}
    assert len(meant) > 50
    assert meant - found.keys() == set()
    assert [one.name for one in found.values() if len(one.text) < 200] == ["swagger: NOTICE"]


def test_fonts_icons_and_the_reference_page_have_theirs(tmp_path: Path) -> None:
    names = {one.name.split(":")[0] for one in collect(RESOURCES, LOCK) if one.terms == UNKNOWN}
    assert {"fonts", "icons", "swagger"} <= names


def test_qt_comes_with_the_text_of_the_lgpl() -> None:
    (qt,) = [one for one in collect(RESOURCES, LOCK) if one.name == "PySide6_Essentials"]
    assert "LGPL-3.0" in qt.terms
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in qt.text
    assert "TERMS AND CONDITIONS" in qt.text


def test_the_frozen_program_reads_what_the_source_would_say(tmp_path: Path) -> None:
    write(RESOURCES, LOCK, tmp_path / "licences.json")
    assert shipped(tmp_path) == shipped(RESOURCES)

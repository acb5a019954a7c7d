"""The bill of materials of the frozen program."""

import json
from importlib import metadata
from pathlib import Path
from typing import Any

import celery
import kombu
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from tests.helpers.freezing.bill import write_bill

LIBC = next(Path("/lib").glob("*-linux-gnu*/libc.so.6"))


@pytest.fixture(scope="module")
def text(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The bill of a small program, as a file holds it."""
    target = tmp_path_factory.mktemp("bill") / "sbom.json"
    write_bill(target, [LIBC, Path(celery.__file__), Path(kombu.__file__)])
    return target.read_text("utf-8")


def test_the_bill_is_what_cyclonedx_says_it_must_be(text: str) -> None:
    problem = JsonStrictValidator(SchemaVersion.V1_6).validate_str(text)
    assert problem is None, problem


def components(text: str) -> dict[str, Any]:
    return {one["bom-ref"]: one for one in json.loads(text)["components"]}


def test_the_bill_names_the_packages_that_are_in_the_program_and_no_others(text: str) -> None:
    named = {one["purl"] for one in components(text).values() if one.get("purl", "").startswith("pkg:pypi/")}
    assert named == {f"pkg:pypi/{name}@{metadata.version(name)}" for name in ("celery", "kombu")}


def test_the_bill_names_python_the_fonts_and_the_libraries_of_the_system(text: str) -> None:
    names = {one["name"] for one in components(text).values()}
    assert {"Python", "libc6"} <= names
    assert any(name.startswith("fonts: ") for name in names)


def test_the_bill_says_what_needs_what_and_on_what_terms(text: str) -> None:
    known = components(text)
    celery = next(ref for ref in known if ref.startswith("pkg:pypi/celery@"))
    needs = {one["ref"]: one.get("dependsOn", []) for one in json.loads(text)["dependencies"]}
    assert any(ref.startswith("pkg:pypi/kombu@") for ref in needs[celery])
    assert known[celery]["licenses"] == [{"license": {"id": "BSD-3-Clause"}}]
    assert set(needs["Deskhand"]) == known.keys()

"""The bill of materials of the frozen program, in CycloneDX's form (ECMA-424): what is in it, and what needs what."""

import platform
import re
import subprocess
from collections.abc import Iterable, Iterator, Set
from importlib import metadata
from pathlib import Path
from typing import Any

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import bom, component
from cyclonedx.model.component import ComponentType
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from backend import __version__
from desktop.state.licences import UNKNOWN, of_folders, terms_of
from tests.helpers.tree import ROOT

NAME = "sbom.cdx.json"
"""The file's name, in the resources of the frozen program."""

# The library's decorator hides these classes from pyright.
Bom: Any = bom.Bom
Component: Any = component.Component


def write_bill(target: Path, shipped: Iterable[Path]) -> None:
    """Writes the bill of a program into which these files went, and `resources`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    outputter = make_outputter(bill(shipped), OutputFormat.JSON, SchemaVersion.V1_6)
    target.write_text(outputter.output_as_string(indent=1), "utf-8")


def bill(shipped: Iterable[Path]) -> Any:
    """The same as an object: the packages of Python and of Debian that the files belong to, and what else is in it."""
    program = _component("Deskhand", __version__, ComponentType.APPLICATION, None, "MIT")
    files = {path.resolve() for path in shipped}
    packages: dict[str, metadata.Distribution] = {}
    for one in metadata.distributions():
        if _is_in(one, files):
            packages[canonicalize_name(one.name)] = one
    components: dict[str, Any] = {name: _package(one) for name, one in packages.items()}
    made = Bom(components=[_python(), *components.values(), *_of_the_system(files)])
    made.metadata.component = program
    for one in of_folders(ROOT / "resources"):
        made.components.add(_component(one.name, None, ComponentType.DATA, None, one.terms))
    for name, package in packages.items():
        needs = [components[other] for other in _needs(package) if other in components]
        made.register_dependency(components[name], needs)
    made.register_dependency(program, [*made.components])
    return made


def _is_in(package: metadata.Distribution, files: Set[Path]) -> bool:
    return any(Path(str(file.locate())).resolve() in files for file in package.files or [])


def _python() -> Any:
    version = platform.python_version()
    address = PackageURL("generic", None, "python", version)
    return _component("Python", version, ComponentType.PLATFORM, address, "PSF-2.0")


def _package(one: metadata.Distribution) -> Any:
    address = PackageURL("pypi", None, canonicalize_name(one.name), one.version)
    return _component(one.name, one.version, ComponentType.LIBRARY, address, terms_of(one))


def _component(name: str, version: str | None, kind: ComponentType, address: PackageURL | None, terms: str) -> Any:
    made = Component(name=name, version=version, type=kind, purl=address, bom_ref=str(address or name))
    if terms != UNKNOWN:
        made.licenses.add(LicenseFactory().make_from_string(terms))
    return made


def _needs(package: metadata.Distribution) -> set[str]:
    """What a package says it needs on this system, without its extras."""
    wanted = (Requirement(line) for line in package.requires or [])
    return {canonicalize_name(one.name) for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})}


def _of_the_system(files: Iterable[Path]) -> Iterator[Any]:
    """Debian's packages among those that the files belong to."""
    paths = sorted({str(spelt) for path in files for spelt in _spellings(path)})
    if not paths or not Path("/var/lib/dpkg").is_dir():
        return
    found = subprocess.run(["dpkg-query", "-S", *paths], capture_output=True, text=True, check=False).stdout
    names = sorted(set(re.findall(r"^([a-z0-9+.-]+(?::\w+)?): /", found, re.MULTILINE)))
    form = "-f=${Package}\t${Version}\t${Architecture}\n"
    for line in subprocess.check_output(["dpkg-query", "-W", form, *names], text=True).splitlines():
        name, version, architecture = line.split("\t")
        address = PackageURL("deb", "debian", name, version, {"arch": architecture})
        yield _component(name, version, ComponentType.LIBRARY, address, UNKNOWN)


def _spellings(path: Path) -> Iterator[Path]:
    """A file of the system as it may stand in dpkg's lists: also from before `/lib` became a link to `/usr/lib`."""
    if path.is_relative_to("/usr"):
        yield path
        yield Path("/") / path.relative_to("/usr")

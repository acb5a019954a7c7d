"""Whose work comes with the program, and on what terms: as the packages and the files beside the rest say."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

BUNDLED = "licences.json"
"""Lies in the resources of the frozen program; from source, the packages themselves are asked."""
TERMS = re.compile(r"licen[cs]e|copying|notice|^ofl", re.IGNORECASE)
UNKNOWN = "see the text"


@dataclass(frozen=True)
class Licence:
    """One piece of others' work. `terms` in few words (SPDX where its makers say it so), `text` in full."""

    name: str
    version: str
    terms: str
    text: str


def shipped(resources: Path) -> list[Licence]:
    """All that comes with this program, by name."""
    bundled = resources / BUNDLED
    if bundled.is_file():
        return [Licence(**one) for one in json.loads(bundled.read_text("utf-8"))]
    return collect(resources, resources.parent / "requirements.lock")


def collect(resources: Path, lock: Path) -> list[Licence]:
    """What the locked packages that are installed here, and the folders of `resources`, say of themselves."""
    found = [*_of_packages(resources, lock), *of_folders(resources)]
    return sorted(found, key=lambda one: one.name.lower())


def write(resources: Path, lock: Path, target: Path) -> None:
    """Writes what `shipped` reads in the frozen program."""
    target.parent.mkdir(parents=True, exist_ok=True)
    made = [asdict(one) for one in collect(resources, lock)]
    target.write_text(json.dumps(made, ensure_ascii=False, indent=1), "utf-8")


def _of_packages(resources: Path, lock: Path) -> Iterator[Licence]:
    for name in re.findall(r"^([\w.-]+)==", lock.read_text("utf-8"), re.MULTILINE):
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # For another system than this one.
        texts = [file.locate() for file in package.files or [] if TERMS.search(file.name) and file.suffix != ".py"]
        terms = terms_of(package)
        if not texts and "LGPL-3.0" in terms:
            texts = [resources / "licences" / f"LICENSE-{name}.txt" for name in ("LGPL-3.0", "GPL-3.0")]
        full = "\n\n".join(Path(str(path)).read_text("utf-8", "replace").strip() for path in texts)
        yield Licence(package.name, package.version, terms, full)


def terms_of(package: metadata.Distribution) -> str:
    """The terms of an installed package in few words, as it says them itself; else `UNKNOWN`."""
    said = package.metadata.json
    terms = said.get("license_expression") or _short(said.get("license")) or _classified(said.get("classifier"))
    return str(terms or UNKNOWN)


def of_folders(resources: Path) -> Iterator[Licence]:
    """What lies in the folders of `resources`: fonts, icons, and the pages of the API's documentation."""
    for path in sorted(resources.glob("*/*")):
        if path.suffix != ".py" and TERMS.search(path.name) and path.parent.name != "licences":
            yield Licence(f"{path.parent.name}: {path.stem}", "", UNKNOWN, path.read_text("utf-8").strip())


def _short(said: object) -> str:
    return said if isinstance(said, str) and len(said) < 60 and "\n" not in said else ""


def _classified(said: object) -> str:
    names = [
        line.rsplit(" :: ", 1)[-1]
        for line in (said if isinstance(said, list) else [])
        if line.startswith("License :: ")
    ]
    return ", ".join(names)

"""What holds for the tree as a whole: what lies where, what is never named, and that every link leads somewhere."""

import re
from pathlib import Path

from tests.helpers.tree import ROOT, source_files, text_files

TOP_LEVEL = {
    ".ci",
    ".gitignore",
    ".pre-commit-config.yaml",
    "LICENSE",
    "Makefile",
    "README.md",
    "backend",
    "desktop",
    "docs",
    "pyinstaller.spec",
    "pyproject.toml",
    "requirements-dev.lock",
    "requirements.lock",
    "resources",
    "tests",
}
OURS = {"i18n", "packaging", "samples"}
"""Folders of resources that were made for this project and stand under its own licence."""

REGISTRIES = [
    f"{host}.{end}"
    for host, end in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("npmjs", "com"),
        ("debian", "org/debian"),
        ("ubuntu", "com/ubuntu"),
    )
]
ONE_MACHINES_PATHS = re.compile(r"(?<![\w.~$}])/(?:work|root|tmp/brief)/")


def links_of(text: str) -> list[str]:
    """The targets of a page's links and pictures that lead into the tree."""
    targets = re.findall(r"\]\(([^)\s]+)\)", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))
    return [target for target in targets if "://" not in target and not target.startswith(("mailto:", "#"))]


def pins_of(lock: str) -> dict[str, str]:
    """Each package of a lock with its version, marker and hashes."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", "")
    return {line.split("==")[0]: " ".join(line.split()) for line in text.splitlines() if "==" in line}


def test_the_top_level_holds_only_what_is_agreed() -> None:
    assert {path.relative_to(ROOT).parts[0] for path in source_files()} <= TOP_LEVEL


def test_no_file_names_the_host_of_a_package_registry() -> None:
    named = [
        f"{path.relative_to(ROOT)} names {host}" for path, text in text_files() for host in REGISTRIES if host in text
    ]
    assert named == []


def test_no_file_holds_a_path_of_one_machine() -> None:
    found = {str(path.relative_to(ROOT)): ONE_MACHINES_PATHS.findall(text) for path, text in text_files()}
    assert {path: matches for path, matches in found.items() if matches} == {}


def test_no_module_is_longer_than_400_lines_and_no_test_file_than_600() -> None:
    lengths = {path.relative_to(ROOT): text.count("\n") for path, text in text_files() if path.suffix == ".py"}
    assert len(lengths) > 20
    allowed = {path: 600 if path.parts[0] == "tests" else 400 for path in lengths}
    assert {str(path): length for path, length in lengths.items() if length > allowed[path]} == {}


def test_every_link_of_the_docs_leads_to_a_file() -> None:
    pages = [path for path in source_files() if path.suffix == ".md"]
    links = [(page, target) for page in pages for target in links_of(page.read_text("utf-8"))]
    assert len(links) >= 5
    broken = [
        f"{page.relative_to(ROOT)} -> {target}"
        for page, target in links
        if not (page.parent / target.split("#")[0]).exists()
    ]
    assert broken == []


def test_every_decision_is_numbered_once_and_named_in_the_readme() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [int(path.name[:4]) for path in decisions] == list(range(1, len(decisions) + 1))
    readme = (ROOT / "README.md").read_text("utf-8")
    assert [path.name for path in decisions if f"docs/decisions/{path.name}" not in readme] == []


def test_every_folder_of_resources_from_elsewhere_holds_its_licence() -> None:
    folders = {path.parent for path in source_files() if path.is_relative_to(ROOT / "resources")}
    foreign = sorted(folder for folder in folders if folder.relative_to(ROOT / "resources").parts[0] not in OURS)
    assert foreign
    assert [str(folder) for folder in foreign if not has_licence(folder)] == []


def has_licence(folder: Path) -> bool:
    """Whether a licence of some length lies in the folder."""
    licences = [path for path in folder.iterdir() if path.name.upper().startswith(("LICEN", "OFL", "COPYING"))]
    return any(path.stat().st_size > 300 for path in licences)


def test_the_locks_hold_hashes_and_no_addresses() -> None:
    for lock in ("requirements.lock", "requirements-dev.lock"):
        assert "://" not in (ROOT / lock).read_text("utf-8")
        pins = pins_of(lock)
        assert len(pins) > 50
        assert [pin for pin in pins.values() if "--hash=sha256:" not in pin] == []


def test_the_lock_for_developers_holds_all_of_the_other_one_unchanged() -> None:
    for_developers = pins_of("requirements-dev.lock")
    assert {name: pin for name, pin in pins_of("requirements.lock").items() if for_developers.get(name) != pin} == {}

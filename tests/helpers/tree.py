"""The files of the source tree, without git: a tree that was unpacked from an archive is tested the same way."""

import fnmatch
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def ignored_names() -> list[str]:
    """The patterns of `.gitignore`; each is a name, or at the top a name after a slash."""
    lines = (ROOT / ".gitignore").read_text("utf-8").split()
    return [".git", *(line.strip("/") for line in lines)]


def source_files() -> Iterator[Path]:
    """Every file that belongs to the project."""
    yield from _below(ROOT, ignored_names())


def _below(folder: Path, ignored: list[str]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from _below(path, ignored)
        else:
            yield path


def text_files() -> Iterator[tuple[Path, str]]:
    """Every file that is text, with its text."""
    for path in source_files():
        data = path.read_bytes()
        if b"\0" in data:
            continue
        try:
            yield path, data.decode("utf-8")
        except UnicodeDecodeError:
            continue

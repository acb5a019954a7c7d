"""What is left out of a backup: patterns, caches, files that are too large, ready-made sets."""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

READY_MADE: dict[str, tuple[str, ...]] = {
    "temporary files": (
        *("*.tmp", "*.temp", "~$*", "*~", ".~lock.*#", "*.part", "*.crdownload", "*.swp"),
        ".deskhand-quarantine",
    ),
    "caches": (".cache", "__pycache__", "Caches", "node_modules", ".thumbnails"),
    "system files": ("Thumbs.db", "desktop.ini", ".DS_Store", "$RECYCLE.BIN", "System Volume Information", ".Trash-*"),
}
_CACHE_TAG = b"Signature: 8a477f597d28d172789f06886806bc55"


@dataclass(frozen=True)
class Exclusions:
    """Rules. A pattern without a slash matches a name anywhere; with one, a path or its end; `**` spans folders.

    `larger_than` is in bytes, 0 for no bound. `cache_folders` leaves out what a CACHEDIR.TAG marks
    (the Cache Directory Tagging Specification).
    """

    patterns: tuple[str, ...] = ()
    larger_than: int = 0
    cache_folders: bool = True

    @classmethod
    def of(cls, patterns: Iterable[str] = (), sets: Iterable[str] = (), larger_than: int = 0) -> "Exclusions":
        """Own patterns and ready-made sets (keys of `READY_MADE`) together."""
        own = [pattern.strip() for pattern in patterns if pattern.strip()]
        ready = [pattern for name in sets for pattern in READY_MADE[name]]
        return cls(tuple(dict.fromkeys(own + ready)), larger_than)

    def leaves_out(self, path: str, name: str) -> bool:
        """Whether the file or folder is left out for its name or place."""
        names, paths = self._compiled
        if names and names.match(name):
            return True
        return bool(paths and paths.match(path.replace(os.sep, "/")))

    def is_cache(self, path: str, names: Iterable[str]) -> bool:
        """Whether a folder with these names says of itself that it is a cache."""
        if not self.cache_folders or "CACHEDIR.TAG" not in names:
            return False
        try:
            with open(os.path.join(path, "CACHEDIR.TAG"), "rb") as tag:  # noqa: PTH123, PTH118
                return tag.read(len(_CACHE_TAG)) == _CACHE_TAG
        except OSError:
            return False

    @cached_property
    def _compiled(self) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
        names: list[str] = []
        paths: list[str] = []
        for pattern in self.patterns:
            text = pattern.replace("\\", "/") if os.name == "nt" else pattern
            text = text.rstrip("/")
            if "/" not in text:
                names.append(_regex(text))
            elif text.startswith("/") or re.match(r"[A-Za-z]:/", text):
                paths.append(_regex(text))
            else:
                paths.append(f"(?:.*/)?{_regex(text)}")
        return _join(names), _join(paths)


def _join(parts: list[str]) -> re.Pattern[str] | None:
    if not parts:
        return None
    return re.compile(f"(?:{'|'.join(parts)})\\Z", re.DOTALL | (re.IGNORECASE if os.name == "nt" else 0))


def _regex(pattern: str) -> str:
    made: list[str] = []
    for part in re.findall(r"\*\*/|\*\*|\*|\?|\[!?[^\]]+\]|.", pattern, re.DOTALL):
        if part == "**/":
            made.append("(?:.*/)?")
        elif part == "**":
            made.append(".*")
        elif part == "*":
            made.append("[^/]*")
        elif part == "?":
            made.append("[^/]")
        elif len(part) > 1:
            made.append(_class(part[1:-1]))
        else:
            made.append(re.escape(part))
    return "".join(made)


def _class(body: str) -> str:
    wanted = body.removeprefix("!")
    signs = re.sub(r"([\\\[\]&~|^])", r"\\\1", wanted)
    made = f"[^/{signs}]" if body.startswith("!") else f"[{signs}]"
    try:
        re.compile(made)
    except re.error:
        return re.escape(f"[{body}]")
    return made

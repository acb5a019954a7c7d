"""Looking into snapshots: what lies in a folder, and where a name occurs over all versions."""

import fnmatch
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from backend.lib.restic.errors import DamagedError
from backend.lib.restic.names import unquote
from backend.lib.restic.nodes import Node, read_node
from backend.lib.restic.repository import Repository
from backend.lib.restic.scan import parts_of
from backend.lib.restic.snapshots import Snapshot

_MOST_HITS = 200_000


@dataclass(frozen=True)
class Found:
    """A file or folder in a snapshot. `path` is its raw path in the tree, its parts joined by slashes."""

    snapshot: Snapshot
    path: bytes
    node: Node

    @property
    def shown(self) -> str:
        """The path for people; bytes that are no text are shown as question marks."""
        return "/" + self.path.decode("utf-8", "replace")


def nodes_of(repository: Repository, tree: bytes) -> list[Node]:
    """The entries of a folder, as nodes; raises DamagedError."""
    try:
        return [checked(read_node(found)) for found in repository.load_tree(tree)]
    except (ValueError, KeyError, TypeError) as error:
        raise DamagedError(f"the folder {tree.hex()[:8]}", "makes no sense") from error


def checked(node: Node) -> Node:
    """The node, unless its name would lead out of its folder: such a tree was not made by a backup program."""
    if node.name in (b"", b".", b"..") or b"/" in node.name or b"\0" in node.name:
        raise ValueError("a name that is no name")
    return node


def folder(repository: Repository, snapshot: Snapshot, path: bytes = b"") -> list[Found]:
    """What lies in a folder of a snapshot, by its raw path; empty for a path that is not there."""
    tree = snapshot.tree
    for part in (name for name in path.split(b"/") if name):
        node = next((node for node in nodes_of(repository, tree) if node.name == part), None)
        if node is None or not node.subtree:
            return []
        tree = node.subtree
    start = path.strip(b"/")
    return [
        Found(snapshot, start + b"/" + node.name if start else node.name, node) for node in nodes_of(repository, tree)
    ]


def sources(repository: Repository, snapshot: Snapshot) -> list[Found]:
    """What was backed up: the topmost folders and files of a snapshot that are not only the way to others."""
    found: list[Found] = []
    for path in snapshot.paths:
        raw = b"/".join(os.fsencode(part) for part in parts_of(path))
        start, _, name = raw.rpartition(b"/")
        found.extend(hit for hit in folder(repository, snapshot, start) if hit.node.name == name)
    return found or folder(repository, snapshot)


def folders(repository: Repository, snapshot: Snapshot, most: int) -> list[Found]:
    """The folders of a snapshot, those near the top first, up to `most`; in the order of their paths."""
    level = [hit for hit in sources(repository, snapshot) if hit.node.kind == "dir"]
    found: list[Found] = []
    while level and len(found) < most:
        found += level
        level = [
            Found(snapshot, hit.path + b"/" + node.name, node)
            for hit in level
            for node in nodes_of(repository, hit.node.subtree)
            if node.kind == "dir"
        ]
    return sorted(found[:most], key=lambda hit: hit.path)


def walk(repository: Repository, snapshot: Snapshot, checkpoint: Callable[[], None]) -> Iterator[Found]:
    """Everything in a snapshot, folders before what is in them."""
    waiting = [(snapshot.tree, b"")]
    while waiting:
        checkpoint()
        tree, start = waiting.pop()
        below: list[tuple[bytes, bytes]] = []
        for node in nodes_of(repository, tree):
            path = start + b"/" + node.name if start else node.name
            yield Found(snapshot, path, node)
            if node.kind == "dir" and node.subtree:
                below.append((node.subtree, path))
        waiting.extend(reversed(below))


def find(
    repository: Repository,
    snapshots: Iterable[Snapshot],
    pattern: str,
    checkpoint: Callable[[], None] = lambda: None,
    most: int = 1000,
) -> Iterator[Found]:
    """Files and folders by name over all the snapshots, newest first; the case of letters does not matter.

    A pattern without `*` or `?` is looked for anywhere in the name. A folder that is the same in several snapshots
    is read once.
    """
    wanted = pattern.casefold()
    if not any(sign in wanted for sign in "*?["):
        wanted = f"*{wanted}*"
    hits: dict[bytes, list[tuple[bytes, dict[str, Any]]]] = {}
    count = 0
    for snapshot in sorted(snapshots, key=lambda s: s.moment, reverse=True):
        for path, raw in _search(repository, snapshot.tree, wanted, hits, checkpoint):
            yield Found(snapshot, path, checked(read_node(raw)))
            count += 1
            if count >= most:
                return


def find_states(
    repository: Repository,
    snapshots: Iterable[Snapshot],
    pattern: str,
    most: int,
    checkpoint: Callable[[], None] = lambda: None,
) -> list[Found]:
    """As `find`, but once for all versions in which a thing is the same: the newest of them."""
    states: dict[tuple[bytes, bytes], Found] = {}
    for found in find(repository, snapshots, pattern, checkpoint, most=_MOST_HITS):
        node = found.node
        states.setdefault((found.path, node.subtree or b"".join(node.content) + node.target), found)
        if len(states) >= most:
            break
    return list(states.values())


def local_path(path: bytes) -> str:
    """A raw path of a tree as one of this system: absolute, with a drive letter's colon on Windows."""
    text = os.fsdecode(path)
    if os.name != "nt":
        return "/" + text
    drive, _, rest = text.partition("/")
    return f"{drive}:\\" + rest.replace("/", "\\") if len(drive) == 1 else "\\\\" + text.replace("/", "\\")


def _search(
    repository: Repository,
    tree: bytes,
    wanted: str,
    known: dict[bytes, list[tuple[bytes, dict[str, Any]]]],
    checkpoint: Callable[[], None],
) -> list[tuple[bytes, dict[str, Any]]]:
    if tree in known:
        return known[tree]
    checkpoint()
    hits: list[tuple[bytes, dict[str, Any]]] = []
    for raw in repository.load_tree(tree):
        name = unquote(raw["name"])
        if fnmatch.fnmatchcase(name.decode("utf-8", "replace").casefold(), wanted):
            hits.append((name, raw))
        if subtree := raw.get("subtree"):
            below = _search(repository, bytes.fromhex(subtree), wanted, known, checkpoint)
            hits.extend((name + b"/" + path, node) for path, node in below)
    known[tree] = hits
    return hits

"""A folder whose tree is written as soon as its last entry is known, by whichever thread brings that."""

import os
import threading
from collections.abc import Callable
from typing import Any

from backend.lib.restic.attributes import attributes_of
from backend.lib.restic.names import quote
from backend.lib.restic.nodes import same_entry, write_node, write_tree
from backend.lib.restic.repository import Repository
from backend.lib.restic.scan import Entry
from backend.lib.restic.writer import PackWriter

Nodes = dict[str, dict[str, Any]]
AsBefore = Callable[[], str]
"""A node that is what it was in the last version; it is put into words only where its folder has changed."""


class Folder:
    """Collects the nodes of a folder in order. `on_root` receives the ID of the topmost tree.

    `before` is the folder's tree in the last version, empty where there is none: when nothing differs from it, it
    stands for this one, too.
    """

    def __init__(
        self,
        parent: "Folder | None",
        slot: int,
        entry: Entry | None,
        before: bytes = b"",
        on_root: Callable[[str], None] | None = None,
    ) -> None:
        self.before = before
        self.nodes: Nodes = {}
        self._parent = parent
        self._slot = slot
        self._entry = entry
        self._on_root = on_root
        self._slots: list[str | AsBefore | None] = []
        self._pending = 1
        self._lock = threading.Lock()

    def recall(self, repository: Repository) -> None:
        """Reads what the folder held in the last version; raises DamagedError, and then counts as new."""
        before, self.before = self.before, b""
        if before:
            self.nodes = {node["name"]: node for node in repository.load_tree(before)}
            self.before = before

    def node_before(self, entry: Entry) -> dict[str, Any] | None:
        """The node of that name in the last version."""
        return self.nodes.get(quote(entry.raw))

    def add(self, node: str | AsBefore) -> None:
        """The next node, known already."""
        with self._lock:
            self._slots.append(node)

    def reserve(self) -> int:
        """Keeps the next place for a node that `fill` brings later."""
        with self._lock:
            self._slots.append(None)
            self._pending += 1
            return len(self._slots) - 1

    def add_folder(self, entry: Entry) -> "Folder":
        """Keeps the next place for a folder below."""
        found = self.node_before(entry) or {}
        try:
            before = bytes.fromhex(found.get("subtree") or "")
        except (ValueError, TypeError):
            before = b""
        return Folder(self, self.reserve(), entry, before)

    def fill(self, slot: int, node: str | AsBefore | None, writer: PackWriter) -> None:
        """Brings a node, or None where there is none after all."""
        with self._lock:
            self._slots[slot] = node
        self.listed(writer)

    def listed(self, writer: PackWriter) -> None:
        """One thing less to wait for; with the last the tree is written, and the folder's own node goes up."""
        with self._lock:
            self._pending -= 1
            if self._pending:
                return
        is_same = bool(self.before) and len(self._slots) == len(self.nodes) and all(map(callable, self._slots))
        if is_same:
            tree = self.before.hex()
        else:
            made = [node if isinstance(node, str) else node() for node in self._slots if node]
            tree, _ = writer.save("tree", write_tree(made))
        self._slots.clear()
        self.nodes = {}
        if self._parent is None or self._entry is None:
            if self._on_root:
                self._on_root(tree)
            return
        self._parent.fill(self._slot, self._own_node(self._parent, self._entry, tree, is_same), writer)

    def drop(self, writer: PackWriter) -> None:
        """The folder could not be read: it has no node."""
        if self._parent is not None:
            self._parent.fill(self._slot, None, writer)

    def _own_node(self, parent: "Folder", entry: Entry, tree: str, is_same: bool) -> str | AsBefore:
        def made() -> str:
            return write_node(entry.raw, "dir", entry.info, subtree=tree, attributes=attributes_of(entry.path))

        found = parent.node_before(entry) if is_same else None
        return made if found is not None and same_entry(found, "dir", entry.info) else made()


def file_as_before(entry: Entry, found: dict[str, Any]) -> AsBefore:
    """The node of a file that has not changed."""

    def made() -> str:
        kept = attributes_of(entry.path) if "extended_attributes" in found else ()
        return write_node(
            entry.raw, "file", entry.info, size=entry.info.st_size, content=found["content"], attributes=kept
        )

    return made


def link_node(entry: Entry, target: str, found: dict[str, Any] | None) -> str | AsBefore:
    """The node of a symbolic link."""

    def made() -> str:
        return write_node(
            entry.raw, "symlink", entry.info, target=os.fsencode(target), attributes=attributes_of(entry.path)
        )

    is_same = found is not None and found.get("linktarget") == target and same_entry(found, "symlink", entry.info)
    return made if is_same else made()

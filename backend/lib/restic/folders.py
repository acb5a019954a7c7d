"""A folder whose tree is written as soon as its last entry is known, by whichever thread brings that."""

import os
import threading
from collections.abc import Callable
from typing import Any

from backend.lib.restic.attributes import attributes_of
from backend.lib.restic.names import quote
from backend.lib.restic.nodes import same_entry, texts_of, unchanged, write_node, write_tree
from backend.lib.restic.repository import Repository
from backend.lib.restic.scan import Entry
from backend.lib.restic.writer import PackWriter

AsBefore = int
"""A node that is what it was in the last version, by its number there; it is written only where its folder changed."""


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
        self._nodes: list[dict[str, Any]] = []
        self._numbers: dict[str, int] = {}
        self._text = b""
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
            nodes, text = repository.load_tree_and_text(before)
            self._numbers = {node["name"]: number for number, node in enumerate(nodes)}
            self._nodes, self._text, self.before = nodes, text, before

    def node_before(self, entry: Entry) -> dict[str, Any] | None:
        """The node of that name in the last version."""
        number = self._numbers.get(quote(entry.raw))
        return None if number is None else self._nodes[number]

    def add_if_as_before(self, entry: Entry, has_all: Callable[[list[str]], bool]) -> bool:
        """Takes a file's node from the last version where it has not changed and `has_all` says its data is there."""
        number = self._numbers.get(quote(entry.raw))
        if number is None:
            return False
        found = self._nodes[number]
        if not unchanged(found, entry.info) or not has_all(found["content"]):
            return False
        self.add(number if _is_of_same_device(found, entry) else _file_node(entry, found["content"]))
        return True

    def add_link(self, entry: Entry, target: str) -> None:
        """The node of a symbolic link."""
        number = self._numbers.get(quote(entry.raw))
        if number is not None:
            found = self._nodes[number]
            is_same = found.get("linktarget") == target and same_entry(found, "symlink", entry.info)
            if is_same and _is_of_same_device(found, entry):
                self.add(number)
                return
        self.add(
            write_node(
                entry.raw, "symlink", entry.info, target=os.fsencode(target), attributes=attributes_of(entry.path)
            )
        )

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
        is_same = bool(self.before) and self._slots == list(range(len(self._nodes)))
        if is_same:
            tree = self.before.hex()
        else:
            before = texts_of(self._text, self._nodes) if any(isinstance(node, int) for node in self._slots) else []
            made = [before[node] if isinstance(node, int) else node for node in self._slots if node is not None]
            tree, _ = writer.save("tree", write_tree(made))
        self._slots, self._nodes, self._numbers, self._text = [], [], {}, b""
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
        if is_same:
            number = parent._numbers.get(quote(entry.raw))
            if number is not None and same_entry(parent._nodes[number], "dir", entry.info):
                return number
        return write_node(entry.raw, "dir", entry.info, subtree=tree, attributes=attributes_of(entry.path))


def _is_of_same_device(found: dict[str, Any], entry: Entry) -> bool:
    """Names of one file are known by its device and inode; a drive's number may be another after each start."""
    return found.get("device_id", entry.info.st_dev) == entry.info.st_dev


def _file_node(entry: Entry, content: list[str]) -> str:
    return write_node(
        entry.raw,
        "file",
        entry.info,
        size=entry.info.st_size,
        content=content,
        attributes=attributes_of(entry.path),
    )

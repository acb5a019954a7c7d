"""A folder whose tree is written as soon as its last entry is known, by whichever thread brings that."""

import os
import threading
from collections.abc import Callable

from backend.lib.restic.nodes import write_node, write_tree
from backend.lib.restic.writer import PackWriter


class Folder:
    """Collects the nodes of a folder in order. `on_root` receives the ID of the topmost tree."""

    __slots__ = ("_info", "_lock", "_on_root", "_parent", "_pending", "_raw", "_slot", "_slots", "attributes")

    def __init__(
        self,
        parent: "Folder | None",
        slot: int,
        raw: bytes,
        info: os.stat_result | None,
        on_root: Callable[[str], None] | None = None,
    ) -> None:
        self._parent = parent
        self._slot = slot
        self._raw = raw
        self._info = info
        self._on_root = on_root
        self._slots: list[str | None] = []
        self._pending = 1
        self._lock = threading.Lock()
        self.attributes: list[tuple[str, bytes]] = []

    def add(self, node: str) -> None:
        """The next node, known already."""
        with self._lock:
            self._slots.append(node)

    def reserve(self) -> int:
        """Keeps the next place for a node that `fill` brings later."""
        with self._lock:
            self._slots.append(None)
            self._pending += 1
            return len(self._slots) - 1

    def add_folder(self, raw: bytes, info: os.stat_result) -> "Folder":
        """Keeps the next place for a folder below."""
        return Folder(self, self.reserve(), raw, info)

    def fill(self, slot: int, node: str | None, writer: PackWriter) -> None:
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
        tree, _ = writer.save("tree", write_tree([node for node in self._slots if node]))
        self._slots.clear()
        if self._parent is None or self._info is None:
            if self._on_root:
                self._on_root(tree)
            return
        node = write_node(self._raw, "dir", self._info, subtree=tree, attributes=self.attributes)
        self._parent.fill(self._slot, node, writer)

    def drop(self, writer: PackWriter) -> None:
        """The folder could not be read: it has no node."""
        if self._parent is not None:
            self._parent.fill(self._slot, None, writer)

"""Snapshots: one small document for every version, which names the tree of all that was there."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from backend.lib.restic import times
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.repository import Repository


@dataclass(frozen=True)
class Snapshot:
    """One version. `id` is its name in hexadecimal, `time` RFC 3339, `paths` what was backed up."""

    id: str
    time: str
    tree: bytes
    paths: tuple[str, ...]
    hostname: str = ""
    username: str = ""
    tags: tuple[str, ...] = ()
    parent: str = ""
    summary: dict[str, Any] = field(default_factory=dict[str, Any], compare=False, hash=False)

    @property
    def moment(self) -> datetime:
        """When it was made, aware, in UTC."""
        return times.moment(self.time)

    @property
    def group(self) -> tuple[str, tuple[str, ...]]:
        """What makes snapshots versions of the same thing: the machine and what was backed up."""
        return self.hostname, tuple(sorted(self.paths))


def load_snapshots(repository: Repository, on_damage: Callable[[DamagedError], None] | None = None) -> list[Snapshot]:
    """All snapshots, oldest first. Damaged ones go to `on_damage`, or are raised where there is none."""
    found: list[Snapshot] = []
    for name, _ in list(repository.store.list("snapshots")):
        try:
            found.append(load_snapshot(repository, name))
        except DamagedError as error:
            if on_damage is None:
                raise
            on_damage(error)
    return sorted(found, key=lambda snapshot: times.nanoseconds(snapshot.time))


def load_snapshot(repository: Repository, name: str) -> Snapshot:
    """One snapshot by its full name."""
    document = repository.load_document("snapshots", name)
    try:
        times.nanoseconds(document["time"])
        return Snapshot(
            id=name,
            time=document["time"],
            tree=bytes.fromhex(document["tree"]),
            paths=tuple(document.get("paths") or ()),
            hostname=document.get("hostname", ""),
            username=document.get("username", ""),
            tags=tuple(document.get("tags") or ()),
            parent=document.get("parent", ""),
            summary=document.get("summary") or {},
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DamagedError(f"the snapshot {name[:8]}", "makes no sense") from error


def save_snapshot(repository: Repository, snapshot: Snapshot, excludes: Iterable[str], program: str) -> Snapshot:
    """Writes a snapshot and returns it with its name; `program` is who made it."""
    document: dict[str, Any] = {"time": snapshot.time}
    if snapshot.parent:
        document["parent"] = snapshot.parent
    document |= {"tree": snapshot.tree.hex(), "paths": list(snapshot.paths)}
    document |= {"hostname": snapshot.hostname, "username": snapshot.username}
    if patterns := list(excludes):
        document["excludes"] = patterns
    if snapshot.tags:
        document["tags"] = list(snapshot.tags)
    document["program_version"] = program
    if snapshot.summary:
        document["summary"] = snapshot.summary
    text = json.dumps(document, separators=(",", ":")).encode()
    name = repository.save_document("snapshots", text)
    return Snapshot(
        name,
        snapshot.time,
        snapshot.tree,
        snapshot.paths,
        snapshot.hostname,
        snapshot.username,
        snapshot.tags,
        snapshot.parent,
        snapshot.summary,
    )


def choose_parent(snapshots: Iterable[Snapshot], hostname: str, paths: Iterable[str]) -> Snapshot | None:
    """The version to compare with: the newest of the same things, else the newest that shares a path."""
    wanted = set(paths)
    best: Snapshot | None = None
    for snapshot in snapshots:
        if snapshot.hostname != hostname or not wanted & set(snapshot.paths):
            continue
        same = set(snapshot.paths) == wanted
        if best is None or same or set(best.paths) != wanted:
            best = snapshot
    return best

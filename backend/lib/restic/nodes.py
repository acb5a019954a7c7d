"""Entries of a folder as restic writes them: one JSON object a node, its fields in restic's order."""

import base64
import functools
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from backend.lib.restic import times
from backend.lib.restic.names import json_object, json_text, quote, unquote

NodeKind = Literal["file", "dir", "symlink"]
_GO_DIR, _GO_SYMLINK = 1 << 31, 1 << 27
_GO_BITS = ((stat.S_ISUID, 1 << 23), (stat.S_ISGID, 1 << 22), (stat.S_ISVTX, 1 << 20))
CHANGED = "changed while it was read"


@dataclass(slots=True)
class Node:
    """An entry read from a tree. Times in nanoseconds; `mode` is the system's permission bits, setuid and the like."""

    name: bytes
    kind: str
    mode: int = 0
    mtime: int = 0
    uid: int = 0
    gid: int = 0
    user: str = ""
    group: str = ""
    inode: int = 0
    device: int = 0
    size: int = 0
    links: int = 0
    target: bytes = b""
    content: list[bytes] = field(default_factory=list[bytes])
    subtree: bytes = b""
    error: str = ""
    attributes: list[tuple[str, bytes]] = field(default_factory=list[tuple[str, bytes]])


def read_node(found: dict[str, Any]) -> Node:
    """A node from its JSON; raises ValueError, KeyError or TypeError where it makes no sense."""
    get = found.get
    raw_target = get("linktarget_raw")
    target = base64.b64decode(raw_target) if raw_target else str(get("linktarget", "")).encode("utf-8")
    pieces, below, attributes = get("content"), get("subtree"), get("extended_attributes")
    # By position: there are many, and names cost as much again.
    return Node(
        unquote(found["name"]),
        str(found["type"]),
        _from_go_mode(int(get("mode", 0))),
        _time(found, "mtime"),
        int(get("uid", 0)),
        int(get("gid", 0)),
        str(get("user", "")),
        str(get("group", "")),
        int(get("inode", 0)),
        int(get("device_id", 0)),
        int(get("size", 0)),
        int(get("links", 0)),
        target,
        [bytes.fromhex(text) for text in pieces] if pieces else [],
        bytes.fromhex(below) if below else b"",
        str(get("error", "")),
        [(str(a["name"]), base64.b64decode(a.get("value") or "")) for a in attributes] if attributes else [],
    )


def write_node(
    raw_name: bytes,
    kind: NodeKind,
    info: os.stat_result,
    *,
    size: int = 0,
    content: Sequence[str] | None = None,
    subtree: str = "",
    target: bytes = b"",
    attributes: Sequence[tuple[str, bytes]] = (),
    error: str = "",
) -> str:
    """The JSON of a node. `content` and `subtree` are IDs in hexadecimal; the access time is given as the change's."""
    mtime = times.rfc3339(info.st_mtime_ns)
    parts = [f'{{"name":{json_text(quote(raw_name))},"type":"{kind}"']
    if mode := _go_mode(info.st_mode):
        parts.append(f'"mode":{mode}')
    parts.append(f'"mtime":"{mtime}","atime":"{mtime}","ctime":"{times.rfc3339(_change_time(info))}"')
    parts.append(f'"uid":{info.st_uid},"gid":{info.st_gid}{_owner(info.st_uid, info.st_gid)}')
    if info.st_ino:
        parts.append(f'"inode":{info.st_ino}')
    if kind != "dir":
        if info.st_nlink > 1:
            parts.append(f'"device_id":{info.st_dev}')
        if size:
            parts.append(f'"size":{size}')
        if info.st_nlink:
            parts.append(f'"links":{info.st_nlink}')
    if kind == "symlink":
        parts.append(_link(target))
    if attributes:
        parts.append(f'"extended_attributes":[{",".join(_attribute(name, value) for name, value in attributes)}]')
    if content is None:
        parts.append('"content":null')
    elif content:
        joined = '","'.join(content)
        parts.append(f'"content":["{joined}"]')
    else:
        parts.append('"content":[]')
    if subtree:
        parts.append(f'"subtree":"{subtree}"')
    if error:
        parts.append(f'"error":{json_text(error)}')
    return ",".join(parts) + "}"


def write_tree(nodes: Sequence[str]) -> bytes:
    """The JSON of a folder whose nodes are in the order of their raw names."""
    return f'{{"nodes":[{",".join(nodes)}]}}\n'.encode()


def texts_of(tree: bytes, nodes: Sequence[dict[str, Any]]) -> list[str]:
    """The JSON of each node of a tree, as it stands there; `nodes` are the same, read."""
    start, between, end = '{"nodes":[{"name":', '},{"name":', "}]}\n"
    text = tree.decode()
    parts = text[len(start) : -len(end)].split(between)
    if len(parts) == len(nodes) and text.startswith(start) and text.endswith(end):
        return [f'{{"name":{part}}}' for part in parts]
    return [json_object(node) for node in nodes]


def unchanged(before: dict[str, Any], info: os.stat_result) -> bool:
    """Whether a file's data is as the node says, by size, times and inode."""
    get = before.get
    if get("size", 0) != info.st_size or get("content") is None or get("error"):
        return False
    return same_entry(before, "file", info)


def same_entry(before: dict[str, Any], kind: NodeKind, info: os.stat_result) -> bool:
    """Whether nothing about an entry has changed since; Windows has no time that every change moves."""
    get = before.get
    if get("inode", 0) != info.st_ino and os.name != "nt":
        return False
    if get("type") != kind or _time(before, "mtime") != info.st_mtime_ns:
        return False
    if os.name == "nt":
        return get("mode", 0) == _go_mode(info.st_mode)
    return _time(before, "ctime") == info.st_ctime_ns


def _time(found: dict[str, Any], name: str) -> int:
    text = found.get(name)
    return times.nanoseconds(text) if text else 0


def _change_time(info: os.stat_result) -> int:
    return info.st_mtime_ns if os.name == "nt" else info.st_ctime_ns


def _go_mode(mode: int) -> int:
    made = mode & 0o777
    for bit, go_bit in _GO_BITS:
        if mode & bit:
            made |= go_bit
    if stat.S_ISDIR(mode):
        made |= _GO_DIR
    elif stat.S_ISLNK(mode):
        made |= _GO_SYMLINK
    return made


@functools.lru_cache(maxsize=1024)
def _from_go_mode(mode: int) -> int:
    made = mode & 0o777
    for bit, go_bit in _GO_BITS:
        if mode & go_bit:
            made |= bit
    return made


def _link(target: bytes) -> str:
    try:
        return f'"linktarget":{json_text(target.decode("utf-8"))}'
    except UnicodeDecodeError:
        lossy = json_text(target.decode("utf-8", "surrogateescape"))
        return f'"linktarget":{lossy},"linktarget_raw":"{base64.b64encode(target).decode()}"'


def _attribute(name: str, value: bytes) -> str:
    return f'{{"name":{json_text(name)},"value":"{base64.b64encode(value).decode()}"}}'


@functools.lru_cache(maxsize=1024)
def _owner(uid: int, gid: int) -> str:
    if os.name == "nt":
        return ""
    import grp
    import pwd

    written = ""
    try:
        written += f',"user":{json_text(pwd.getpwuid(uid).pw_name)}'
    except (KeyError, OverflowError):
        pass
    try:
        written += f',"group":{json_text(grp.getgrgid(gid).gr_name)}'
    except (KeyError, OverflowError):
        pass
    return written

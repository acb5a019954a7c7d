"""What is restored: the versions there are, what lies in one, what bears a name, and what of it was ticked."""

from collections.abc import Mapping
from typing import Any

from backend.core.errors import UserError
from backend.core.views import Option
from backend.jobtypes.restore.params import RestoreParams
from backend.lib.restic import browse, words
from backend.lib.restic.access import opened
from backend.lib.restic.browse import Found
from backend.lib.restic.names import quote, unquote
from backend.lib.restic.repository import Repository
from backend.lib.restic.snapshots import Snapshot, load_snapshots

_MOST_OFFERED = 2000


def options(field: str, params: Mapping[str, Any]) -> list[Option]:
    """The versions, newest first; or files and folders: the topmost, those in a folder, or those of a name."""
    if not params.get("backup"):
        return []
    with opened(int(params["backup"])) as repository:
        snapshots = all_versions(repository)
        if field == "version":
            return [_version_option(snapshot) for snapshot in reversed(snapshots)]
        repository.load_index(lambda _damage: None)
        if search := str(params.get("chosen.search") or "").strip():
            return _found_options(repository, snapshots, search)
        if within := str(params.get("chosen.within") or ""):
            snapshot, path = _understood(snapshots, within)
            inside = browse.folder(repository, snapshot, path)
            return _limited([_option(hit, hit.node.name.decode("utf-8", "replace")) for hit in _sorted(inside)])
        snapshot = picked(snapshots, str(params.get("version") or ""))
        return [_option(hit, hit.shown) for hit in browse.sources(repository, snapshot)]


def tasks(params: RestoreParams, repository: Repository) -> list[tuple[Snapshot, list[bytes]]]:
    """The versions to restore from, with the paths of each; what lies in a chosen folder is not named again."""
    snapshots = all_versions(repository)
    repository.load_index(lambda _damage: None)
    if params.everything:
        snapshot = picked(snapshots, params.version)
        return [(snapshot, [hit.path for hit in browse.sources(repository, snapshot)])]
    chosen: dict[str, list[bytes]] = {}
    for value in params.chosen:
        snapshot, path = _understood(snapshots, value)
        chosen.setdefault(snapshot.id, []).append(path)
    return [(picked(snapshots, name), _topmost(paths)) for name, paths in chosen.items()]


def all_versions(repository: Repository) -> list[Snapshot]:
    """The versions, oldest first. Raises UserError where there is none."""
    snapshots = load_snapshots(repository, lambda _damage: None)
    if not snapshots:
        raise UserError(
            "restore.no_version",
            "There is no version in this backup yet.",
            "Choose another backup.",
            fields={"backup": "There is no version in it yet."},
        )
    return snapshots


def picked(snapshots: list[Snapshot], name: str) -> Snapshot:
    """The version of that name, the newest for none. Raises UserError."""
    if not name:
        return snapshots[-1]
    found = next((snapshot for snapshot in snapshots if snapshot.id == name), None)
    if found is None:
        raise _unknown_version()
    return found


def reference(found: Found) -> str:
    """A thing in a version as it is sent: the version, a colon, the quoted path."""
    return f"{found.snapshot.id}:{quote(found.path)}"


def _understood(snapshots: list[Snapshot], value: str) -> tuple[Snapshot, bytes]:
    name, _, path = value.partition(":")
    try:
        return picked(snapshots, name), unquote(path)
    except ValueError:
        raise _unknown_version() from None


def _unknown_version() -> UserError:
    return UserError(
        "restore.version",
        "The chosen version is not in this backup (any more).",
        "Choose another one.",
        fields={"version": "This version is not there."},
    )


def _topmost(paths: list[bytes]) -> list[bytes]:
    kept: list[bytes] = []
    for path in sorted(set(paths)):
        if not any(path.startswith(other + b"/") for other in kept):
            kept.append(path)
    return kept


def _version_option(snapshot: Snapshot) -> Option:
    files = snapshot.summary.get("total_files_processed")
    note = ", ".join(words.shown(path) for path in snapshot.paths) + (
        f" ({files:,} files)" if isinstance(files, int) else ""
    )
    return Option(value=snapshot.id, label=words.version(snapshot), note=note)


def _found_options(repository: Repository, snapshots: list[Snapshot], search: str) -> list[Option]:
    newest = snapshots[-1].id
    made = [
        Option(
            value=reference(found),
            label=found.shown,
            note=_kind_of(found) + ("" if found.snapshot.id == newest else ", older"),
        )
        for found in browse.find_states(repository, snapshots, search, _MOST_OFFERED + 1)
    ]
    return _limited(made)


def _limited(made: list[Option]) -> list[Option]:
    if len(made) <= _MOST_OFFERED:
        return made
    more = Option(value="", label="There are more. Search for a part of the name.")
    return [*made[:_MOST_OFFERED], more]


def _sorted(found: list[Found]) -> list[Found]:
    return sorted(found, key=lambda hit: (hit.node.kind != "dir", hit.node.name.lower()))


def _option(found: Found, label: str) -> Option:
    return Option(value=reference(found), label=label, note=_kind_of(found), opens=found.node.kind == "dir")


def _kind_of(found: Found) -> str:
    if found.node.kind == "dir":
        return "folder"
    if found.node.kind == "symlink":
        return "link"
    return f"{words.size(found.node.size)}, {words.moment(found.node.mtime)}"

"""Restores files and folders from a backup: all of a version, or what was picked by browsing or by name."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from backend.core.errors import UserError
from backend.core.views import Fact, Option, PreviewTable, Rehearsal
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params

if TYPE_CHECKING:
    from backend.lib.restic.browse import Found
    from backend.lib.restic.progress import Progress
    from backend.lib.restic.repository import Repository
    from backend.lib.restic.restore import RestoreResult
    from backend.lib.restic.snapshots import Snapshot

_MOST_OFFERED = 1000
_MOST_NAMED = 20
_SOME: dict[str, list[Any]] = {"everything": [False]}


class RestoreParams(Params):
    """What the form asks for."""

    backup: Path = fields.folder_in("Backup", "The folder the backup is kept in.", section="from")
    version: str = fields.pick(
        "Version", depends_on=["backup", "sheet"], empty="The newest", default="", section="from", max_length=64
    )
    sheet: Path | None = fields.file_in(
        "Recovery sheet",
        "Only where this computer does not know the backup's password.",
        suffixes=[".txt"],
        default=None,
        section="options",
    )
    everything: bool = fields.yes_no("Everything in it", default=True)
    folder: str = fields.pick(
        "Look in",
        "Its files and folders are listed below.",
        depends_on=["backup", "sheet", "version"],
        empty="The folders that were backed up",
        default="",
        when=_SOME,
        max_length=20_000,
    )
    search: str = fields.text(
        "Or search for a name",
        "Over all versions; a * stands for anything.",
        default="",
        when=_SOME,
        max_length=300,
    )
    chosen: list[str] = fields.columns(
        "Files and folders",
        depends_on=["backup", "sheet", "version", "folder", "search"],
        default=[],
        when=_SOME,
        max_length=_MOST_OFFERED,
    )
    to: Literal["elsewhere", "original"] = fields.choice(
        "Put it",
        labels={"elsewhere": "Into another folder", "original": "Where it came from"},
        default="elsewhere",
        section="to",
    )
    target: Path | None = fields.folder_out("Folder", default=None, section="to", when={"to": ["elsewhere"]})
    existing: Literal["keep_both", "replace", "skip"] = fields.choice(
        "Where a file of that name exists",
        labels={"keep_both": "Keep both", "replace": "Replace it", "skip": "Leave it and skip"},
        default="keep_both",
        section="to",
    )


def options(field: str, params: Mapping[str, Any]) -> list[Option]:
    """The versions, the folders of one, and what lies in a folder or bears a name."""
    from backend.lib.restic.access import open_backup

    place = params.get("backup")
    if not place:
        return []
    sheet = params.get("sheet")
    repository = open_backup(Path(place), Path(sheet) if sheet else None, remember=False).repository
    try:
        if field == "version":
            return _version_options(repository)
        snapshots = _snapshots(repository)
        repository.load_index(lambda _damage: None)
        snapshot = _picked(snapshots, str(params.get("version") or ""))
        if field == "folder":
            return _folder_options(repository, snapshot)
        search = str(params.get("search") or "").strip()
        return _file_options(repository, snapshots, snapshot, str(params.get("folder") or ""), search)
    finally:
        repository.close()


def rehearse(params: RestoreParams) -> Rehearsal:
    """What would be restored to where. Changes nothing."""
    from backend.lib.restic import words
    from backend.lib.restic.access import open_backup
    from backend.lib.restic.restore import measure

    repository = open_backup(params.backup, params.sheet, remember=False).repository
    try:
        tasks = _tasks(params, repository)
        rows: list[list[str]] = []
        files = total = 0
        for snapshot, paths in tasks:
            count, size = measure(repository, snapshot, paths)
            files, total = files + count, total + size
            things = [path.decode("utf-8", "replace") for path in paths] or ["Everything"]
            rows.extend([words.version(snapshot), thing] for thing in things[:_MOST_NAMED])
    finally:
        repository.close()
    target = str(_target(params) or "where it came from")
    return Rehearsal(
        headline=f"{words.counted(files, 'file')}, {words.size(total)}",
        facts=[Fact(label="To", value=target)],
        tables=[PreviewTable(title="Restores", columns=["Version", "What"], rows=rows)],
    )


def run(params: RestoreParams, ctx: JobContext) -> Outcome:
    """Restores, and says of every file that could not be."""
    from backend.lib.restic import words
    from backend.lib.restic.access import open_backup
    from backend.lib.restic.locks import locked
    from backend.lib.restic.restore import RestoreResult, restore

    opened = open_backup(params.backup, params.sheet)
    if opened.note:
        ctx.warn(opened.note)
    repository = opened.repository
    whole = RestoreResult()
    try:
        with locked(repository):
            tasks = _tasks(params, repository)
            for number, (snapshot, paths) in enumerate(tasks):
                part = restore(
                    repository,
                    snapshot,
                    _target(params),
                    paths,
                    params.existing,
                    on_progress=_listener(ctx, number, len(tasks)),
                    checkpoint=ctx.checkpoint,
                )
                whole.add(part)
    finally:
        repository.close()
    _report(ctx, whole)
    summary = f"{words.counted(whole.files, 'file')} ({words.size(whole.bytes)}) were restored."
    if whole.left_alone:
        summary += f" {words.counted(len(whole.left_alone), 'file')} existed and were left as they are."
    lost = len(whole.damaged) + len(whole.failed)
    if lost:
        summary += f" {words.counted(lost, 'file')} could not be restored."
    facts = {"files": whole.files, "bytes": whole.bytes, "left_alone": len(whole.left_alone), "lost": lost}
    return Outcome(summary=summary, facts=facts)


def _tasks(params: RestoreParams, repository: "Repository") -> "list[tuple[Snapshot, list[bytes]]]":
    from backend.lib.restic.names import unquote

    snapshots = _snapshots(repository)
    repository.load_index(lambda _damage: None)
    if params.everything:
        return [(_picked(snapshots, params.version), [])]
    if not params.chosen:
        raise UserError(
            "restore.nothing_chosen",
            "Nothing is chosen to be restored.",
            "Tick files or folders, or restore everything.",
            fields={"chosen": "Tick at least one."},
        )
    tasks: dict[str, list[bytes]] = {}
    for value in params.chosen:
        name, _, path = value.partition(":")
        try:
            tasks.setdefault(name, []).append(unquote(path))
        except ValueError:
            raise _unknown_version() from None
    return [(_picked(snapshots, name), paths) for name, paths in tasks.items()]


def _snapshots(repository: "Repository") -> "list[Snapshot]":
    from backend.lib.restic.snapshots import load_snapshots

    snapshots = load_snapshots(repository, lambda _damage: None)
    if not snapshots:
        raise UserError("restore.no_version", "There is no version in this backup yet.", "Choose another backup.")
    return snapshots


def _picked(snapshots: "list[Snapshot]", name: str) -> "Snapshot":
    if not name:
        return snapshots[-1]
    found = next((snapshot for snapshot in snapshots if snapshot.id == name), None)
    if found is None:
        raise _unknown_version()
    return found


def _unknown_version() -> UserError:
    return UserError(
        "restore.version",
        "The chosen version is not in this backup (any more).",
        "Choose another one.",
        fields={"version": "This version is not there."},
    )


def _target(params: RestoreParams) -> Path | None:
    if params.to == "original":
        return None
    if params.target is None:
        raise UserError(
            "restore.target",
            "No folder to restore into is chosen.",
            "Choose one.",
            fields={"target": "Choose a folder."},
        )
    return params.target


def _version_options(repository: "Repository") -> list[Option]:
    from backend.lib.restic import words

    made: list[Option] = []
    for snapshot in reversed(_snapshots(repository)):
        files = snapshot.summary.get("total_files_processed")
        note = ", ".join(snapshot.paths) + (f" ({files:,} files)" if isinstance(files, int) else "")
        made.append(Option(value=snapshot.id, label=words.version(snapshot), note=note))
    return made


def _folder_options(repository: "Repository", snapshot: "Snapshot") -> list[Option]:
    from backend.lib.restic.browse import folders
    from backend.lib.restic.names import quote

    found = folders(repository, snapshot, _MOST_OFFERED)
    return [Option(value=quote(folder.path), label=folder.shown) for folder in found]


def _file_options(
    repository: "Repository", snapshots: "list[Snapshot]", snapshot: "Snapshot", folder: str, search: str
) -> list[Option]:
    from backend.lib.restic import browse, words
    from backend.lib.restic.names import unquote

    if search:
        found = browse.find(repository, snapshots, search, most=_MOST_OFFERED)
        return [_offer(hit, f"{words.version(hit.snapshot)}, {_kind_of(hit)}") for hit in found]
    if folder:
        inside = browse.folder(repository, snapshot, unquote(folder))
    else:
        inside = browse.sources(repository, snapshot)
    return [_offer(hit, _kind_of(hit)) for hit in inside[:_MOST_OFFERED]]


def _offer(found: "Found", note: str) -> Option:
    from backend.lib.restic.names import quote

    return Option(value=f"{found.snapshot.id}:{quote(found.path)}", label=found.shown, note=note)


def _kind_of(found: "Found") -> str:
    from backend.lib.restic import words

    if found.node.kind == "dir":
        return "folder"
    return words.size(found.node.size) if found.node.kind == "file" else "link"


def _listener(ctx: JobContext, number: int, count: int) -> "Any":
    from backend.lib.restic import words

    def tell(progress: "Progress") -> None:
        at = words.step(progress)
        if count == 1:
            ctx.progress(at.done, at.total, at.unit, at.message)
        else:
            ctx.progress(number + at.done / (at.total or 1), count, "versions", at.message)

    return tell


def _report(ctx: JobContext, result: "RestoreResult") -> None:
    from backend.lib.restic import words

    lost = [f"{words.shown(path)} was not restored: {damage.message}" for path, damage in result.damaged]
    lost += [f"{words.shown(path)} was not restored: {why}." for path, why in result.failed]
    for sentence in lost[:_MOST_NAMED]:
        ctx.warn(sentence)
    for sentence in lost[_MOST_NAMED:]:
        ctx.log(sentence, "warning")
    if len(lost) > _MOST_NAMED:
        ctx.warn(f"{len(lost) - _MOST_NAMED:,} more files could not be restored; the log names them.")
    for path, name in result.renamed:
        ctx.log(f"{words.shown(path)} existed; the restored one is called {words.shown(Path(name).name)}.")


JOB_TYPE = JobType(
    name="restore",
    title="Restore from a backup",
    summary="Brings back files, folders or everything as they were in a version.",
    icon="archive-restore",
    params=RestoreParams,
    run=run,
    rehearse=rehearse,
    options=options,
    job_name=lambda params: f"Restore from {params.backup.name}",
    order=21,
)

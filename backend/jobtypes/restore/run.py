"""A restore from start to end, to files or to one archive."""

from collections.abc import Callable, Sequence
from pathlib import Path

from backend.core.clock import now
from backend.jobtypes.contract import JobContext, Outcome
from backend.jobtypes.restore.choosing import tasks
from backend.jobtypes.restore.params import RestoreParams
from backend.lib.restic import telling, words
from backend.lib.restic.access import backup_of, opened
from backend.lib.restic.errors import DamagedError
from backend.lib.restic.export import Archive
from backend.lib.restic.locks import locked
from backend.lib.restic.progress import Counter, Progress
from backend.lib.restic.repository import Repository
from backend.lib.restic.restore import NothingRestoredError, RestoreResult, measure, restore
from backend.lib.restic.snapshots import Snapshot
from backend.lib.results import check_folder, file_name

_MOST_NAMED = 20
Tasks = Sequence[tuple[Snapshot, list[bytes]]]


def run(params: RestoreParams, ctx: JobContext) -> Outcome:
    """Restores, and says of every file that could not be."""
    with opened(params.backup) as repository, locked(repository):
        chosen = tasks(params, repository)
        if params.to == "archive" and params.target is not None:
            return _export(params, params.target, ctx, repository, chosen)
        return _restore(params, ctx, repository, chosen)


def _restore(params: RestoreParams, ctx: JobContext, repository: Repository, chosen: Tasks) -> Outcome:
    whole = RestoreResult()
    target = None if params.to == "original" else params.target
    nothing: NothingRestoredError | None = None
    for number, (snapshot, paths) in enumerate(chosen):
        told = _listener(ctx, number, len(chosen))
        try:
            part = restore(
                repository, snapshot, target, paths, params.existing, on_progress=told, checkpoint=ctx.checkpoint
            )
        except NothingRestoredError as error:
            ctx.warn(f"From the version of {words.version(snapshot)}: {error.message}")
            nothing = error
            continue
        whole.add(part)
    if nothing and whole.is_nothing:
        raise nothing
    _report(ctx, whole.damaged, whole.failed)
    for path, name in whole.renamed:
        ctx.log(f"{words.shown(path)} existed; the restored one is called {words.shown(Path(name).name)}.")
    summary = f"{words.counted(whole.files, 'file')} ({words.size(whole.bytes)}) were restored."
    if whole.left_alone:
        summary += f" {words.counted(len(whole.left_alone), 'file')} existed and were left as they are."
    lost = len(whole.damaged) + len(whole.failed)
    facts = {"files": whole.files, "bytes": whole.bytes, "left_alone": len(whole.left_alone), "lost": lost}
    return Outcome(summary=summary + _lost(lost), facts=facts)


def _export(params: RestoreParams, target: Path, ctx: JobContext, repository: Repository, chosen: Tasks) -> Outcome:
    check_folder(target, "target")
    counter = Counter(telling.listener(ctx.progress))
    sizes = [measure(repository, snapshot, Path(), paths) for snapshot, paths in chosen]
    counter.expect(sum(files for files, _, _ in sizes), sum(size for _, size, _ in sizes))
    name = file_name(f"{backup_of(params.backup).name} {now().astimezone():%Y-%m-%d}", "tar.zst")
    with (
        ctx.artifact(target / name, "Rescue archive") as part,
        Archive(part, counter, ctx.checkpoint) as archive,
    ):
        for snapshot, paths in chosen:
            under = f"{snapshot.moment.astimezone():%Y-%m-%d %H%M%S}/" if len(chosen) > 1 else ""
            archive.add(repository, snapshot, paths, under)
        made = archive.result
        if not made.files:
            raise NothingRestoredError(
                "restore.nothing",
                "Nothing could be put into the archive.",
                "Verify the backup to see which versions are good.",
            )
    counter.end()
    _report(ctx, made.damaged, ())
    summary = f"{words.counted(made.files, 'file')} ({words.size(made.bytes)}) are in the archive."
    facts = {"files": made.files, "bytes": made.bytes, "left_alone": 0, "lost": len(made.damaged)}
    return Outcome(summary=summary + _lost(len(made.damaged)), facts=facts)


def _lost(count: int) -> str:
    return f" {words.counted(count, 'file')} could not be restored." if count else ""


def _listener(ctx: JobContext, number: int, count: int) -> Callable[[Progress], None]:
    def tell(done: float, total: float | None, unit: str, message: str) -> None:
        if count == 1:
            ctx.progress(done, total, unit, message)
        else:
            ctx.progress(number + done / (total or 1), count, "versions", message)

    return telling.listener(tell)


def _report(ctx: JobContext, damaged: Sequence[tuple[str, DamagedError]], failed: Sequence[tuple[str, str]]) -> None:
    lost = [f"{words.shown(path)} was not restored: {damage.message}" for path, damage in damaged]
    lost += [f"{words.shown(path)} was not restored: {why}." for path, why in failed]
    for sentence in lost[:_MOST_NAMED]:
        ctx.warn(sentence)
    for sentence in lost[_MOST_NAMED:]:
        ctx.log(sentence, "warning")
    if len(lost) > _MOST_NAMED:
        ctx.warn(f"{len(lost) - _MOST_NAMED:,} more files could not be restored; the log names them.")

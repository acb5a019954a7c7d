"""What jobs with backups say in the same way: how far they are, which versions stay, what was given back."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from backend.core.views import Fact, PreviewTable
from backend.lib.restic import words
from backend.lib.restic.keep import Decision, KeepRules
from backend.lib.restic.progress import Listener, Progress
from backend.lib.restic.prune import forget, preview, prune, unneeded
from backend.lib.restic.repository import Repository
from backend.lib.restic.snapshots import load_snapshots

_MOST_ROWS = 200
NO_ROOM = "what is stored with it must be written anew, and the drive has too little room for that."


@dataclass(frozen=True)
class Tidied:
    """How many versions were removed, the bytes given back, and those that lie idle beside what is needed."""

    versions: int
    stay: int
    bytes_freed: int
    idle: int


def listener(tell: Callable[[float, float | None, str, str], None], noun: str = "file") -> Listener:
    """Tells a job's progress in bytes where there are any, else in files (or what `noun` says)."""

    def on_progress(progress: Progress) -> None:
        at = words.step(progress, noun)
        tell(at.done, at.total, at.unit, at.message)

    return on_progress


def kept_table(decisions: Sequence[Decision]) -> PreviewTable:
    """Which versions stay and why, and which go."""
    rows = [
        [words.version(d.snapshot), "stays" if d.stays else "goes", ", ".join(d.reasons)]
        for d in decisions[:_MOST_ROWS]
    ]
    left = len(decisions) - len(rows)
    note = f"and {left:,} older ones" if left > 0 else ""
    return PreviewTable(title="Versions until now", columns=["Version", "", "Why"], rows=rows, note=note)


def version_facts(repository: Repository) -> list[Fact]:
    """How many versions there are, and of when the newest is."""
    snapshots = load_snapshots(repository, lambda _damage: None)
    newest = words.version(snapshots[-1]) if snapshots else "none yet"
    return [Fact(label="Versions", value=f"{len(snapshots):,}"), Fact(label="Newest", value=newest)]


def tidy(
    repository: Repository,
    rules: KeepRules,
    log: Callable[..., Any],
    warn: Callable[[str], None],
    checkpoint: Callable[[], None],
    on_progress: Listener | None = None,
) -> Tidied:
    """Removes the versions that no rule keeps, and gives back the space; says so line by line. Raises DeskhandError."""
    going_to_stay = [decision.snapshot for decision in preview(repository, rules, checkpoint) if decision.stays]
    found = unneeded(repository, going_to_stay, checkpoint)  # raises where anything is amiss, before any is removed
    decisions = forget(repository, rules, checkpoint)
    removed = [decision.snapshot for decision in decisions if not decision.stays]
    for snapshot in removed:
        log(f"The version of {words.version(snapshot)} was removed.")
    if found.written:
        log(f"{words.size(found.written)} that lie beside what goes are written anew.")
    given = prune(repository, checkpoint, on_progress)
    for damage in given.damaged:
        warn(f"{damage.message} {damage.hint}")
    if given.is_full:
        warn(f"{words.size(given.idle)} could not be given back: {NO_ROOM}")
    log(
        f"{words.size(given.bytes_freed)} were given back.",
        packs_removed=given.packs_removed,
        packs_rewritten=given.packs_rewritten,
        idle=given.idle,
    )
    return Tidied(len(removed), len(decisions) - len(removed), given.bytes_freed, given.idle)

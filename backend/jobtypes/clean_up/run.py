"""Runs a clean-up: what was listed goes, and every item that was left is named."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from backend.core.clock import now
from backend.core.views import Undo
from backend.jobtypes.clean_up.looking import checked_root
from backend.jobtypes.clean_up.params import CleanUpParams
from backend.jobtypes.contract import JobContext, Outcome
from backend.lib.archives.reading import verify
from backend.lib.archives.writing import ZipMaker
from backend.lib.cleaning import listing, quarantine, taking
from backend.lib.cleaning.items import GONE, Item
from backend.lib.cleaning.looking import Found, find
from backend.lib.results import file_name
from backend.lib.words import counted, shown, size

MOST_NAMED = 20
STATE = "clean-up.json"
DONE = {
    "bin": "moved to the recycle bin",
    "quarantine": "moved into quarantine",
    "archive": "put into a ZIP file and removed",
}


def run(params: CleanUpParams, ctx: JobContext) -> Outcome:
    """Takes away what the rehearsal listed and still fits; without a rehearsal, what fits now."""
    root = checked_root(params)
    for old in quarantine.remove_expired(now().astimezone().date()):
        ctx.log(
            f"{counted(len(old.items), 'item')} of {old.made} had been in quarantine long enough, and were removed."
        )
    state = _State(ctx.keep / STATE)
    items = state.items if state.is_there else _listed(params, root, ctx)
    if not state.is_there:
        state.save(items)
    if not items:
        return Outcome(summary=f"There was nothing to clean up: no {params.noun} fits.", facts={"items": 0})
    gone, left = _take(params, root, items, state, ctx)
    _report(ctx, left)
    amount = f" ({size(sum(item.size for item in gone))})" if params.find != "folders" else ""
    were = "was" if len(gone) == 1 else "were"
    summary = f"{counted(len(gone), params.noun)}{amount} {were} {DONE[params.to]}."
    if left:
        summary += f" {counted(len(left), params.noun)} {'was' if len(left) == 1 else 'were'} left."
    if params.to == "quarantine" and gone:
        summary += f" 'Undo a clean-up' puts them back, until {state.facts['day']}."
    return Outcome(summary=summary, facts={"items": len(gone), "bytes": sum(i.size for i in gone), "left": len(left)})


def undo(keep: Path) -> Undo | None:
    """The job that brings back what a clean-up moved into quarantine, until that is emptied."""
    name = _State(keep / STATE).facts.get("quarantine")
    return Undo(kind="bring-back", params={"quarantine": name}) if name and quarantine.is_noted(name) else None


class _State:
    """The list that this job works through, over all its attempts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.is_there = path.exists()
        said: dict[str, Any] = json.loads(path.read_text("utf-8")) if self.is_there else {"items": [], "facts": {}}
        self.items = [Item(*each) for each in said["items"]]
        self.facts: dict[str, Any] = said["facts"]

    def save(self, items: list[Item] | None = None, **facts: Any) -> None:
        """Writes the list and what is to be remembered with it."""
        self.items = self.items if items is None else items
        self.facts |= facts
        part = self._path.with_suffix(".part")
        part.write_text(json.dumps({"items": self.items, "facts": self.facts}), "utf-8")
        part.replace(self._path)


def _listed(params: CleanUpParams, root: Path, ctx: JobContext) -> list[Item]:
    shown_before = listing.take(params.model_dump_json())
    if shown_before is not None:
        return shown_before

    def poll(found: Found, words: str) -> None:
        ctx.checkpoint()
        ctx.progress(found.looked, None, "files", f"Looking through {words}" if words else "Looking")

    found = find(root, params.wanted(), poll)
    for note in found.notes:
        ctx.warn(note)
    return found.items


Left = list[tuple[Item, str]]


def _take(
    params: CleanUpParams, root: Path, items: list[Item], state: _State, ctx: JobContext
) -> tuple[list[Item], Left]:
    again = ctx.attempt > 1
    if params.to == "bin":
        return _each(items, lambda number: taking.to_trash(root, items[number]), ctx, again)
    if params.to == "archive":
        return _archived(params, root, items, state, ctx)
    known = quarantine.read(state.facts["quarantine"]) if "quarantine" in state.facts else None
    if known is None:
        today = now().astimezone().date()
        known = quarantine.begin(root, items, today, today + timedelta(days=params.keep_days))
        state.save(quarantine=known.id, day=f"{today + timedelta(days=params.keep_days):%d %B %Y}")
    kept = known
    return _each(items, lambda number: taking.to_quarantine(kept, number), ctx, again)


def _each(
    items: list[Item], take: Callable[[int], str], ctx: JobContext, again: bool = False
) -> tuple[list[Item], Left]:
    """Takes one after the other. What an earlier attempt has taken is not there any more, and counts as taken."""
    gone: list[Item] = []
    left: Left = []
    for number, item in enumerate(items):
        ctx.checkpoint()
        reason = take(number)
        if reason and not (again and reason == GONE):
            left.append((item, reason))
        else:
            gone.append(item)
        ctx.progress(number + 1, len(items), "items", shown(item.relative))
    return gone, left


def _archived(
    params: CleanUpParams, root: Path, items: list[Item], state: _State, ctx: JobContext
) -> tuple[list[Item], Left]:
    left: Left = []
    if "archived" not in state.facts:
        inside, left = _pack(params, root, items, ctx)
        state.save(archived=[item.relative for item in inside])
    names = set(state.facts["archived"])
    packed = [item for item in items if item.relative in names]
    gone, refused = _each(packed, lambda number: taking.for_good(root, packed[number]), ctx, ctx.attempt > 1)
    return gone, left + refused


def _pack(params: CleanUpParams, root: Path, items: list[Item], ctx: JobContext) -> tuple[list[Item], Left]:
    assert params.archive is not None
    total, done = sum(item.size for item in items), 0
    day = f"{now().astimezone():%Y-%m-%d}"

    def poll(amount: int) -> None:
        nonlocal done
        done += amount
        ctx.checkpoint()
        ctx.progress(done, total * 2, "bytes", words)

    words = ""
    inside: list[Item] = []
    left: Left = []
    target = params.archive / file_name(f"{root.name} cleaned up {day}", "zip", "Folder")
    with ctx.artifact(target, "What was cleaned up") as part:
        with ZipMaker(part) as maker:
            for item in items:
                ctx.checkpoint()
                words = f"Packing {shown(item.relative)}"
                if reason := taking.to_archive(root, item, maker, poll):
                    left.append((item, reason))
                else:
                    inside.append(item)
        words = "Reading the ZIP file back"
        verify(part, poll=poll)
    return inside, left


def _report(ctx: JobContext, left: Left) -> None:
    for item, reason in left[:MOST_NAMED]:
        ctx.warn(f"{shown(item.relative)} was left: {reason}.")
    for item, reason in left[MOST_NAMED:]:
        ctx.log(f"{shown(item.relative)} was left: {reason}.", "warning")
    if len(left) > MOST_NAMED:
        ctx.warn(f"{len(left) - MOST_NAMED:,} more were left; the log names them.")

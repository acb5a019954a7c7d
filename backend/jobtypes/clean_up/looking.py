"""What a clean-up would take away."""

import time
from pathlib import Path

from backend.core.errors import UserError
from backend.core.views import Fact, PreviewTable, Rehearsal
from backend.jobtypes.clean_up.params import CleanUpParams
from backend.lib.cleaning.items import Item
from backend.lib.cleaning.listing import remember
from backend.lib.cleaning.looking import Found, find
from backend.lib.cleaning.places import checked
from backend.lib.results import check_folder
from backend.lib.words import counted, shown, size

PATIENCE = 20.0
SHOWN = 200


class _TookTooLong(Exception):
    pass


def checked_root(params: CleanUpParams) -> Path:
    """The folder, which may be cleaned up, and an archive has its place. Raises UserError at the answer."""
    root = checked(params.folder)
    if params.to != "archive":
        return root
    if params.archive is None:
        raise UserError(
            "clean_up.archive",
            "No folder for the ZIP file is chosen.",
            "Choose one.",
            fields={"archive": "Choose one."},
        )
    check_folder(params.archive, "archive")
    target = params.archive.resolve()
    if target == root or root in target.parents:
        message = "The ZIP file would lie in the folder that is cleaned up."
        raise UserError(
            "clean_up.archive_inside",
            message,
            "Choose another place.",
            fields={"archive": f"{message} Choose another."},
        )
    return root


def rehearse(params: CleanUpParams) -> Rehearsal:
    """Lists what would go, and remembers the list: the job then takes nothing else."""
    root = checked_root(params)
    began = time.monotonic()
    last = Found()

    def poll(found: Found, _words: str) -> None:
        nonlocal last
        last = found
        if time.monotonic() - began > PATIENCE:
            raise _TookTooLong

    try:
        found = find(root, params.wanted(), poll)
    except _TookTooLong:
        return Rehearsal(
            headline=f"More than {counted(last.looked, 'file')} to look at, which takes longer than a look ahead may.",
            warnings=["What is to go is only found when the job runs. Choose a smaller folder to see it before."],
        )
    remember(params.model_dump_json(), found.items)
    return _shown(params, root, found)


def _shown(params: CleanUpParams, root: Path, found: Found) -> Rehearsal:
    if not found.items:
        return Rehearsal(
            headline=f"Nothing to clean up: no {params.noun} fits.",
            facts=[Fact(label="Looked at", value=counted(found.looked, "file"))],
            warnings=found.notes,
        )
    words = {
        "bin": "would be moved to the recycle bin",
        "quarantine": "would be moved into quarantine",
        "archive": "would be put into a ZIP file and removed",
    }
    amount = f" ({size(found.size)})" if params.find != "folders" else ""
    facts = [Fact(label="Folder", value=str(root))] if root != params.folder else []
    facts.append(Fact(label="Looked at", value=counted(found.looked, "file")))
    if found.links:
        facts.append(Fact(label="Links", value=f"{found.links:,}, left as they are"))
    rows = [_row(item) for item in found.items[:SHOWN]]
    twins = params.find == "duplicates"
    return Rehearsal(
        headline=f"{counted(len(found.items), params.noun)}{amount} {words[params.to]}.",
        facts=facts,
        warnings=found.notes,
        tables=[
            PreviewTable(
                title="What would go",
                columns=["Name", "Size", "Changed", *(["The same as, which stays"] if twins else [])],
                rows=rows,
                note=f"The first {SHOWN:,} of {len(found.items):,}" if len(found.items) > SHOWN else "",
            )
        ],
    )


def _row(item: Item) -> list[str]:
    changed = time.strftime("%Y-%m-%d", time.localtime(item.changed / 1e9))
    row = [shown(item.relative), size(item.size) if item.kind == "file" else "", changed]
    twin = item.twin_item
    return [*row, shown(twin.relative)] if twin else row

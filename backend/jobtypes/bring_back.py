"""Job type: puts what a clean-up moved into quarantine back into its place."""

from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.errors import UserError
from backend.core.views import Fact, Option, PreviewTable, Rehearsal
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params
from backend.lib.cleaning.quarantine import Quarantine, bring_back, known, read
from backend.lib.words import counted, shown, size

_SHOWN = 200
_EMPTY = "Empty. Clean-ups that were kept on a drive can be undone when the drive is connected."


class BringBackParams(Params):
    """What the form asks for."""

    quarantine: str = fields.pick(
        "Clean-up",
        "Everything that it took away is put back into its place.",
        depends_on=[],
        empty="The latest",
        default="",
        section="from",
        max_length=64,
    )


def options(_field: str, _answers: Mapping[str, Any]) -> Sequence[Option]:
    """The quarantines that can be reached."""
    return [Option(value=each.id, label=_words(each), note=f"can be brought back until {each.day}") for each in known()]


def _words(quarantine: Quarantine) -> str:
    amount = counted(len(quarantine.items), "item")
    return f"{quarantine.root}, {quarantine.made}: {amount}, {size(quarantine.size)}"


def rehearse(params: BringBackParams) -> Rehearsal:
    """What would be put back."""
    if not params.quarantine and next(known(), None) is None:
        return Rehearsal(
            headline="There is nothing to bring back.",
            facts=[Fact(label="Quarantine", value=_EMPTY)],
        )
    found = _picked(params)
    rows = [[shown(item.relative), size(item.size) if item.kind == "file" else ""] for item in found.items[:_SHOWN]]
    note = f"The first {_SHOWN:,} of {len(found.items):,}" if len(found.items) > _SHOWN else ""
    return Rehearsal(
        headline=f"{counted(len(found.items), 'item')} ({size(found.size)}) would be put back.",
        facts=[Fact(label="Folder", value=found.root), Fact(label="Cleaned up on", value=found.made)],
        tables=[PreviewTable(title="What comes back", columns=["Name", "Size"], rows=rows, note=note)],
    )


def run(params: BringBackParams, ctx: JobContext) -> Outcome:
    """Puts everything back; where a name is taken by now, the item gets a number."""
    found = _picked(params)

    def poll(done: int, words: str) -> None:
        ctx.checkpoint()
        ctx.progress(done, len(found.items), "items", words)

    back = bring_back(found, poll)
    for relative, name in back.renamed:
        ctx.log(f"{shown(relative)} exists by now; what was brought back is called {shown(name)}.")
    for relative, reason in back.failed:
        ctx.warn(f"{shown(relative)} could not be brought back ({reason}); it is still in quarantine.")
    return Outcome(
        summary=f"{counted(back.items, 'item')} {'is' if back.items == 1 else 'are'} back in '{found.root}'.",
        facts={"items": back.items, "renamed": len(back.renamed), "failed": len(back.failed)},
    )


def _picked(params: BringBackParams) -> Quarantine:
    found = read(params.quarantine) if params.quarantine else next(known(), None)
    if found is None:
        raise UserError(
            "bring_back.nothing",
            "There is nothing in quarantine that could be brought back.",
            "If the folder is on a drive that was taken out, connect the drive and try again.",
            fields={"quarantine": "Nothing is there to be brought back."},
        )
    return found


JOB_TYPE = JobType(
    name="bring-back",
    title="Undo a clean-up",
    summary="Puts everything that a clean-up moved into quarantine back into its place.",
    icon="history",
    params=BringBackParams,
    run=run,
    rehearse=rehearse,
    options=options,
    order=51,
)

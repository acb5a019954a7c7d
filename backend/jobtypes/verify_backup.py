"""Proves that a backup is whole, or says what is damaged and which versions are still good."""

from typing import TYPE_CHECKING, Literal

from backend.core.errors import UserError
from backend.core.views import Fact, Rehearsal
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params
from backend.lib.restic import asking

if TYPE_CHECKING:
    from backend.lib.restic.verify import VerifyResult

Depth = Literal["structure", "sample", "full"]
_SHARES: dict[Depth, float] = {"structure": 0.0, "sample": 0.1, "full": 1.0}
_MOST_NAMED = 20


class VerifyParams(Params):
    """What the form asks for."""

    backup: int = asking.backup(section="from")
    depth: Depth = fields.choice(
        "How thoroughly",
        labels={
            "structure": "Structure: quick, all that leads to the data",
            "sample": "Structure, and a tenth of the data, chosen anew each time",
            "full": "Structure and all data: reads the whole backup",
        },
        default="full",
    )


def rehearse(params: VerifyParams) -> Rehearsal:
    """How much would be read. Changes nothing."""
    from backend.lib.restic import telling, words
    from backend.lib.restic.access import opened

    with opened(params.backup) as repository:
        store = repository.store
        packs = [size for _, size in store.list("data")]
        structure = sum(size for kind in ("index", "snapshots") for _, size in store.list(kind))
        to_read = structure + sum(packs) * _SHARES[params.depth]
        facts = [
            Fact(label="Backup", value=f"{words.size(structure + sum(packs))} in {words.counted(len(packs), 'pack')}")
        ]
        return Rehearsal(
            headline=f"About {words.size(to_read)} would be read and compared",
            facts=[*telling.version_facts(repository), *facts],
        )


def run(params: VerifyParams, ctx: JobContext) -> Outcome:
    """Reads and compares. Raises UserError where anything is damaged, so that the job counts as failed."""
    from backend.lib.restic import telling, words
    from backend.lib.restic.access import opened
    from backend.lib.restic.verify import verify

    with opened(params.backup) as repository:
        told = telling.listener(ctx.progress, "pack")
        result = verify(repository, _SHARES[params.depth], on_progress=told, checkpoint=ctx.checkpoint)
    if not result.good:
        raise _damage(ctx, result)
    if not result.snapshots:
        ctx.warn("There is no version in this backup yet.")
    read = f"; {words.size(result.bytes_read)} of data were read and compared" if result.packs_read else ""
    return Outcome(
        summary=f"{words.counted(len(result.snapshots), 'version')} verified, all good{read}.",
        facts={
            "versions": len(result.snapshots),
            "packs": result.packs,
            "packs_read": result.packs_read,
            "bytes_read": result.bytes_read,
        },
    )


def _damage(ctx: JobContext, result: "VerifyResult") -> UserError:
    from backend.lib.restic import words

    for damage in result.damaged:
        ctx.log(damage.message, "error")
    good = [state for state in result.snapshots if state.good]
    for state in result.snapshots:
        if state.good:
            ctx.log(f"The version of {words.version(state.snapshot)} is good.")
            continue
        lost = words.counted(state.lost_count, "file or folder", "files or folders")
        ctx.log(f"The version of {words.version(state.snapshot)} lacks {lost}.", "error", lost=state.lost[:_MOST_NAMED])
    if not result.snapshots:
        message = "The backup is damaged: no version can be read."
    elif len(good) == len(result.snapshots):
        message = "The backup is damaged, but all versions can still be restored."
    elif good:
        newest = words.version(good[-1].snapshot)
        message = (
            f"The backup is damaged. {len(good)} of {len(result.snapshots)} versions are good, the newest of {newest}."
        )
    else:
        message = "The backup is damaged: every version lacks something."
    return UserError(
        "backup.damaged",
        message,
        "The log names what is lost. Back up again now: what is missing and still on this computer is stored anew. "
        "Then check the drive.",
    )


JOB_TYPE = JobType(
    name="verify-backup",
    title="Verify a backup",
    summary="Reads a backup and proves that it is whole, or says what is damaged.",
    icon="shield-check",
    params=VerifyParams,
    run=run,
    rehearse=rehearse,
    job_name=lambda params: f"Verification of {asking.name_of(params)}",
    order=22,
)

"""Removes old versions of a backup by rules, and gives back the space; the last good version is never removed."""

from typing import TYPE_CHECKING

from backend.core.views import Fact, Rehearsal
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params
from backend.lib.restic import asking

if TYPE_CHECKING:
    from backend.lib.restic.keep import KeepRules

_IDLE = "stored together with files that are still needed"


class ThinParams(Params):
    """What the form asks for."""

    backup: int = asking.backup(section="from")
    keep_last: int = asking.keep_last()
    keep_daily: int = asking.keep_daily()
    keep_weekly: int = asking.keep_weekly()
    keep_monthly: int = asking.keep_monthly()
    keep_yearly: int = asking.keep_yearly()

    def rules(self) -> "KeepRules":
        """Which versions stay."""
        return asking.rules(self)


def rehearse(params: ThinParams) -> Rehearsal:
    """Which versions would go, which stay and why. Changes nothing."""
    from backend.lib.restic import telling, words
    from backend.lib.restic.access import opened
    from backend.lib.restic.errors import DamagedError
    from backend.lib.restic.prune import preview, unneeded

    with opened(params.backup) as repository:
        decisions = preview(repository, params.rules())
        staying = [decision.snapshot for decision in decisions if decision.stays]
        going = len(decisions) - len(staying)
        facts = [Fact(label="Stay", value=words.counted(len(staying), "version"))]
        warnings = ["What is removed cannot be brought back."] if going else []
        try:
            found = unneeded(repository, staying)
            facts.append(Fact(label="Given back", value=words.size(found.given_back)))
            if found.written:
                facts.append(Fact(label="Written anew for that", value=words.size(found.written)))
            if found.idle:
                facts.append(Fact(label="Not given back yet", value=f"{words.size(found.idle)}, {_IDLE}"))
            if found.lacks_room:
                warnings.append(f"Not everything would be given back: {telling.NO_ROOM}")
        except DamagedError as error:
            warnings = [f"Nothing would be removed. {error.message} {error.hint}"]
        return Rehearsal(
            headline=f"{words.counted(going, 'version')} of {len(decisions):,} would be removed",
            facts=facts,
            warnings=warnings,
            tables=[telling.kept_table(decisions)] if decisions else [],
        )


def run(params: ThinParams, ctx: JobContext) -> Outcome:
    """Removes and gives back."""
    from backend.lib.restic import telling, words
    from backend.lib.restic.access import opened

    with opened(params.backup) as repository:
        on_progress = telling.listener(ctx.progress, "pack")
        done = telling.tidy(repository, params.rules(), ctx.log, ctx.warn, ctx.checkpoint, on_progress)
    removed, verb = words.counted(done.versions, "old version"), "was" if done.versions == 1 else "were"
    given_back = words.size(done.bytes_freed)
    stay = "stays" if done.stay == 1 else "stay"
    idle = f" {words.size(done.idle)} not yet: {_IDLE}." if done.idle else ""
    return Outcome(
        summary=f"{removed} {verb} removed, {done.stay:,} {stay}. {given_back} were given back.{idle}",
        facts={
            "versions_removed": done.versions,
            "stay": done.stay,
            "bytes_freed": done.bytes_freed,
            "bytes_idle": done.idle,
        },
    )


JOB_TYPE = JobType(
    name="thin-backup",
    title="Remove old versions",
    summary="Removes old versions of a backup by rules, and gives back the space.",
    icon="history",
    params=ThinParams,
    run=run,
    rehearse=rehearse,
    job_name=lambda params: f"Old versions of {asking.name_of(params)}",
    target=asking.target,
    order=24,
)

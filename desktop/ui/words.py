"""The words for states, sizes, durations and moments. All that people read about a job comes from here."""

from datetime import UTC, datetime

from PySide6.QtCore import QCoreApplication, QLocale

from desktop.client import problems
from desktop.client.problems import ApiError
from desktop.client.shapes import Job, Progress
from desktop.state.measures import Day, SpanUnit, day_of, left_parts, size_parts, span_parts, took
from desktop.state.standing import Chip


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)


def state_words(job: Job) -> str:
    """How the job stands, with what has been asked of it and is not in force yet."""
    if job.wish == "stop":
        return QCoreApplication.translate("Words", "Stopping...")
    if job.wish == "pause":
        return QCoreApplication.translate("Words", "Pausing...")
    if job.state == "waiting" and job.not_before is not None and job.not_before > now():
        return QCoreApplication.translate("Words", "Tries again soon")
    return state_name(job.state)


def state_name(state: str) -> str:
    """The word for a state."""
    match state:
        case "blocked":
            return QCoreApplication.translate("Words", "Waiting for another job")
        case "waiting":
            return QCoreApplication.translate("Words", "Waiting for its turn")
        case "held":
            return QCoreApplication.translate("Words", "On hold")
        case "dispatched":
            return QCoreApplication.translate("Words", "About to start")
        case "running":
            return QCoreApplication.translate("Words", "Running")
        case "paused":
            return QCoreApplication.translate("Words", "Paused")
        case "interrupted":
            return QCoreApplication.translate("Words", "Interrupted")
        case "needs_user":
            return QCoreApplication.translate("Words", "Needs you")
        case "succeeded":
            return QCoreApplication.translate("Words", "Done")
        case "warned":
            return QCoreApplication.translate("Words", "Done, with remarks")
        case "failed":
            return QCoreApplication.translate("Words", "Did not work")
        case "stopped":
            return QCoreApplication.translate("Words", "Stopped")
        case _:
            return state


STATE_ICONS = {
    "blocked": ("hourglass", "muted"),
    "waiting": ("clock", "muted"),
    "held": ("circle-pause", "muted"),
    "dispatched": ("clock", "accent"),
    "running": ("loader-circle", "accent"),
    "paused": ("circle-pause", "warning"),
    "interrupted": ("hourglass", "warning"),
    "needs_user": ("bell", "warning"),
    "succeeded": ("circle-check", "success"),
    "warned": ("triangle-alert", "warning"),
    "failed": ("circle-alert", "danger"),
    "stopped": ("circle-stop", "muted"),
}
"""Icon and colour of each state."""


def chip_words(chip: Chip) -> str:
    """The word on a filter chip."""
    match chip:
        case Chip.ALL:
            return QCoreApplication.translate("Words", "All")
        case Chip.RUNNING:
            return QCoreApplication.translate("Words", "Running")
        case Chip.WAITING:
            return QCoreApplication.translate("Words", "Waiting")
        case Chip.NEEDS_YOU:
            return QCoreApplication.translate("Words", "Needs you")
        case Chip.DONE:
            return QCoreApplication.translate("Words", "Done")


def number_words(value: float, decimals: int = 0) -> str:
    """A number as it is written here."""
    locale = QLocale()
    return locale.toString(round(value)) if decimals == 0 else locale.toString(value, "f", decimals)


def size_words(size: float) -> str:
    """A size in bytes."""
    value, unit, decimals = size_parts(size)
    figure = number_words(value, decimals)
    match unit:
        case "bytes":
            return QCoreApplication.translate("Words", "{n} bytes").format(n=figure)
        case "kB":
            return QCoreApplication.translate("Words", "{n} kB").format(n=figure)
        case "MB":
            return QCoreApplication.translate("Words", "{n} MB").format(n=figure)
        case "GB":
            return QCoreApplication.translate("Words", "{n} GB").format(n=figure)
        case "TB":
            return QCoreApplication.translate("Words", "{n} TB").format(n=figure)


def _span_part(value: int, unit: SpanUnit) -> str:
    match unit:
        case "second":
            return QCoreApplication.translate("Words", "{n} s").format(n=value)
        case "minute":
            return QCoreApplication.translate("Words", "{n} min").format(n=value)
        case "hour":
            return QCoreApplication.translate("Words", "{n} h").format(n=value)
        case "day" if value == 1:
            return QCoreApplication.translate("Words", "1 day")
        case "day":
            return QCoreApplication.translate("Words", "{n} days").format(n=value)


def _joined(parts: list[tuple[int, SpanUnit]]) -> str:
    return " ".join(_span_part(value, unit) for value, unit in parts)


def span_words(seconds: float) -> str:
    """A duration."""
    return _joined(span_parts(seconds))


def left_words(seconds: float) -> str:
    """Time left, roughly."""
    return QCoreApplication.translate("Words", "about {span} left").format(span=_joined(left_parts(seconds)))


def moment_words(moment: datetime | None, present: datetime | None = None) -> str:
    """A moment, as near as needed: 'Today, 09:42', 'Yesterday, 17:05', '3 March, 08:00'."""
    if moment is None:
        return ""
    local = moment.astimezone()
    locale = QLocale()
    clock = f"{local:%H:%M}"
    match day_of(moment, present or now()):
        case Day.TODAY:
            return QCoreApplication.translate("Words", "Today, {clock}").format(clock=clock)
        case Day.YESTERDAY:
            return QCoreApplication.translate("Words", "Yesterday, {clock}").format(clock=clock)
        case Day.TOMORROW:
            return QCoreApplication.translate("Words", "Tomorrow, {clock}").format(clock=clock)
        case Day.THIS_YEAR:
            return QCoreApplication.translate("Words", "{day} {month}, {clock}").format(
                day=local.day, month=locale.monthName(local.month), clock=clock
            )
        case Day.OTHER_YEAR:
            return QCoreApplication.translate("Words", "{day} {month} {year}").format(
                day=local.day, month=locale.monthName(local.month), year=local.year
            )


def percent_words(progress: Progress) -> str:
    """How far, in per cent; empty while nobody knows."""
    fraction = progress.fraction
    if fraction is None:
        return ""
    return QCoreApplication.translate("Words", "{n} %").format(n=int(fraction * 100))


def amount_words(progress: Progress) -> str:
    """How much is done of how much."""
    if not progress.unit:
        return ""
    if progress.unit == "bytes":
        done = size_words(progress.done)
        total = size_words(progress.total) if progress.total else ""
    else:
        done, total = number_words(progress.done), number_words(progress.total) if progress.total else ""
    what = "" if progress.unit == "bytes" else f" {progress.unit}"
    if total:
        return QCoreApplication.translate("Words", "{done} of {total}").format(done=done, total=total) + what
    return done + what


def rate_words(progress: Progress) -> str:
    """How fast."""
    if not progress.rate:
        return ""
    if progress.unit == "bytes":
        return QCoreApplication.translate("Words", "{amount} a second").format(amount=size_words(progress.rate))
    figure = number_words(progress.rate, 0 if progress.rate >= 10 else 1)
    return QCoreApplication.translate("Words", "{amount} a second").format(amount=f"{figure} {progress.unit}".strip())


def doing_words(job: Job) -> str:
    """What the job is doing or what came of it, in one line."""
    if job.state in ("running", "paused"):
        progress = job.progress
        said = [progress.message or amount_words(progress), rate_words(progress) if job.state == "running" else ""]
        return " · ".join(part for part in said if part)
    if job.problem is not None:
        return job.problem.message
    if job.summary:
        return job.summary
    if job.waits_for:
        return QCoreApplication.translate("Words", "Starts when the jobs before it have ended")
    return ""


def time_words(job: Job) -> str:
    """Time left while it runs, time taken when it has ended."""
    if job.state == "running":
        left = job.progress.seconds_left
        return left_words(left) if left is not None else ""
    if job.ended_at is not None and job.started_at is not None:
        seconds = took(job.started_at, job.ended_at, job.ended_at)
        return QCoreApplication.translate("Words", "took {span}").format(span=span_words(seconds or 0))
    if job.state == "waiting" and job.not_before is not None and job.not_before > now():
        return moment_words(job.not_before)
    return ""


def priority_words(priority: str) -> str:
    """The word for a priority."""
    match priority:
        case "high":
            return QCoreApplication.translate("Words", "High")
        case "low":
            return QCoreApplication.translate("Words", "Low")
        case _:
            return QCoreApplication.translate("Words", "Normal")


def jobs_words(count: int) -> str:
    """So many jobs."""
    if count == 1:
        return QCoreApplication.translate("Words", "1 job")
    return QCoreApplication.translate("Words", "{n} jobs").format(n=number_words(count))


def problem_words(problem: ApiError) -> tuple[str, str]:
    """What happened and what to do; the window has its own words for what arises on its side."""
    match problem.code:
        case problems.UNREACHABLE:
            return (
                QCoreApplication.translate("Words", "The part of Deskhand that runs the jobs did not answer."),
                QCoreApplication.translate("Words", "It is being looked after. Try again in a moment."),
            )
        case problems.STRANGE_ANSWER:
            return (
                QCoreApplication.translate("Words", "The part of Deskhand that runs the jobs gave a strange answer."),
                QCoreApplication.translate("Words", "Close Deskhand and open it again. If it goes on, report it."),
            )
        case problems.HOST_HELD:
            return (
                QCoreApplication.translate("Words", "Another copy of Deskhand is using the data, but does not answer."),
                QCoreApplication.translate("Words", "Close the other copy, or restart the computer, then try again."),
            )
        case problems.HOST_ENDED:
            return (
                QCoreApplication.translate("Words", "The part of Deskhand that runs the jobs ended right away."),
                QCoreApplication.translate("Words", "Try again. What it said is in {file}.").format(file=problem.hint),
            )
        case problems.HOST_SLOW:
            return (
                QCoreApplication.translate("Words", "The part of Deskhand that runs the jobs takes too long to start."),
                QCoreApplication.translate("Words", "Try again. What it said is in {file}.").format(file=problem.hint),
            )
        case problems.HOST_TOO_OLD:
            return (
                QCoreApplication.translate("Words", "Your jobs were last kept by a newer version of Deskhand."),
                QCoreApplication.translate(
                    "Words", "Install that version again. This one has left everything as it was."
                ),
            )
        case problems.HOST_MISSING:
            return (
                QCoreApplication.translate("Words", "The part of Deskhand that runs the jobs could not be started."),
                QCoreApplication.translate("Words", "Is the disk full, or is Deskhand damaged? Install it again."),
            )
        case _:
            return problem.message, problem.hint

"""Jobs that never were, in every state, for the fake backend."""

from datetime import datetime, timedelta
from typing import Any

from backend.core.clock import now
from backend.core.states import JobState
from backend.core.views import Artifact, Attempt, JobDetail, Problem, Progress

KINDS: list[dict[str, Any]] = [
    {
        "name": "report",
        "title": "Report",
        "summary": "Turns a spreadsheet into a report with totals, a chart and a table.",
        "icon": "file-chart-column",
        "order": 10,
        "can_rehearse": True,
        "has_options": True,
        "params_schema": {
            "type": "object",
            "required": ["source", "folder"],
            "properties": {
                "title": {"title": "Title", "type": "string", "default": "", "x-kind": "text", "x-section": "what"},
                "source": {
                    "title": "Spreadsheet",
                    "type": "string",
                    "x-kind": "file-in",
                    "x-section": "from",
                    "x-suffixes": [".csv", ".xlsx"],
                },
                "chart": {
                    "title": "Chart",
                    "type": "string",
                    "enum": ["none", "bars"],
                    "default": "bars",
                    "x-kind": "choice",
                    "x-section": "what",
                    "x-labels": {"none": "No chart", "bars": "Bars"},
                },
                "total": {"title": "With totals", "type": "boolean", "default": True, "x-kind": "yes-no"},
                "folder": {"title": "Put it into", "type": "string", "x-kind": "folder-out", "x-section": "to"},
            },
        },
    },
    {
        "name": "backup",
        "title": "Backup",
        "summary": "Keeps safe copies of folders on another drive, encrypted.",
        "icon": "hard-drive",
        "order": 20,
        "can_rehearse": True,
        "has_options": False,
        "params_schema": {"type": "object", "properties": {"folder": {"title": "Folder", "type": "string"}}},
    },
    {
        "name": "mailing",
        "title": "Mailing",
        "summary": "Writes to everybody on a list, each by name, and keeps a ledger.",
        "icon": "mail",
        "order": 30,
        "can_rehearse": True,
        "has_options": True,
        "params_schema": {
            "type": "object",
            "required": ["subject"],
            "properties": {
                "subject": {"title": "Subject", "type": "string"},
                "attachments": {
                    "title": "Attachments",
                    "type": "array",
                    "items": {"type": "string"},
                    "default": [],
                    "x-kind": "files-in",
                },
            },
        },
    },
]

NAMES = {
    "report": [
        "Quarterly sales pack",
        "Branch comparison",
        "Stock report (North)",
        "Open orders, weekly",
        "Payroll check",
    ],
    "backup": ["Accounts folder to drive E", "Shared documents", "Photos of the new building"],
    "mailing": ["Monthly newsletter, March", "Invoice reminders", "Donor thank-you letters", "Survey, second call"],
}

_DRIVE = Problem(
    code="drive.missing",
    message="The drive E: is not connected, so the backup could not be written.",
    hint="Connect the drive, then try again.",
)
_COLUMN = Problem(
    code="column.missing",
    message="The spreadsheet has no column called Region any more.",
    hint="Choose another column to group by, then start it again.",
)


def made_up(number: int, state: JobState, at: datetime, **more: Any) -> JobDetail:
    """One job in the given state; its kind, name and figures follow from the number."""
    kind = KINDS[number % len(KINDS)]["name"]
    names = NAMES[kind]
    job = JobDetail(
        id=number,
        kind=kind,
        name=names[(number // len(KINDS)) % len(names)],
        state=state,
        created_at=at,
        position=float(number),
        params={
            "title": f"Number {number}",
            "source": "/home/ada/sales.xlsx",
            "chart": "bars",
            "folder": "/home/ada/out",
        },
    )
    dress(job, at)
    return job.model_copy(update=more)


def dress(job: JobDetail, at: datetime) -> None:
    """Gives the job what its state calls for: times, progress, problem, summary, results, attempts."""
    fresh = at + timedelta(seconds=20)
    if job.state in {JobState.RUNNING, JobState.PAUSED}:
        job.started_at, job.attempt = fresh, 1
        done = 100.0 * (job.id % 9) + 40
        unit = {"report": "rows", "backup": "bytes", "mailing": "messages"}[job.kind]
        scale = 1e6 if unit == "bytes" else 1.0
        job.progress = Progress(
            done=done * scale,
            total=1000 * scale,
            unit=unit,
            message={"report": "Reading rows", "backup": "Copying Invoices/2026", "mailing": "Sending"}[job.kind],
            rate=1.5 * scale,
            seconds_left=(1000 - done) / 1.5,
        )
    ended = {JobState.SUCCEEDED, JobState.WARNED, JobState.FAILED, JobState.STOPPED, JobState.NEEDS_USER}
    if job.state in ended:
        job.started_at, job.ended_at, job.attempt = fresh, fresh + timedelta(minutes=3, seconds=job.id % 50), 1
        job.progress = Progress(done=1000, total=1000)
    if job.state is JobState.FAILED:
        job.problem = _COLUMN
    if job.state is JobState.NEEDS_USER:
        job.problem = _DRIVE
    if job.state is JobState.WARNED:
        job.warnings = ["14 rows had no amount and were left out of the totals."]
    if job.state in {JobState.SUCCEEDED, JobState.WARNED}:
        job.summary = f"{18204 + job.id:,} rows in 12 groups, as a PDF of 9 pages and a workbook."
        job.artifacts = [
            Artifact(
                id=job.id * 10 + n,
                title=title,
                path=f"/tmp/deskhand-made-up/{job.id}{suffix}",
                size=size,
                media_type=media,
                created_at=job.ended_at or now(),
            )
            for n, (title, suffix, size, media) in enumerate(
                [
                    ("Report", ".pdf", 182_400, "application/pdf"),
                    (
                        "Workbook",
                        ".xlsx",
                        2_310_000,
                        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                    ),
                ]
            )
        ]
    if job.started_at:
        job.attempts = [
            Attempt(
                number=1,
                started_at=job.started_at,
                ended_at=job.ended_at,
                outcome=str(job.state) if job.ended_at else "",
                problem=job.problem,
            )
        ]


def history(count: int) -> list[JobDetail]:
    """So many jobs: two running, a few waiting, one held, the rest ended in every way, the newest last."""
    present = now()
    ways = [JobState.SUCCEEDED, JobState.WARNED, JobState.SUCCEEDED, JobState.FAILED]
    ways += [JobState.SUCCEEDED, JobState.NEEDS_USER, JobState.SUCCEEDED, JobState.STOPPED]
    tail = [JobState.RUNNING, JobState.RUNNING, JobState.WAITING, JobState.WAITING, JobState.HELD]
    states = [ways[n % len(ways)] for n in range(max(0, count - len(tail)))] + tail[: min(count, len(tail))]
    return [
        made_up(n + 1, state, present - timedelta(minutes=11 * (len(states) - n))) for n, state in enumerate(states)
    ]

"""What the API says about jobs: the shapes that the REST answers and the events share."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field

from backend.core.states import JobState

Priority = Literal["high", "normal", "low"]
Wish = Literal["pause", "stop"]
Level = Literal["debug", "info", "warning", "error"]
When = Literal["succeeded", "failed", "ended"]
"""How another job must have ended before one may start; `ended` is either way."""


class Problem(BaseModel):
    """Why something could not be done: for people (`message`, `hint`) and for programs (`code`)."""

    code: str
    message: str
    hint: str = ""
    fields: dict[str, str] = Field(default_factory=dict)


class Progress(BaseModel):
    """How far a job is. `total` is absent while it is unknown; `rate` is units a second."""

    done: float = 0.0
    total: float | None = None
    unit: str = ""
    message: str = ""
    rate: float | None = None
    seconds_left: float | None = None


class JobView(BaseModel):
    """One row of the list of jobs."""

    id: int
    kind: str
    name: str
    state: JobState
    wish: Wish | None = Field(default=None, description="What was asked of it and has not taken effect yet.")
    priority: Priority = "normal"
    position: float = 0.0
    progress: Progress = Field(default_factory=Progress)
    attempt: int = Field(default=0, description="Which run this is, counted from 1; 0 before the first.")
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    not_before: datetime | None = Field(default=None, description="Waits until then before it is tried again.")
    schedule: str | None = Field(default=None, description="The schedule that queued it.")
    summary: str = Field(default="", description="What came out, in one or two plain sentences.")
    problem: Problem | None = None
    warnings: list[str] = Field(default_factory=list)
    waits_for: list[int] = Field(default_factory=list, description="Jobs that must end before this one starts.")


class Artifact(BaseModel):
    """A result file."""

    id: int
    title: str
    path: str
    size: int = Field(description="Bytes.")
    media_type: str
    created_at: datetime


class Attempt(BaseModel):
    """One run of a job, from claim to end."""

    number: int
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = Field(default="", description="The state it ended in; empty while it runs.")
    problem: Problem | None = None


class Link(BaseModel):
    """One end of a chain: another job, how it stands, and the condition under which the later one starts."""

    job: int
    name: str
    state: JobState
    when: When
    settled: bool = Field(description="It has come about: it is no longer waited for.")


class Undo(BaseModel):
    """A job that would undo what another one has done."""

    kind: str
    params: dict[str, Any]


class JobDetail(JobView):
    """One job with everything that is known of it."""

    params: dict[str, Any]
    starts_after: list[Link] = Field(default_factory=list[Link], description="The jobs this one waits or waited for.")
    followed_by: list[Link] = Field(default_factory=list[Link], description="The jobs that wait or waited for it.")
    artifacts: list[Artifact] = Field(default_factory=list)
    attempts: list[Attempt] = Field(default_factory=list)
    has_recipients: bool = Field(default=False, description="It keeps a list of who has got a letter.")
    undo: Undo | None = Field(default=None, description="What it has done can be undone by this job.")


class LogEntry(BaseModel):
    """One line of a job's log."""

    at: datetime
    level: Level = "info"
    message: str
    facts: dict[str, Any] = Field(default_factory=dict)


class QueueView(BaseModel):
    """The queue as a whole."""

    paused: bool = False
    slots: int = Field(description="How many jobs may run at once.")
    counts: dict[JobState, int] = Field(default_factory=dict)


class Rehearsal(BaseModel):
    """What would happen if the job were started now. Nothing has been changed."""

    headline: str
    facts: list["Fact"] = Field(default_factory=list["Fact"])
    warnings: list[str] = Field(default_factory=list)
    tables: list["PreviewTable"] = Field(default_factory=list["PreviewTable"])
    pictures: list["PreviewPicture"] = Field(default_factory=list["PreviewPicture"])
    letters: "LetterPage | None" = Field(default=None, description="The first of the letters that would go out.")


class Fact(BaseModel):
    """One line 'label: value' for people."""

    label: str
    value: str


class PreviewTable(BaseModel):
    """A few rows to look at; cells are text as it will be shown."""

    title: str
    columns: list[str]
    rows: list[list[str]]
    note: str = ""


class PreviewPicture(BaseModel):
    """A picture to look at: `data` is a PNG in base64."""

    title: str
    data: str


class LetterFile(BaseModel):
    """A file that goes with a letter."""

    name: str
    size: int = Field(description="Bytes.")


class Letter(BaseModel):
    """One letter as its recipient will see it."""

    place: int = Field(description="Among all letters, counted from 0.")
    row: int = Field(description="In the list, as a spreadsheet counts.")
    sender: str
    to: str
    subject: str = ""
    text: str = ""
    html: str = Field(default="", description="Empty for a plain letter.")
    files: list[LetterFile] = Field(default_factory=list[LetterFile])
    problem: str = Field(default="", description="Why this letter cannot be written; then it has no subject and text.")


class LetterPage(BaseModel):
    """Some letters out of those that were looked for; `first` is the place of the first among these `found`."""

    found: int
    first: int = 0
    letters: list[Letter] = Field(default_factory=list[Letter])


class Option(BaseModel):
    """One thing that can be picked in a field whose choices depend on the other answers."""

    value: str = Field(description="Empty for a line that only says something.")
    label: str
    note: str = ""
    opens: bool = Field(default=False, description="In a tree: whether something may lie within it.")
    likely: bool = Field(
        default=False, description="Most likely meant: picked where nothing else was, and there is one."
    )

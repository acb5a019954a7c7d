"""Job type: letters to everybody on a list."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import field_validator

from backend.core.views import LetterPage, Option, Rehearsal
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Letters, Outcome, Params
from backend.jobtypes.mailing.wording import address_or_nothing, subject_for_all, time_of_day

_LIST = ["file", "table"]
_SENT = {"mode": ["send"]}
CONDITIONS = (
    "What stands in {{ }} is filled in for each row. What stands between {% if first_name %} and {% endif %} is "
    "written only where that cell is filled in; {% else %} may part it from what is written elsewhere."
)


class MailingParams(Params):
    """The list, the letter, and the account to send from."""

    file: Path = fields.file_in(
        "List", "A table with one recipient in each row.", section="from", suffixes=[".csv", ".tsv", ".xlsx", ".ods"]
    )
    table: str = fields.pick("Sheet", default="", section="from", depends_on=["file"], empty="The first one")
    address_column: str = fields.column("Column with the addresses", section="from", depends_on=_LIST)
    name_column: str = fields.column(
        "Column with the names", default="", section="from", depends_on=_LIST, empty="None"
    )
    subject: str = fields.template_line("Subject", depends_on=_LIST, min_length=1, max_length=900)
    format: Literal["rich", "plain"] = fields.choice(
        "Kind of letter",
        default="rich",
        labels={"rich": "With formatting", "plain": "Plain text"},
    )
    html: str = fields.template_rich(
        "Letter",
        CONDITIONS,
        default="",
        depends_on=_LIST,
        max_length=400_000,
        needed=True,
        when={"format": ["rich"]},
    )
    text: str = fields.template_text(
        "Letter",
        CONDITIONS,
        default="",
        depends_on=_LIST,
        max_length=200_000,
        needed=True,
        when={"format": ["plain"]},
    )
    attachments: list[Path] = fields.files_in("Attachments for all", default=[], max_length=20)
    own_files: bool = fields.yes_no(
        "Attachments of each one's own", "Files that a column of the list names.", default=False
    )
    own_folder: Path | None = fields.folder_in(
        "Folder with these files",
        "No file from outside this folder is ever attached.",
        default=None,
        needed=True,
        when={"own_files": [True]},
    )
    own_column: str = fields.column(
        "Column with the names of the files",
        "Several in one cell are parted by semicolons. An empty cell: none.",
        default="",
        depends_on=_LIST,
        needed=True,
        when={"own_files": [True]},
    )
    account: int = fields.account("Send from", kinds=["mail"], section="to")
    mode: Literal["send", "practice"] = fields.choice(
        "What to do",
        "A practice run sends nothing: it writes each letter as a file that mail programs open.",
        default="send",
        section="to",
        labels={"send": "Send the letters", "practice": "Practice run"},
    )
    folder: Path = fields.folder_out(
        "Put the results into", "The list of who has got the letter; or the letters of a practice run.", section="to"
    )

    reply_to: str = fields.text(
        "Answers go to", "Leave empty for the address that the account says.", default="", section="options"
    )
    hours_from: str = fields.text(
        "Send only from",
        "A time of day, such as 08:00.",
        default="",
        section="options",
        when=_SENT,
        placeholder="08:00",
    )
    hours_until: str = fields.text(
        "Send only until",
        "Both empty: around the clock.",
        default="",
        section="options",
        when=_SENT,
        placeholder="18:00",
    )
    weekdays: bool = fields.yes_no("Only Monday to Friday", default=False, section="options", when=_SENT)
    per_minute: int = fields.number(
        "At most each minute",
        "0: as many as the account allows. What has gone out today counts, whichever mailing it was.",
        default=0,
        ge=0,
        unit="letters",
        section="options",
        when=_SENT,
    )
    per_hour: int = fields.number("At most each hour", default=0, ge=0, unit="letters", section="options", when=_SENT)
    per_day: int = fields.number("At most each day", default=0, ge=0, unit="letters", section="options", when=_SENT)
    stop_after: int = fields.number(
        "Stop after so many failures in a row",
        "The mailing then waits for you, and can go on where it stopped.",
        default=25,
        ge=1,
        le=10_000,
        section="options",
        when=_SENT,
    )

    again_of: int = fields.number(
        "Only to those refused by mailing number",
        "0: to everybody on the list. Nobody who was reached, or was sent it again already, gets the letter.",
        default=0,
        ge=0,
        section="options",
    )

    @field_validator("hours_from", "hours_until")
    @classmethod
    def _time_of_day(cls, value: str) -> str:
        return time_of_day(value)

    @field_validator("reply_to")
    @classmethod
    def _address(cls, value: str) -> str:
        return address_or_nothing(value)


def _run(params: MailingParams, ctx: JobContext) -> Outcome:
    from backend.jobtypes.mailing.run import run

    return run(params, ctx)


def _rehearse(params: MailingParams) -> Rehearsal:
    from backend.jobtypes.mailing.looking import rehearse

    return rehearse(params)


def _look(params: MailingParams, first: int, search: str) -> LetterPage:
    from backend.jobtypes.mailing.looking import look

    return look(params, first, search)


def _to_myself(params: MailingParams, place: int) -> str:
    from backend.jobtypes.mailing.looking import to_myself

    return to_myself(params, place)


def _options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    from backend.jobtypes.mailing.reading import options

    return options(field, answers)


JOB_TYPE = JobType(
    name="mailing",
    title="Mailing",
    summary="Writes a letter to everybody on a list, and to nobody twice.",
    icon="mails",
    params=MailingParams,
    run=_run,
    rehearse=_rehearse,
    options=_options,
    letters=Letters(look=_look, to_myself=_to_myself),
    job_name=lambda params: f"Mailing: {subject_for_all(params.subject)}",
    order=30,
    after_interruption="resume",
    target=lambda params: f"account:{params.account}",
)

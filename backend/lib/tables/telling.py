"""The child's side of a talk with its parent: phases and parts of the bar, warnings, lines for the log, files."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from backend.core.errors import UserError

if TYPE_CHECKING:
    from backend.lib.tables.reader_main import Wire
    from backend.lib.tables.xlsx import Written

LEAST_STEP = 0.02
T = TypeVar("T")


class Teller:
    """Says over the wire how the work goes. `hearing.Listener` hears it."""

    def __init__(self, wire: Wire) -> None:
        self.wire = wire
        self.sent = 0.0

    def phase(self, words: str, start: float, end: float, seconds: float) -> None:
        """A new phase begins: its words, from which to which part of the whole, how long it may take."""
        self.sent = 0.0
        self.wire.send(phase=words, start=start, end=end, seconds=seconds)

    def part(self, part: float, words: str = "") -> None:
        """How far the phase is; what would not be seen on a bar is not sent."""
        if words or part - self.sent >= LEAST_STEP or part >= 1.0:
            self.sent = part
            self.wire.send(part=part, words=words)

    def warn(self, sentence: str) -> None:
        """Something that the reader of the result should know."""
        self.wire.send(warn=sentence)

    def log(self, sentence: str, **facts: Any) -> None:
        """Something for the log only."""
        self.wire.send(log=sentence, facts=facts)

    def file(self, suffix: str, title: str, write: Callable[[Path], T]) -> T:
        """Has `write` write one result file, which the parent then puts in its place. Raises UserError."""
        path = Path(self.wire.ask(open=suffix, title=title)["path"])
        try:
            made = write(path)
        except OSError as error:
            raise _writing_problem(error) from error
        self.wire.ask(close=suffix)
        return made

    def tell_workbook(self, written: Written, program: str = "Excel") -> None:
        """What had to give way in a workbook for `program`."""
        if written.shortened:
            self.warn(
                f"{written.shortened:,} texts are longer than an Excel cell may be (32,767 letters); they were cut."
            )
        if written.as_text:
            names = ", ".join(f"'{name}'" for name in written.as_text)
            self.log(f"Numbers in {names} are too long for {program} to keep exactly; they stand there as text.")
        if written.sheets > 1:
            self.warn(f"A sheet in {program} ends at row 1,048,576; the rows are spread over {written.sheets} sheets.")
        if not written.chart:
            self.log("The table is too large for a chart in the workbook; the PDF and the web page have it.")
        if written.left_columns:
            self.warn(f"{program} has no room for the last {written.left_columns:,} columns.")

    def tell_defused(self, defused: int) -> None:
        """How many texts of a CSV file would have been taken for formulas."""
        if defused:
            self.log(f"{defused:,} texts in the CSV begin like a formula; an apostrophe was put before them.")


def _writing_problem(error: OSError) -> UserError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space" in str(error):
        message, hint = "The disk is full.", "Make room on it, or choose another output folder, and try again."
    else:
        message = f"The result could not be written ({error.strerror or error})."
        hint = "Check that the output folder is still there and may be written to."
    return UserError("folder.write", message, hint, fields={"folder": f"{message} {hint}"})

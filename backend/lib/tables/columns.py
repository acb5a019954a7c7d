"""What a column holds. Plain data: it crosses between processes as JSON."""

from typing import Any, Literal, NamedTuple

ColumnKind = Literal["text", "whole", "number", "date", "datetime", "time", "yes-no"]

KIND_WORDS: dict[ColumnKind, str] = {
    "text": "text",
    "whole": "whole numbers",
    "number": "numbers",
    "date": "dates",
    "datetime": "dates and times",
    "time": "times",
    "yes-no": "yes or no",
}
NUMERIC: frozenset[ColumnKind] = frozenset({"whole", "number"})
DATED: frozenset[ColumnKind] = frozenset({"date", "datetime"})


class Reading(NamedTuple):
    """How the text of a cell becomes a value.

    `layout` is a chrono format for dates and times; `decimal` and `group` are the marks in numbers, `money` whether
    signs of currency stand around them. `direct` means that the scanner parses it by itself.
    """

    direct: bool = True
    layout: str = ""
    decimal: str = "."
    group: str = ""
    money: bool = False


class Column(NamedTuple):
    """One column of a table: its name, what it holds, how to read it from text, and whether that is already known
    to fail for some cells (`dirty`)."""

    name: str
    kind: ColumnKind = "text"
    reading: Reading = Reading()
    dirty: bool = False

    @property
    def words(self) -> str:
        """What it holds, for people."""
        return KIND_WORDS[self.kind]

    def as_json(self) -> dict[str, Any]:
        """The column as JSON values."""
        return {**self._asdict(), "reading": self.reading._asdict()}

    @staticmethod
    def from_json(data: dict[str, Any]) -> "Column":
        """The column that `as_json` described."""
        return Column(data["name"], data["kind"], Reading(**data["reading"]), data["dirty"])


def tidy_names(raw: list[str]) -> list[str]:
    """Column names that are never empty and never twice: `Column 3`, `Amount (2)`."""
    taken: set[str] = set()
    names: list[str] = []
    for place, name in enumerate(raw, start=1):
        base = " ".join(name.replace("\x00", "").split()) or f"Column {place}"
        made, count = base, 1
        while made in taken:
            count += 1
            made = f"{base} ({count})"
        taken.add(made)
        names.append(made)
    return names

"""What is to be done with a table. Plain data: it goes to the child process as JSON."""

from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

Operator = Literal[
    "is", "is_not", "contains", "contains_not", "starts_with", "more", "at_least", "less", "at_most", "empty", "filled"
]
Function = Literal["sum", "mean", "min", "max", "count"]
ChartKind = Literal["auto", "none", "bar", "line", "pie"]
Step = Literal["day", "month", "quarter", "year"]

FUNCTION_WORDS: dict[Function, str] = {
    "sum": "Sum of",
    "mean": "Average of",
    "min": "Lowest",
    "max": "Highest",
    "count": "Count of",
}
OPERATOR_WORDS: dict[Operator, str] = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "contains_not": "does not contain",
    "starts_with": "starts with",
    "more": "is more than",
    "at_least": "is at least",
    "less": "is less than",
    "at_most": "is at most",
    "empty": "is empty",
    "filled": "is filled in",
}
ROWS = "Rows"


class Filter(NamedTuple):
    """Keeps the rows whose `column` compares so with `value`."""

    column: str
    operator: Operator
    value: str = ""

    @property
    def words(self) -> str:
        """The condition for people: `Amount is more than 100`."""
        return " ".join(part for part in (self.column, OPERATOR_WORDS[self.operator], self.value) if part)


class Total(NamedTuple):
    """One figure of a column, for each group and over all."""

    column: str
    function: Function

    @property
    def label(self) -> str:
        """The name of the column of figures: `Sum of Amount`."""
        return f"{FUNCTION_WORDS[self.function]} {self.column}"


class Sort(NamedTuple):
    """One key of the order."""

    column: str
    descending: bool = False


class Plan(NamedTuple):
    """Filters, groups, totals, order, and the chart. Empty groups: the rows themselves are listed."""

    columns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    group_by: tuple[str, ...] = ()
    group_dates: Step = "month"
    totals: tuple[Total, ...] = ()
    sort: tuple[Sort, ...] = ()
    chart: ChartKind = "auto"

    @property
    def named(self) -> frozenset[str] | None:
        """The columns of the table that the plan names; None where it leaves a choice, for which all are looked at."""
        if not (self.totals if self.group_by else self.columns):
            return None
        keys = () if self.group_by else self.sort
        rows: tuple[Filter | Total | Sort, ...] = (*self.filters, *self.totals, *keys)
        return frozenset((*(self.group_by or self.columns), *(row.column for row in rows)))

    def as_json(self) -> dict[str, Any]:
        """The plan as JSON values."""
        lists = {name: [each._asdict() for each in getattr(self, name)] for name in ("filters", "totals", "sort")}
        return {**self._asdict(), **lists}

    @staticmethod
    def from_json(data: Mapping[str, Any]) -> "Plan":
        """The plan that `as_json` described."""
        return Plan(
            columns=tuple(data["columns"]),
            filters=tuple(Filter(**each) for each in data["filters"]),
            group_by=tuple(data["group_by"]),
            group_dates=data["group_dates"],
            totals=tuple(Total(**each) for each in data["totals"]),
            sort=tuple(Sort(**each) for each in data["sort"]),
            chart=data["chart"],
        )


class BadCells(NamedTuple):
    """Cells of a column that were left empty since they do not fit its kind."""

    column: str
    cells: int
    words: str
    examples: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The warning."""
        shown = ", ".join(f"'{example}'" for example in self.examples)
        cells = "1 cell holds" if self.cells == 1 else f"{self.cells:,} cells hold"
        left = "it was" if self.cells == 1 else "they were"
        return f"In '{self.column}', {cells} something else than {self.words} (such as {shown}); {left} left empty."

"""Checks a plan against the columns that are really there, and fills in what a person would expect."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from backend.core.errors import UserError
from backend.lib.tables import problems
from backend.lib.tables.columns import NUMERIC, Column
from backend.lib.tables.filters import condition
from backend.lib.tables.plan import ROWS, Plan, Total

if TYPE_CHECKING:
    from backend.lib.tables.convert import Scan

MOST_GUESSED = 3
_MEASURE = re.compile(
    r"\b(amount|total|sum|qty|quantity|revenue|sales|turnover|cost|costs|value|net|gross|tax|fee|fees|hours|units|paid"
    r"|balance|profit|budget|donation|donations|income|expenses|spend|betrag|summe|menge|umsatz|montant|quantité)\b"
    r"|金额|数量|合计|总额|总计|销售额|收入|费用|成本|利润",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\b(amount|revenue|sales|turnover|cost|costs|value|net|gross|profit|budget|income|betrag|umsatz|montant)\b"
    r"|金额|总额|销售额|收入|费用|成本|利润",
    re.IGNORECASE,
)
_NOT_A_MEASURE = re.compile(
    r"\b(id|no|nr|number|code|rate|percent|%|per|unit price|average)\b|率|单价|编号", re.IGNORECASE
)


def measures(columns: Sequence[Column]) -> list[Column]:
    """The columns of numbers that it makes sense to add up, judged by their names; amounts of money come first."""
    found = [
        column
        for column in columns
        if column.kind in NUMERIC and _MEASURE.search(column.name) and not _NOT_A_MEASURE.search(column.name)
    ]
    return sorted(found, key=lambda column: _MONEY.search(column.name) is None)


def check_plan(plan: Plan, scan: Scan) -> Plan:
    """The plan with its defaults filled in. Raises UserError at the answer that does not fit the table."""
    names = [column.name for column in scan.columns]
    for place, name in enumerate(plan.columns):
        _known(name, f"columns.{place}", names)
    for place, name in enumerate(plan.group_by):
        _known(name, f"group_by.{place}", names)
    for place, wanted in enumerate(plan.filters):
        _known(wanted.column, f"filters.{place}.column", names)
        column = scan.column(wanted.column)
        assert column is not None
        condition(column, wanted, f"filters.{place}")
    for place, total in enumerate(plan.totals):
        _check_total(total, place, scan, names)
    full = plan
    if not plan.totals:
        guessed = tuple(Total(column.name, "sum") for column in measures(scan.columns)[:MOST_GUESSED])
        if not plan.group_by and plan.columns:
            guessed = tuple(total for total in guessed if total.column in plan.columns)
        full = plan._replace(totals=guessed)
    full = full._replace(totals=tuple(dict.fromkeys(full.totals)), group_by=tuple(dict.fromkeys(plan.group_by)))
    there = [*full.group_by, ROWS, *(total.label for total in full.totals)] if full.group_by else names
    for place, key in enumerate(plan.sort):
        if key.column not in there and full.group_by and key.column in names:
            message = f"The report has one row for each group, so it cannot be sorted by '{key.column}'."
            hint = "Sort by " + " or ".join(f"'{name}'" for name in there) + "."
            raise UserError("sort.grouped", message, hint, fields={f"sort.{place}.column": f"{message} {hint}"})
        _known(key.column, f"sort.{place}.column", there)
    return full


def _known(name: str, field: str, names: list[str]) -> None:
    if name not in names:
        base = field.rpartition(".")[0] if field.rpartition(".")[2].isdigit() else field
        raise problems.no_such_column(name, base, names)


def _check_total(total: Total, place: int, scan: Scan, names: list[str]) -> None:
    field = f"totals.{place}.column"
    _known(total.column, field, names)
    column = scan.column(total.column)
    assert column is not None
    if total.function in ("sum", "mean") and column.kind not in NUMERIC:
        verb = "added up" if total.function == "sum" else "averaged"
        message = f"'{column.name}' holds {column.words}, which cannot be {verb}."
        numbers = [each.name for each in scan.columns if each.kind in NUMERIC]
        hint = "Use 'Count' instead; the table has no column of numbers."
        if numbers:
            hint = f"Pick a column of numbers, such as '{numbers[0]}', or use 'Count'."
        raise UserError("total.not_a_number", message, hint, fields={field: f"{message} {hint}"})

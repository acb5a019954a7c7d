"""The list of a mailing, read by the child process that reads tables; and what can be picked from it."""

import json
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from backend.core.errors import UserError
from backend.core.views import Option
from backend.lib.mail.columns import slugs
from backend.lib.tables.child import work

PATIENCE = 20.0
ADDRESSES = re.compile(
    r"(e[- ]?mail|mail|e-post|courriel|correo( electrónico)?|(电子)?邮[箱件]|电邮)[- ]?(address|adresse|地址)?",
    re.IGNORECASE,
)
"""What lists call the column with the addresses."""
TEMPLATES = frozenset({"subject", "text", "html"})


def _request(file: str, table: str, scratch: Path) -> dict[str, Any]:
    return {"file": file, "table": table, "encoding": "", "separator": "", "scratch": str(scratch)}


def read_rows(
    file: Path, table: str, scratch: Path, poll: Callable[[], None] = lambda: None
) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The columns, and each row with its number in the file; all cells as text. Raises UserError."""
    target = scratch / "list.jsonl"
    request = _request(str(file.absolute()), table, scratch) | {"into": str(target)}
    columns: list[str] = work("listing", request, file, poll=poll)
    with target.open(encoding="utf-8") as lines:
        found = [(number, cells) for number, cells in map(json.loads, lines)]
    target.unlink()
    return columns, found


def place_of(column: str, columns: Sequence[str], field: str) -> int:
    """Where a column stands. Raises UserError at the answer."""
    try:
        return list(columns).index(column)
    except ValueError:
        sentence = f"The list has no column '{column}'."
        raise UserError("mail.column", sentence, "Choose one of its columns.", fields={field: sentence}) from None


def options(field: str, answers: Mapping[str, Any]) -> Sequence[Option]:
    """The sheets, the columns, or the columns as placeholders."""
    file, table = answers.get("file"), answers.get("table")
    if not isinstance(file, str) or not file:
        return []
    table = table if isinstance(table, str) else ""
    if field == "table":
        return [Option(value=name, label=name, note=note) for name, note in _looked("tables", file, "")]
    names = [str(each["name"]) for each in _looked("columns", file, table)]
    if field in TEMPLATES:
        return [Option(value=slug, label=name or slug) for slug, name in slugs(names).items()]
    meant = field == "address_column"
    return [Option(value=name, label=name, likely=meant and _says_addresses(name)) for name in names]


def _says_addresses(column: str) -> bool:
    return ADDRESSES.fullmatch(column.strip()) is not None


def _looked(task: Literal["tables", "columns"], file: str, table: str) -> list[Any]:
    try:
        status = Path(file).stat()
    except OSError:
        return _look(task, file, table, ())
    return _look(task, file, table, (status.st_mtime_ns, status.st_size, status.st_ino))


@lru_cache(maxsize=8)
def _look(task: str, file: str, table: str, _stamp: tuple[int, ...]) -> list[Any]:
    """What the child finds in the file; a form asks for the columns of one file once for each of its fields."""
    with tempfile.TemporaryDirectory(prefix="deskhand-") as scratch:
        return work(task, _request(file, table, Path(scratch)), Path(file), time_limit=PATIENCE)

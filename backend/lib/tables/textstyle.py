"""How a text table is written: its encoding, its separator, its line ends, where its header stands."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from backend.lib.tables import problems
from backend.lib.tables.columns import Column, tidy_names
from backend.lib.tables.filekind import is_unmarked_utf16
from backend.lib.tables.profile import is_ambiguous, profile

SAMPLE_BYTES = 48 * 1024
LATER_PLACES = 8
LATER_BYTES = 4 * 1024
SEPARATORS = (",", ";", "\t", "|")
BROKEN_FIELD = 1 << 20
GUESSES = ["big5", "shift_jis", "euc_jp", "euc_kr", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254"]


class TextStyle(NamedTuple):
    """`encoding` is Python's name; `sure` is False when it was only the likeliest; `skip` lines stand before the
    header; `plain` means that the file can be scanned as it lies (UTF-8 with \\n or \\r\\n)."""

    encoding: str
    sure: bool
    separator: str
    has_header: bool
    skip: int
    plain: bool
    columns: tuple[Column, ...]
    ambiguous: tuple[str, ...]
    row_bytes: float

    @property
    def words(self) -> str:
        """How it was read, for people."""
        between = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars"}[self.separator]
        return f"{self.encoding.upper()}, separated by {between}"


def text_style(path: Path, *, encoding: str = "", separator: str = "") -> TextStyle:
    """The style, judged by a sample from several places of the file. Raises UserError."""
    pieces = _pieces(path)
    found, sure = (encoding, True) if encoding else find_encoding(b"".join(_whole(pieces)))
    try:
        texts = [_decode(piece, found) for piece in pieces]
    except LookupError as error:
        raise problems.broken(path, f"text in {found}") from error
    first = texts[0].removeprefix("\ufeff")
    if not first.strip("\r\n\x1a \t\x00"):
        raise problems.empty(path)
    lone_cr = "\n" not in first and "\r" in first
    first = _whole_lines(first, complete=len(pieces) == 1)
    mark = separator or find_separator(first)
    rows = _rows(first, mark)
    if not rows:
        raise problems.empty(path)
    width = _usual_width(rows)
    skip = next((index for index, row in enumerate(rows) if len(row) >= width and any(row)), 0)
    head, body = rows[skip], [row for row in rows[skip + 1 :] if any(row)]
    has_header = looks_like_header(head, body)
    if not has_header:
        body = [head, *body]
    if not body:
        raise problems.no_rows(path)
    seen = len(body)
    for text in texts[1:]:
        body += [row for row in _rows(_whole_lines(text, complete=False, middle=True), mark) if len(row) == len(head)]
    names = tidy_names(head if has_header else [""] * len(head))
    cells = [[row[place] for row in body if place < len(row)] for place in range(len(names))]
    columns = [profile(name, cells[place], continental=mark == ";") for place, name in enumerate(names)]
    return TextStyle(
        encoding=found,
        sure=sure,
        separator=mark,
        has_header=has_header,
        skip=_lines_before(first, skip) if skip else 0,
        plain=found in {"utf-8", "utf-8-sig", "ascii"} and not lone_cr and b"\x00" not in pieces[0],
        columns=tuple(columns),
        ambiguous=tuple(column.name for place, column in enumerate(columns) if is_ambiguous(column, cells[place])),
        row_bytes=max(1.0, len(first.encode("utf-8", "replace")) / max(1, seen)),
    )


def _pieces(path: Path) -> list[bytes]:
    try:
        with path.open("rb") as file:
            pieces = [file.read(SAMPLE_BYTES)]
            size = path.stat().st_size
            if size > SAMPLE_BYTES + LATER_PLACES * LATER_BYTES:
                step = (size - SAMPLE_BYTES - LATER_BYTES) // LATER_PLACES
                for place in range(1, LATER_PLACES + 1):
                    at = SAMPLE_BYTES + step * place
                    file.seek(at - at % 4)
                    pieces.append(file.read(LATER_BYTES))
            elif size > SAMPLE_BYTES:
                pieces[0] += file.read()
    except OSError as error:
        raise problems.of_os_error(path, error) from error
    return pieces


def _whole(pieces: list[bytes]) -> list[bytes]:
    """The pieces without the lines that their borders cut; no encoding but UTF-16 has a line end inside a letter."""
    if len(pieces) == 1:
        return pieces
    middle = [piece.partition(b"\n")[2] for piece in pieces[1:]]
    return [piece.rpartition(b"\n")[0] + b"\n" for piece in [pieces[0], *middle]]


def find_encoding(sample: bytes) -> tuple[str, bool]:
    """The encoding and whether it is sure: byte order mark, UTF-8, UTF-16, GB18030, then the likeliest of a few."""
    for mark, name in ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if sample.startswith(mark):
            return name, True
    if wide := is_unmarked_utf16(sample):
        return wide, True
    if _is_utf8(sample):
        return "utf-8", True
    if _is_gb(sample):
        return "gb18030", True
    from charset_normalizer import from_bytes

    lines = [line for line in sample.splitlines() if not line.isascii()]
    best = from_bytes(b"\n".join(lines[:400]), cp_isolation=GUESSES, threshold=0.5).best()
    return (best.encoding if best else "cp1252"), False


def _is_utf8(sample: bytes) -> bool:
    """Whether it is UTF-8, but for a rare slip in a text that is otherwise full of it."""
    text = sample.decode("utf-8", "replace")
    bad = text.count("\ufffd")
    return bad == 0 or bad * 50 < sum(not char.isascii() for char in text)


def _is_gb(sample: bytes) -> bool:
    """Whether pairs of two high bytes prevail, as in Chinese, and not single ones between Latin letters."""
    pairs = high = at = 0
    while at < len(sample) - 1:
        if sample[at] < 0x80:
            at += 1
            continue
        pairs += 1
        if 0xA1 <= sample[at] <= 0xF7 and sample[at + 1] >= 0xA1:
            high += 1
        at += 2
    if not pairs or high < pairs * 0.85:
        return False
    return sample.decode("gb18030", "replace").count("\ufffd") == 0


def _decode(piece: bytes, encoding: str) -> str:
    if encoding == "utf-16" and not piece.startswith((b"\xff\xfe", b"\xfe\xff")):
        return piece.decode("utf-16-le", "replace")
    return piece.decode(encoding, "replace")


def _whole_lines(text: str, *, complete: bool, middle: bool = False) -> str:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if middle:
        text = text.partition("\n")[2]
    return text if complete else text.rpartition("\n")[0] or text


def _rows(text: str, separator: str, most: int = 3000) -> list[list[str]]:
    csv.field_size_limit(BROKEN_FIELD)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text.replace("\x00", "")), delimiter=separator):
            rows.append(row)
            if len(rows) >= most:
                break
    except csv.Error:
        return rows
    return rows


def find_separator(text: str) -> str:
    """The mark that cuts the most lines into the same number of cells, more than one."""
    best, best_score = ",", 0.0
    for mark in SEPARATORS:
        rows = [row for row in _rows(text, mark, 60) if row]
        width = _usual_width(rows)
        if width < 2:
            continue
        same = sum(len(row) == width for row in rows) / len(rows)
        score = same * 10 + min(width, 40) / 40
        if score > best_score:
            best, best_score = mark, score
    return best


def _usual_width(rows: Sequence[Sequence[str]]) -> int:
    widths = [len(row) for row in rows if any(row)]
    return max(set(widths), key=lambda width: (widths.count(width), width)) if widths else 0


def looks_like_header(head: Sequence[str], body: Sequence[Sequence[str]]) -> bool:
    """Not when a cell of it is a number or a date in a column of numbers or dates."""
    for place, cell in enumerate(head):
        if not cell.strip() or profile("", [cell]).kind == "text":
            continue
        below = [row[place] for row in body[:50] if place < len(row)]
        if profile("", below).kind == profile("", [cell]).kind and not _is_year(cell):
            return False
    return True


def _is_year(cell: str) -> bool:
    return cell.strip().isdigit() and 1900 <= int(cell.strip()) <= 2100


def _lines_before(text: str, rows: int) -> int:
    """How many lines the first `rows` rows take; a quoted cell may hold line ends."""
    reader = csv.reader(io.StringIO(text))
    for _ in range(rows):
        next(reader)
    return reader.line_num

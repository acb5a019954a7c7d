"""How a table stands on A4: upright or across, how large, how wide each column, and which no longer fit. Points."""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from typing import NamedTuple

from backend.lib.documents.content import TableText
from backend.lib.documents.fonts import bold, regular
from backend.lib.tables.columns import NUMERIC, ColumnKind

PAGE = (595.28, 841.89)
SIDE, TOP, BOTTOM = 50.0, 62.0, 58.0
PAD = 5.0
SLACK = 0.6
SIZES = (9.0, 8.5, 8.0, 7.5, 7.0, 6.5)
WIDEST_TEXT, NARROWEST_TEXT = 32.0, 5.5
ROW_EMS, LONG_ROW_EMS = 1.8, 1.58
LONG_ROWS = 500
LONGEST_TEXTS = 60
MOST_AIR, SHARE_OF_AIR = 36.0, 0.7


class Layout(NamedTuple):
    """`widths` are of the columns that fit, padding included; `left_out` counts those that do not."""

    across: bool
    size: float
    widths: tuple[float, ...]
    header_lines: int
    left_out: int = 0
    long: bool = False

    @property
    def pitch(self) -> float:
        """The height of a row of one line."""
        return round(self.size * (LONG_ROW_EMS if self.long else ROW_EMS), 2)

    @property
    def header_height(self) -> float:
        """The height of the row of headings."""
        return self.header_lines * self.size * 1.3 + 8

    @property
    def rows_a_page(self) -> int:
        """How many rows of one line stand below the headings."""
        height = PAGE[0] if self.across else PAGE[1]
        return int((height - TOP - BOTTOM - self.header_height - 2) / self.pitch)


class _Wish(NamedTuple):
    natural: float
    least: float
    text: bool


def lay_out(table: TableText) -> Layout:
    """The layout with the largest letters in which nothing has to be shortened, or else the one that shortens least."""
    closing = list(table.totals) or [""] * len(table.shapes)
    wishes = [
        _wish(shape.column.name, column, shape.column.kind, total)
        for shape, column, total in zip(table.shapes, table.columns, closing, strict=True)
    ]
    for across in (False, True):
        room = PAGE[1 if across else 0] - 2 * SIDE
        for size in SIZES[:3] if not across else SIZES:
            widths = [wish.natural * size + 2 * PAD + SLACK for wish in wishes]
            if sum(widths) <= room:
                return _made(across, size, _stretched(widths, wishes, room), table)
    size, room = SIZES[4], PAGE[1] - 2 * SIDE
    count = len(wishes)
    while count > 1 and sum(wish.least * size + 2 * PAD + SLACK for wish in wishes[:count]) > room:
        count -= 1
    widths = _squeezed(wishes[:count], size, room)
    return _made(True, size, widths, table, left_out=len(wishes) - count)


def _wish(name: str, column: Sequence[str], kind: ColumnKind, total: str) -> _Wish:
    longest = heapq.nlargest(LONGEST_TEXTS, column, key=len)
    widths = sorted((regular().width(text) for text in longest), reverse=True)
    widest = max(widths[0] if widths else 0.0, bold().width(total))
    words = max((bold().width(word) for word in name.split()), default=0.0)
    heading = max(words, bold().width(name) / 2 + 0.5)
    if kind in NUMERIC or kind in ("date", "datetime", "time", "yes-no"):
        natural = max(widest, heading)
        return _Wish(natural, natural, False)
    natural = max(min(widest, WIDEST_TEXT), heading)
    return _Wish(natural, min(natural, max(NARROWEST_TEXT, min(words, 8.0))), True)


def _stretched(widths: list[float], wishes: list[_Wish], room: float) -> list[float]:
    """Figures get some air; what is left over goes to the columns of text, so that figures stay together."""
    spare = room - sum(widths)
    figures = [place for place, wish in enumerate(wishes) if not wish.text]
    air = min(MOST_AIR, spare * SHARE_OF_AIR / max(1, len(figures)))
    widths = [width + (air if place in figures else 0.0) for place, width in enumerate(widths)]
    spare -= air * len(figures)
    texts = [place for place, wish in enumerate(wishes) if wish.text] or list(range(len(widths)))
    return [width + (spare / len(texts) if place in texts else 0.0) for place, width in enumerate(widths)]


def _squeezed(wishes: Sequence[_Wish], size: float, room: float) -> list[float]:
    """All columns get their least; what remains is shared by those that want more, the modest first."""
    widths = [wish.least * size + 2 * PAD + SLACK for wish in wishes]
    wanted = [wish.natural * size + 2 * PAD + SLACK for wish in wishes]
    spare = room - sum(widths)
    hungry = sorted((place for place in range(len(wishes)) if wanted[place] > widths[place]), key=lambda p: wanted[p])
    while hungry and spare > 0.01:
        place = hungry.pop(0)
        share = min(spare / (len(hungry) + 1), wanted[place] - widths[place])
        widths[place] += share
        spare -= share
    factor = room / sum(widths) if sum(widths) > room else 1.0
    return [width * factor for width in widths]


def _made(across: bool, size: float, widths: list[float], table: TableText, left_out: int = 0) -> Layout:
    lines = 1
    for name, width in zip(table.names, widths, strict=False):
        lines = max(lines, _lines(name, (width - 2 * PAD) / size))
    fixed = tuple(round(width, 2) for width in widths)
    return Layout(across, size, fixed, min(lines, 4), left_out, table.rows > LONG_ROWS)


def _lines(name: str, width: float) -> int:
    """How many lines a heading takes when its words are wrapped."""
    lines, used = 1, 0.0
    for word in name.split():
        wide = bold().width(word)
        if used and used + 0.25 + wide > width:
            lines, used = lines + 1, wide
        else:
            used += wide + (0.25 if used else 0)
        if wide > width:
            lines += math.ceil(wide / width) - 1
    return lines

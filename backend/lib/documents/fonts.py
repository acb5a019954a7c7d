"""The shipped fonts: where they lie, which letters they have, and how wide a text is in them.

Reads the tables `cmap` (format 12) and `hmtx` of the OpenType specification by itself; Typst puts a box where a
letter is missing and says nothing.
"""

from __future__ import annotations

import bisect
import functools
import struct
from collections.abc import Iterable
from pathlib import Path

from backend.core.paths import resources

FAMILIES = ("Noto Sans", "Noto Sans SC")
REGULAR = ("NotoSans_400Regular.ttf", "NotoSansSC_400Regular.ttf")
BOLD = ("NotoSans_700Bold.ttf", "NotoSansSC_700Bold.ttf")
ELLIPSIS = "…"


def folder() -> Path:
    """Where the fonts lie."""
    return resources() / "fonts"


class Font:
    """One font file."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            count = struct.unpack(">H", file.read(12)[4:6])[0]
            entries = file.read(16 * count)
            tables: dict[bytes, bytes] = {}
            for at in range(0, len(entries), 16):
                tag, _, offset, length = struct.unpack(">4sIII", entries[at : at + 16])
                if tag in (b"cmap", b"hmtx", b"hhea", b"head"):
                    file.seek(offset)
                    tables[tag] = file.read(length)
        self._units = int(struct.unpack(">H", tables[b"head"][18:20])[0])
        self._metrics = int(struct.unpack(">H", tables[b"hhea"][34:36])[0])
        self._hmtx = tables[b"hmtx"]
        self._groups = _groups(tables[b"cmap"])
        self._starts = [start for start, _, _ in self._groups]

    def _glyph(self, letter: str) -> int:
        point = ord(letter)
        place = bisect.bisect_right(self._starts, point) - 1
        if place < 0:
            return 0
        start, end, first = self._groups[place]
        return first + point - start if point <= end else 0

    def has(self, letter: str) -> bool:
        """Whether it can be shown."""
        return self._glyph(letter) != 0

    def advance(self, letter: str) -> float:
        """The width of one letter, in ems."""
        place = min(self._glyph(letter), self._metrics - 1) * 4
        return struct.unpack(">H", self._hmtx[place : place + 2])[0] / self._units


class Fonts:
    """Fonts in the order in which they are asked for a letter, as Typst does it."""

    def __init__(self, *fonts: Font) -> None:
        self._fonts = fonts
        self._known: dict[str, float] = {}

    def has(self, letter: str) -> bool:
        """Whether one of them can show it."""
        return any(font.has(letter) for font in self._fonts)

    def width(self, text: str) -> float:
        """The width of a text on one line, in ems."""
        known = self._known
        total = 0.0
        for letter in text:
            found = known.get(letter)
            if found is None:
                font = next((font for font in self._fonts if font.has(letter)), self._fonts[0])
                found = known[letter] = font.advance(letter)
            total += found
        return total

    def fitted(self, text: str, width: float) -> str:
        """The text, or as much of its start as fits into `width` ems, with an ellipsis."""
        if self.width(text) <= width:
            return text
        room = width - self.width(ELLIPSIS)
        for place, letter in enumerate(text):
            room -= self.width(letter)
            if room < 0:
                return text[:place].rstrip() + ELLIPSIS
        return text


def _groups(cmap: bytes) -> list[tuple[int, int, int]]:
    """The runs of code points with their first glyph, from the subtable of format 12."""
    count = struct.unpack(">H", cmap[2:4])[0]
    for place in range(count):
        offset = struct.unpack(">I", cmap[8 + 8 * place : 12 + 8 * place])[0]
        if struct.unpack(">H", cmap[offset : offset + 2])[0] == 12:
            runs = struct.unpack(">I", cmap[offset + 12 : offset + 16])[0]
            body = cmap[offset + 16 : offset + 16 + 12 * runs]
            return list(struct.iter_unpack(">III", body))  # pyright: ignore[reportReturnType]
    raise ValueError("the font has no character map of format 12")


@functools.cache
def regular() -> Fonts:
    """The font of running text."""
    return Fonts(*(Font(folder() / name) for name in REGULAR))


@functools.cache
def bold() -> Fonts:
    """The font of headings."""
    return Fonts(*(Font(folder() / name) for name in BOLD))


def missing_letters(texts: Iterable[str]) -> list[str]:
    """The letters in the texts that the fonts cannot show, each once; what is never seen (controls) does not count."""
    letters: set[str] = set()
    for text in texts:
        letters.update(text)
    font = regular()
    invisible = {"\u200b", "\u200c", "\u200d", "\ufeff", "\ufe0f", "\u00ad"}
    return sorted(
        letter for letter in letters if letter.isprintable() and letter not in invisible and not font.has(letter)
    )

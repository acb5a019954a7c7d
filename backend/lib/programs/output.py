"""What a program writes, as lines of text: of any encoding, of any length, as many as are wanted."""

from __future__ import annotations

import codecs
import locale
import re
from collections import deque
from collections.abc import Callable, Iterator

LONGEST = 2000
FIRST = 2000
LAST = 200
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


class Lines:
    """Cuts what comes into lines. A line is UTF-8 where it can be, else what the system uses, else Latin letters.

    `encoding` names one that holds for all. Colours and other signs to a terminal are left out.
    """

    def __init__(self, encoding: str = "") -> None:
        self._wide = codecs.getincrementaldecoder(encoding)("replace") if encoding.startswith("utf-16") else None
        self._encodings = [encoding] if encoding else ["utf-8", locale.getpreferredencoding(False)]
        self._rest = b""
        self._text = ""

    def feed(self, part: bytes) -> Iterator[str]:
        """The lines that are whole now."""
        if self._wide is not None:
            self._text += self._wide.decode(part)
            *whole, self._text = re.split(r"\r\n|[\r\n]", self._text)
            if len(self._text) > LONGEST:
                whole, self._text = [*whole, self._text], ""
            yield from (self._tidy(line) for line in whole)
            return
        *lines, self._rest = re.split(rb"\r\n|[\r\n]", self._rest + part)
        # A lone CR at the end may be the half of a pair; an empty line more is better than one that waits.
        if len(self._rest) > 4 * LONGEST:
            lines, self._rest = [*lines, self._rest], b""
        yield from (self._tidy(self._decoded(line)) for line in lines)

    def end(self) -> Iterator[str]:
        """What stands behind the last end of a line."""
        rest = self._text if self._wide is not None else self._decoded(self._rest)
        if rest:
            yield self._tidy(rest)

    def _decoded(self, line: bytes) -> str:
        for encoding in self._encodings:
            try:
                return line.decode(encoding)
            except UnicodeDecodeError:
                continue
        return line.decode(self._encodings[0] if len(self._encodings) == 1 else "latin-1", "replace")

    def _tidy(self, line: str) -> str:
        plain = _UNSEEN.sub("", _ESCAPES.sub("", line)).rstrip()
        return plain if len(plain) <= LONGEST else f"{plain[:LONGEST]}…"


class Excerpt:
    """Passes on the first lines as they come and the last ones at the end, and says how many lie between."""

    def __init__(self, write: Callable[[str], None], first: int = FIRST, last: int = LAST) -> None:
        self._write, self._first = write, first
        self._tail: deque[str] = deque(maxlen=last)
        self.count = 0
        self.latest = ""

    def add(self, line: str) -> None:
        """One line more."""
        self.count += 1
        self.latest = line if line.strip() else self.latest
        if self.count <= self._first:
            self._write(line)
        else:
            self._tail.append(line)

    def end(self) -> None:
        """Writes what was kept back."""
        left_out = self.count - self._first - len(self._tail)
        if left_out > 0:
            self._write(f"[{left_out:,} lines are left out here]")
        for line in self._tail:
            self._write(line)
        self._tail.clear()

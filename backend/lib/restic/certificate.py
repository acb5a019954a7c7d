"""The page that says what a drill found: dated, with the sample and its hashes, as PDF."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from backend.lib.restic import words
from backend.lib.restic.drill import DrillResult
from backend.lib.restic.paper import count, pages, printable

_LISTED = (24, 16, 8, 3)
_MOST_SOURCES = 4
_TEMPLATE = """
#let tone = if data.good { rgb("#15803d") } else { rgb("#b91c1c") }
#heading(tone)
#text(size: 13pt, weight: "bold", fill: tone)[#data.verdict]
#v(1mm)
#data.explanation
#v(3mm)
#facts
#v(4mm)
#set text(size: 7.5pt)
#table(columns: (1fr, auto, 27mm, auto), inset: (x: 1.5mm, y: 1.2mm),
  stroke: (x, y) => (bottom: 0.4pt + rgb("#d1d5db")),
  align: (left, right, left, left),
  table.header(..("File", "Size", "SHA-256", "Result").map(name => text(weight: "bold")[#name])),
  ..data.rows.flatten().map(cell => [#cell]))
#if data.note != "" [#v(1mm) #data.note]
"""


def certificate(result: DrillResult, name: str, backup: Path, when: datetime, scratch: Path) -> bytes:
    """The page as PDF, always exactly one: it lists as many files as go on it, the bad ones first."""
    made = b""
    for most in _LISTED:
        made = pages(_TEMPLATE, _data(result, name, backup, when, most), scratch)
        if count(made) == 1:
            break
    return made


def _data(result: DrillResult, name: str, backup: Path, when: datetime, most: int) -> dict[str, object]:
    good = sum(drilled.good for drilled in result.sample)
    size = sum(drilled.size for drilled in result.sample)
    live = sum(drilled.verdict == "same as the live file" for drilled in result.sample)
    shown = sorted(result.sample, key=lambda drilled: (drilled.good, drilled.path))[:most]
    left = len(result.sample) - len(shown)
    return {
        "title": "Certificate of a restore drill",
        "good": result.good,
        "verdict": f"{good} of {words.counted(len(result.sample), 'file')} came back as they were backed up.",
        "explanation": "The files were chosen at random, restored to an empty folder, and compared by their SHA-256 "
        "with the live file, or with the backup's own record where the live file has changed since.",
        "facts": [
            ("Date of the drill", f"{when:%d %B %Y, %H:%M %Z}"),
            ("Backup", printable(f"{name}, in {words.shown(str(backup))}", 150)),
            ("Version", words.version(result.snapshot)),
            ("Backed up", _sources(result.snapshot.paths)),
            ("Computer", result.snapshot.hostname),
            ("Sample", f"{len(result.sample):,} of {words.counted(result.files, 'file')}, {words.size(size)}"),
            ("Compared with", f"{live:,} with the live file, {good - live:,} with the record"),
        ],
        "rows": [
            (
                printable(drilled.path),
                words.size(drilled.size),
                drilled.sha256[:16],
                printable(drilled.verdict if drilled.good else f"{drilled.verdict}: {drilled.why}", 90),
            )
            for drilled in shown
        ],
        "note": _left_out(left, len(result.sample) - good > len(shown)),
    }


def _sources(paths: Sequence[str]) -> str:
    shown = [printable(words.shown(path)) for path in paths[:_MOST_SOURCES]]
    left = len(paths) - len(shown)
    return ", ".join(shown) + (f" and {left:,} more" if left > 0 else "")


def _left_out(count: int, some_bad: bool) -> str:
    if not count:
        return ""
    return (
        f"And {count:,} more; the log of the job names those that failed."
        if some_bad
        else f"And {count:,} more, all as they were."
    )

"""The page that says what a drill found: dated, with the sample and its hashes, as PDF."""

import json
from datetime import datetime
from pathlib import Path

from backend.lib.documents.fonts import folder
from backend.lib.restic import words
from backend.lib.restic.drill import DrillResult

_MOST_LISTED = 24
_TEMPLATE = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set page(paper: "a4", margin: (x: 20mm, y: 18mm))
#set text(font: "Noto Sans SC", size: 9.5pt, fill: rgb("#1f2937"))
#set par(leading: 0.6em)
#let tone = if data.good { rgb("#15803d") } else { rgb("#b91c1c") }
#text(size: 20pt, weight: "bold")[#data.title]
#v(1mm)
#line(length: 100%, stroke: 1.5pt + tone)
#v(2mm)
#text(size: 13pt, weight: "bold", fill: tone)[#data.verdict]
#v(1mm)
#data.explanation
#v(3mm)
#grid(columns: (38mm, 1fr), row-gutter: 2.2mm,
  ..data.facts.map(fact => (text(fill: rgb("#6b7280"))[#fact.at(0)], [#fact.at(1)])).flatten())
#v(4mm)
#set text(size: 7.5pt)
#table(columns: (1fr, auto, 27mm, auto), inset: (x: 1.5mm, y: 1.2mm),
  stroke: (x, y) => (bottom: 0.4pt + rgb("#d1d5db")),
  align: (left, right, left, left),
  table.header(..("File", "Size", "SHA-256", "Result").map(name => text(weight: "bold")[#name])),
  ..data.rows.flatten().map(cell => [#cell]))
#if data.note != "" [#v(1mm) #data.note]
"""


def certificate(result: DrillResult, backup: Path, when: datetime, scratch: Path) -> bytes:
    """The page as PDF; `scratch` is a folder for the template. All text is given as data, none of it as markup."""
    import typst

    source = scratch / "certificate.typ"
    source.write_text(_TEMPLATE, encoding="utf-8")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder()])
    compiler = typst.Compiler(source, root=scratch, font_paths=fonts)
    inputs = {"data": json.dumps(_data(result, backup, when), ensure_ascii=False)}
    made = compiler.compile(format="pdf", sys_inputs=inputs)
    assert isinstance(made, bytes)
    return made


def _data(result: DrillResult, backup: Path, when: datetime) -> dict[str, object]:
    good = sum(drilled.good for drilled in result.sample)
    size = sum(drilled.size for drilled in result.sample)
    live = sum(drilled.verdict == "same as the live file" for drilled in result.sample)
    shown = sorted(result.sample, key=lambda drilled: (drilled.good, drilled.path))[:_MOST_LISTED]
    left = len(result.sample) - len(shown)
    return {
        "title": "Certificate of a restore drill",
        "good": result.good,
        "verdict": f"{good} of {words.counted(len(result.sample), 'file')} came back as they were backed up.",
        "explanation": "The files were chosen at random, restored to an empty folder, and compared by their SHA-256 "
        "with the live file, or with the backup's own record where the live file has changed since.",
        "facts": [
            ("Date of the drill", f"{when:%d %B %Y, %H:%M %Z}"),
            ("Backup", words.shown(str(backup))),
            ("Version", words.version(result.snapshot)),
            ("Backed up", ", ".join(words.shown(path) for path in result.snapshot.paths)),
            ("Computer", result.snapshot.hostname),
            ("Sample", f"{len(result.sample):,} of {words.counted(result.files, 'file')}, {words.size(size)}"),
            ("Compared with", f"{live:,} with the live file, {good - live:,} with the record"),
        ],
        "rows": [
            (
                _fitted(drilled.path),
                words.size(drilled.size),
                drilled.sha256[:16],
                drilled.verdict if drilled.good else f"{drilled.verdict}: {drilled.why}",
            )
            for drilled in shown
        ],
        "note": f"And {left:,} more, all as they were." if left > 0 else "",
    }


def _fitted(path: str) -> str:
    clean = "".join(char if char.isprintable() else "\ufffd" for char in path)
    return clean if len(clean) <= 75 else f"{clean[:25]} … {clean[-45:]}"

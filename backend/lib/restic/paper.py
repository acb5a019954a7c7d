"""Pages to print, as PDF: all text is given as data, none of it as markup."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from backend.lib.documents.fonts import FAMILIES, folder

_FRAME = """
#let data = json(bytes(sys.inputs.data))
#set document(title: data.title)
#set page(paper: "a4", margin: (x: 20mm, y: 18mm))
#set text(font: data.fonts, size: 9.5pt, fill: rgb("#1f2937"))
#set par(leading: 0.6em)
#set smartquote(enabled: false)
#let muted = rgb("#6b7280")
#let facts = grid(columns: (38mm, 1fr), row-gutter: 2.2mm,
  ..data.facts.map(fact => (text(fill: muted)[#fact.at(0)], [#fact.at(1)])).flatten())
#let heading(tone) = [#text(size: 20pt, weight: "bold")[#data.title] #v(1mm)
  #line(length: 100%, stroke: 1.5pt + tone) #v(2mm)]
"""


def pages(template: str, data: Mapping[str, Any], scratch: Path) -> bytes:
    """The template set with the data, which must have `title` and `facts`; `scratch` is a folder for the template."""
    import typst

    source = scratch / "page.typ"
    source.write_text(_FRAME + template, encoding="utf-8")
    fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder()])
    compiler = typst.Compiler(source, root=scratch, font_paths=fonts)
    inputs = {"data": json.dumps({**data, "fonts": FAMILIES}, ensure_ascii=False)}
    made = compiler.compile(format="pdf", sys_inputs=inputs, pdf_tags=False)
    assert isinstance(made, bytes)
    return made


def count(pdf: bytes) -> int:
    """How many pages there are."""
    import pikepdf

    with pikepdf.open(io.BytesIO(pdf)) as opened:
        return len(opened.pages)


def printable(text: str, most: int = 75) -> str:
    """Text without what cannot be printed; of a long one the beginning and, as it tells files apart, the end."""
    clean = "".join(char if char.isprintable() else "\ufffd" for char in text)
    return clean if len(clean) <= most else f"{clean[: most // 3]} … {clean[-(most - most // 3 - 3) :]}"

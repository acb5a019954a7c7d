"""Typst behind one door: the template is compiled with data, in the shipped fonts only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backend.lib.documents.fonts import folder
from backend.lib.documents.template import TEMPLATE

if TYPE_CHECKING:
    import typst


class Typesetter:
    """Compiles the template many times; fonts are loaded once. `scratch` is a folder for the template."""

    def __init__(self, scratch: Path) -> None:
        import typst

        # A compiler that is built from bytes fails at its second compile: the template must be a file.
        source = scratch / "report.typ"
        source.write_text(TEMPLATE, encoding="utf-8")
        fonts = typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder()])
        self._compiler: typst.Compiler = typst.Compiler(source, root=scratch, font_paths=fonts)

    def pdf(self, data: Mapping[str, Any]) -> bytes:
        """The pages as PDF; without tags, which would make it many times larger."""
        made = self._compiler.compile(format="pdf", sys_inputs=_inputs(data), pdf_tags=False)
        assert isinstance(made, bytes)
        return made

    def first_page(self, data: Mapping[str, Any], ppi: float) -> bytes:
        """The first page as PNG."""
        made = self._compiler.compile(format="png", sys_inputs=_inputs(data), ppi=ppi)
        assert made is not None
        return made[0] if isinstance(made, list) else made


def _inputs(data: Mapping[str, Any]) -> dict[str, str]:
    return {"data": json.dumps(data, ensure_ascii=False)}

"""The parts of an OpenDocument spreadsheet around its rows: what it is, and how its columns look."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from backend.lib.tables.formats import Shape
from backend.lib.tables.xlsx import HEADER_FILL, RULE

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
BODY_END = "</office:spreadsheet></office:body></office:document-content>"
CENTIMETRES_A_LETTER = 0.21
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SPACE = "urn:oasis:names:tc:opendocument:xmlns"
_SPACES = {
    **{name: f"{_SPACE}:{name}:1.0" for name in ("office", "table", "text", "style")},
    "number": f"{_SPACE}:datastyle:1.0",
    "fo": f"{_SPACE}:xsl-fo-compatible:1.0",
}
MANIFEST = (
    f'{_HEAD}<manifest:manifest xmlns:manifest="{_SPACE}:manifest:1.0" manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:version="1.3" manifest:media-type="{MIMETYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/></manifest:manifest>'
)
_LONG = 'number:style="long"'
_DAY = (
    f"<number:year {_LONG}/><number:text>-</number:text><number:month {_LONG}/>"
    f"<number:text>-</number:text><number:day {_LONG}/>"
)


def content_start(shapes: Sequence[Shape], wide: Sequence[float]) -> str:
    """The head of content.xml: the styles of the columns, `wide` in letters, and the begin of the body."""
    spaces = "".join(f' xmlns:{name}="{space}"' for name, space in _SPACES.items())
    styles = "".join(_column(place, shape, wide[place]) for place, shape in enumerate(shapes))
    header = (
        '<style:style style:name="header" style:family="table-cell">'
        f'<style:table-cell-properties fo:background-color="{HEADER_FILL}" fo:border-bottom="0.5pt solid {RULE}"/>'
        '<style:text-properties fo:font-weight="bold"/></style:style>'
    )
    return (
        f'{_HEAD}<office:document-content{spaces} office:version="1.3"><office:automatic-styles>{header}{styles}'
        "</office:automatic-styles><office:body><office:spreadsheet>"
    )


def table_start(title: str, columns: int) -> str:
    """The begin of a sheet."""
    return f"<table:table table:name={quoteattr(title)}>" + "".join(
        f'<table:table-column table:style-name="wide{place}" table:default-cell-style-name="cell{place}"/>'
        for place in range(columns)
    )


def _column(place: int, shape: Shape, letters: float) -> str:
    look = _look(place, shape)
    data = f' style:data-style-name="look{place}"' if look else ""
    return (
        f'{look}<style:style style:name="cell{place}" style:family="table-cell"{data}/>'
        f'<style:style style:name="wide{place}" style:family="table-column"><style:table-column-properties '
        f'style:column-width="{letters * CENTIMETRES_A_LETTER:.2f}cm"/></style:style>'
    )


def _look(place: int, shape: Shape) -> str:
    """The format of the values, as `Shape.excel` has it for Excel; '' for general."""
    clock = ":".join(f"<number:{each} {_LONG}/>" for each in ("hours", "minutes", "seconds"))
    clock = clock.replace(":<number:", "<number:text>:</number:text><number:")
    match shape.column.kind:
        case "whole" | "number":
            grouped = ' number:grouping="true"' if shape.grouped else ""
            decimals = f'number:decimal-places="{shape.decimals}" number:min-decimal-places="{shape.decimals}"'
            kind, inner = "number", f'<number:number {decimals} number:min-integer-digits="1"{grouped}/>'
        case "date":
            kind, inner = "date", _DAY
        case "datetime":
            kind, inner = "date", f"{_DAY}<number:text> </number:text>{clock}"
        case "time":
            kind, inner = "time", clock
        case "yes-no":
            kind, inner = "boolean", "<number:boolean/>"
        case "text":
            return ""
    return f'<number:{kind}-style style:name="look{place}">{inner}</number:{kind}-style>'

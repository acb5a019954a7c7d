"""Makes table files for tests: good ones in every format, and bad ones of every kind."""

import io
import sqlite3
import zipfile
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

ROWS: list[tuple[Any, ...]] = [
    ("00017", "North", date(2026, 1, 5), 3, 1200.5, "Zoë"),
    ("00018", "South", date(2026, 1, 20), 1, 80.25, "李雷"),
    ("00019", "North", date(2026, 2, 3), 7, 310.0, "Łukasz"),
    ("00020", "East", date(2026, 2, 28), 2, 99.99, "韩梅梅"),
    ("00021", "South", date(2026, 3, 1), 5, 2500.75, "André"),
]
NAMES = ("Order", "Region", "Date", "Quantity", "Amount", "Customer")


def csv_text(rows: Iterable[Sequence[Any]] = ROWS, names: Sequence[str] = NAMES, separator: str = ",") -> str:
    """The rows as CSV with a header."""
    return "".join(separator.join(map(str, row)) + "\n" for row in [names, *rows])


def write_text(path: Path, text: str, encoding: str = "utf-8") -> Path:
    """The text in an encoding, its line ends untouched."""
    path.write_bytes(text.encode(encoding))
    return path


def many_rows(count: int) -> list[tuple[Any, ...]]:
    """Rows that repeat those of `ROWS` with running numbers."""
    return [(f"{number + 1:07d}", *ROWS[number % len(ROWS)][1:]) for number in range(count)]


def write_xlsx(path: Path, rows: Sequence[Sequence[Any]] = ROWS, names: Sequence[str] = NAMES, **sheets: Any) -> Path:
    """A workbook by openpyxl: sheet `Orders`, and further ones by keyword (lists of rows)."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "Orders"
    for row in [names, *rows]:
        sheet.append(list(row))
    for title, more in sheets.items():
        other: Any = book.create_sheet(title)
        for row in more:
            other.append(list(row))
    book.save(path)
    return path


def write_sqlite(path: Path, rows: Sequence[Sequence[Any]] = ROWS) -> Path:
    """A database with the table `orders` and an empty one before it."""
    connection = sqlite3.connect(path)
    columns = '"Order" TEXT, Region TEXT, Date TEXT, Quantity INT, Amount REAL, Customer TEXT'
    connection.execute(f"CREATE TABLE orders ({columns})")
    connection.execute("CREATE TABLE zones (name TEXT)")
    connection.executemany("INSERT INTO orders VALUES (?, ?, ?, ?, ?, ?)", [tuple(map(_plain, row)) for row in rows])
    connection.commit()
    connection.close()
    return path


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def write_ods(path: Path, rows: Sequence[Sequence[Any]] = ROWS, names: Sequence[str] = NAMES) -> Path:
    """An OpenDocument spreadsheet, written by hand (ODF 1.3, part 3)."""
    from xml.sax.saxutils import escape

    def cell(value: Any) -> str:
        kind = 'office:value-type="string"'
        if isinstance(value, int | float):
            kind = f'office:value-type="float" office:value="{value}"'
        elif isinstance(value, date):
            kind = f'office:value-type="date" office:date-value="{value}"'
        return f"<table:table-cell {kind}><text:p>{escape(str(value))}</text:p></table:table-cell>"

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in [names, *rows])
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.3"><office:body>'
        f'<office:spreadsheet><table:table table:name="Orders">{body}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", kind)
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return path


def workbook_of(sheet_xml: bytes, *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook whose only sheet has this XML, whatever it is."""
    types = (
        b'<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        b'<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        b'<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.'
        b'spreadsheetml.sheet.main+xml"/><Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/'
        b'vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    )
    base = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    packages = b"http://schemas.openxmlformats.org/package/2006/relationships"
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts = {
        "[Content_Types].xml": types,
        "_rels/.rels": b'<Relationships xmlns="%b"><Relationship Id="r1" Type="%b/officeDocument" '
        b'Target="xl/workbook.xml"/></Relationships>' % (packages, base),
        "xl/workbook.xml": b'<workbook xmlns="%b" xmlns:r="%b"><sheets><sheet name="A" sheetId="1" r:id="r1"/>'
        b"</sheets></workbook>" % (main, base),
        "xl/_rels/workbook.xml.rels": b'<Relationships xmlns="%b"><Relationship Id="r1" Type="%b/worksheet" '
        b'Target="worksheets/sheet1.xml"/></Relationships>' % (packages, base),
        "xl/worksheets/sheet1.xml": sheet_xml,
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def sheet_xml(cells: str, dimension: str = "") -> bytes:
    """The XML of a sheet: rows of cells, and the rectangle it claims."""
    claims = f'<dimension ref="{dimension}"/>' if dimension else ""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<?xml version="1.0"?><worksheet xmlns="{main}">{claims}<sheetData>{cells}</sheetData></worksheet>'.encode()


def row_xml(number: int, *cells: tuple[str, int]) -> str:
    """A row of numbers, each with its column's letters."""
    body = "".join(f'<c r="{letters}{number}"><v>{value}</v></c>' for letters, value in cells)
    return f'<row r="{number}">{body}</row>'


def far_corner(path: Path) -> Path:
    """Cells in A1 and XFD1048576, and nothing between."""
    path.write_bytes(workbook_of(sheet_xml(row_xml(1, ("A", 1)) + row_xml(1_048_576, ("XFD", 1)))))
    return path


def hidden_far_corner(path: Path) -> Path:
    """The same, behind so many honest rows that no look at the start shows it."""
    rows = "".join(row_xml(number, ("A", number), ("B", number)) for number in range(1, 4000))
    path.write_bytes(workbook_of(sheet_xml(rows + row_xml(1_048_576, ("XFD", 1)), "A1:B4000")))
    return path


def zip_bomb(path: Path) -> Path:
    """A small file whose sheet unpacks to 300 MB of spaces."""
    path.write_bytes(workbook_of(sheet_xml(" " * 300_000_000)))
    return path


def repeat_bomb(path: Path) -> Path:
    """An OpenDocument spreadsheet beside the path: one filled cell, repeated over all columns and rows there are."""
    path = path.with_suffix(".ods")
    cell = f'<table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="{1 << 14}"/>'
    row = f'<table:table-row table:number-rows-repeated="{1 << 20}">{cell}</table:table-row>'
    sheet = f'<office:spreadsheet><table:table table:name="S">{row}</table:table></office:spreadsheet>'
    namespace = "urn:oasis:names:tc:opendocument:xmlns"
    names = f'xmlns:office="{namespace}:office:1.0" xmlns:table="{namespace}:table:1.0"'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        archive.writestr("META-INF/manifest.xml", f'<manifest:manifest xmlns:manifest="{namespace}:manifest:1.0"/>')
        archive.writestr(
            "content.xml",
            f"<office:document-content {names}><office:body>{sheet}</office:body></office:document-content>",
        )
    return path


def greedy(path: Path, rows: int = 1_500_000) -> Path:
    """A workbook within all bounds of the check that still takes far more memory than its size."""
    row = "<row>" + "<c><v>1</v></c>" * 8 + "</row>"
    path.write_bytes(workbook_of(sheet_xml(row * rows)))
    return path


def encrypted_workbook(path: Path) -> Path:
    """The outside of a workbook with a password: an OLE container with a stream called EncryptedPackage."""
    path.write_bytes(
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2040 + "EncryptedPackage".encode("utf-16-le") + b"\x00" * 2000
    )
    return path

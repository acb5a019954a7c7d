"""An asker without a backend: answers from memory, and lets a test decide when."""

import asyncio
import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QImageWriter, QPainter

from desktop.client.drafts import Draft

Json = dict[str, Any]


class Refusal(Exception):
    """A failure shaped as the client's."""

    def __init__(self, message: str, hint: str = "", fields: Mapping[str, str] | None = None) -> None:
        super().__init__(message)
        self.code = "refused"
        self.message = message
        self.hint = hint
        self.fields = dict(fields or {})


@dataclass
class FakeAsker:
    """Keeps every question. `gates` hold answers back until a test sets the event of that number."""

    offers: dict[str, list[Json]] = field(default_factory=dict[str, list[Json]])
    rehearsal: Json = field(default_factory=lambda: {"headline": "Nothing to do"})
    rehearsals: list[Json] = field(default_factory=list[Json])
    asked: list[tuple[str, Json]] = field(default_factory=list[tuple[str, Json]])
    starts: list[tuple[str, Json, str, str]] = field(default_factory=list[tuple[str, Json, str, str]])
    gates: dict[int, asyncio.Event] = field(default_factory=dict[int, asyncio.Event])
    refuse_rehearsal: Exception | None = None
    refuse_options: Exception | None = None
    refuse_start: Exception | None = None
    delay: float = 0.0

    async def rehearse(self, kind: str, params: Json) -> Json:
        self.rehearsals.append(params)
        gate = self.gates.get(len(self.rehearsals))
        if gate is not None:
            await gate.wait()
        await asyncio.sleep(self.delay)
        if self.refuse_rehearsal is not None:
            raise self.refuse_rehearsal
        return {**self.rehearsal, "headline": self.rehearsal["headline"].format(**params)}

    async def options(self, kind: str, field: str, params: Json) -> list[Json]:
        self.asked.append((field, params))
        await asyncio.sleep(self.delay)
        if self.refuse_options is not None:
            raise self.refuse_options
        return self.offers.get(field, [])

    async def start(self, draft: Draft, name: str) -> Json:
        self.starts.append((draft.kind, draft.params, name, draft.priority))
        await asyncio.sleep(self.delay)
        if self.refuse_start is not None:
            raise self.refuse_start
        return {"id": len(self.starts), "kind": draft.kind, "name": name, "state": "waiting"}


def png(width: int = 900, height: int = 600) -> str:
    """A picture of a page with a bar chart, as PNG in base64."""
    image = QImage(width, height, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for index, share in enumerate((0.4, 0.7, 0.55, 0.9, 0.3)):
        tall = height * 0.6 * share
        left = width * (0.12 + 0.16 * index)
        painter.fillRect(QRectF(left, height * 0.85 - tall, width * 0.1, tall), QColor("#2456d6"))
    painter.drawLine(QPointF(width * 0.08, height * 0.85), QPointF(width * 0.94, height * 0.85))
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QImageWriter(buffer, QByteArray(b"png"))
    writer.write(image)
    return base64.b64encode(data.data()).decode()


def report_asker() -> FakeAsker:
    """Answers as the report job would for a file of sales."""
    names = ["Date", "Region", "Shop", "Product", "Pieces", "Price", "Revenue", "Cost", "Customer", "Remark"]
    kinds = ["day", "text", "text", "text", "number", "number", "number", "number", "text", "text"]
    columns = [{"value": n, "label": n, "note": k} for n, k in zip(names, kinds, strict=True)]
    sheets = [{"value": "Sales", "label": "Sales", "note": "12,480 rows"}, {"value": "Notes", "label": "Notes"}]
    fields = ["columns", "filters.column", "group_by", "totals.column", "sort", "sort.column", "chart_column"]
    rows = [
        ["2026-10-01", "North", "Hamburg", "Desk lamp", "12", "24.90", "298.80"],
        ["2026-10-01", "South", "München", "Office chair, blue", "3", "189.00", "567.00"],
        ["2026-10-02", "West", "Köln", "Paper A4", "250", "4.20", "1,050.00"],
        ["2026-10-02", "East", "Leipzig", "打印机", "1", "349.00", "349.00"],
    ]
    rehearsal = {
        "headline": "A report on 3,120 of 12,480 rows, in 4 groups",
        "facts": [
            {"label": "File", "value": "sales_2026Q3.xlsx, 2.1 MB"},
            {"label": "Results", "value": "Sales by region.pdf, Sales by region.xlsx"},
            {"label": "Pages", "value": "about 3"},
        ],
        "warnings": ["14 cells in 'Price' are not numbers. They are left out of the totals."],
        "tables": [{"title": "First rows", "columns": names[:7], "rows": rows, "note": "4 of 3,120 rows"}],
        "pictures": [{"title": "First page", "data": png()}],
    }
    return FakeAsker(
        offers={"sheet": sheets, "table": sheets, **dict.fromkeys(fields, columns)}, rehearsal=rehearsal, delay=0.05
    )

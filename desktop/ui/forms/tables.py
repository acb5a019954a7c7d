"""A few rows of a rehearsal to look at."""

import re
from typing import Any, Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from desktop.ui.forms.look import frame_quietly

_NUMBER: Final = re.compile(r"[-+−(]?[\d\s.,'  ]*\d[\d.,]*\)?\s?[%€$£¥]?")
_MOST_ROWS: Final = 12
_SHOWN_ROWS: Final = 9
_WIDEST: Final = 180


class PreviewTable(QTableWidget):
    """Columns as wide as their text (up to a bound), figures to the right, never taller than its rows."""

    def __init__(self, table: dict[str, Any], parent: QWidget | None = None) -> None:
        columns: list[str] = list(table.get("columns", []))
        rows: list[list[str]] = list(table.get("rows", []))[:_MOST_ROWS]
        super().__init__(len(rows), len(columns), parent)
        frame_quietly(self)
        self.setAccessibleName(str(table.get("title", "")))
        self.setHorizontalHeaderLabels(columns)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setAlternatingRowColors(True)
        self.setWordWrap(False)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.horizontalHeader().setHighlightSections(False)
        line = self.fontMetrics().lineSpacing()
        self.verticalHeader().setDefaultSectionSize(line + 8)
        for column in range(len(columns)):
            self._fill_column(column, [row[column] if column < len(row) else "" for row in rows])
        self.resizeColumnsToContents()
        for column in range(len(columns)):
            self.setColumnWidth(column, min(self.columnWidth(column) + 8, _WIDEST))
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        self.horizontalHeader().setStretchLastSection(True)
        head = self.horizontalHeader().sizeHint().height()
        self.setFixedHeight(head + min(len(rows), _SHOWN_ROWS) * (line + 8) + 2 * self.frameWidth() + 14)

    def _fill_column(self, column: int, cells: list[str]) -> None:
        filled = [cell for cell in cells if cell.strip()]
        figures = bool(filled) and all(_NUMBER.fullmatch(cell.strip()) for cell in filled)
        side = Qt.AlignmentFlag.AlignRight if figures else Qt.AlignmentFlag.AlignLeft
        header = self.horizontalHeaderItem(column)
        if header is not None:
            header.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
        for row, cell in enumerate(cells):
            item = QTableWidgetItem(cell)
            item.setTextAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            item.setToolTip(cell)
            self.setItem(row, column, item)

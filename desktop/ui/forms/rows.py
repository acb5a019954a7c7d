"""A list of small forms: filters, totals, recipients. Rows are added, removed and moved."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QSpacerItem, QVBoxLayout, QWidget

from desktop.ui.forms.book import FieldBook, MakeControl
from desktop.ui.forms.control import Control, Problem
from desktop.ui.forms.look import GAP, Card, GlyphButton
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.pieces import take_out

ACROSS = 3
LEAST_WIDTH = 96
_WIDE = frozenset({"long-text", "columns", "rows", "files-in", "choices", "file-in", "folder-in", "folder-out"})


class Row(Card):
    """One small form, with its buttons to move and remove it."""

    moved = Signal(int)
    removed = Signal()

    def __init__(self, specs: tuple[FieldSpec, ...], make: MakeControl) -> None:
        super().__init__()
        self.book = FieldBook(specs, self, make, compact=True)
        grid = QGridLayout()
        grid.setHorizontalSpacing(GAP)
        grid.setVerticalSpacing(GAP)
        self._grid = grid
        self.book.visibility_changed.connect(self._arrange)
        self.up_button = GlyphButton("up", self.tr("Move up"))
        self.down_button = GlyphButton("down", self.tr("Move down"))
        self.remove_button = GlyphButton("cross", self.tr("Remove"))
        self.up_button.clicked.connect(lambda: self.moved.emit(-1))
        self.down_button.clicked.connect(lambda: self.moved.emit(1))
        self.remove_button.clicked.connect(self.removed)
        buttons = QHBoxLayout()
        buttons.setSpacing(0)
        for button in (self.up_button, self.down_button, self.remove_button):
            buttons.addWidget(button)
        side = QVBoxLayout()
        side.addLayout(buttons)
        side.addStretch(1)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, GAP, GAP, 12)
        layout.setSpacing(GAP)
        layout.addLayout(grid, 1)
        layout.addLayout(side)
        self._arrange()

    def _arrange(self) -> None:
        while self._grid.count():
            self._grid.takeAt(0)
        place = 0
        for frame in self.book.frames.values():
            if not self.book.is_shown(frame.spec.name):
                continue
            if frame.spec.kind in _WIDE:
                place += -place % ACROSS
                self._grid.addWidget(frame, place // ACROSS, 0, 1, ACROSS)
                place += ACROSS
            else:
                self._grid.addWidget(frame, place // ACROSS, place % ACROSS)
                place += 1
        while place % ACROSS:
            self._grid.addItem(QSpacerItem(LEAST_WIDTH, 1), place // ACROSS, place % ACROSS)
            place += 1
        for column in range(ACROSS):
            self._grid.setColumnStretch(column, 1)
            self._grid.setColumnMinimumWidth(column, LEAST_WIDTH)

    def set_place(self, number: int, last: bool) -> None:
        """Tells the row where it stands, for its buttons and for screen readers."""
        self.setAccessibleName(self.tr("Row {n}").format(n=number))
        self.remove_button.setAccessibleName(self.tr("Remove row {n}").format(n=number))
        self.up_button.setEnabled(number > 1)
        self.down_button.setEnabled(not last)


class RowsControl(Control):
    """The rows' answers as a list of objects."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None, make: MakeControl) -> None:
        super().__init__(spec, parent)
        self._make = make
        self.rows: list[Row] = []
        self._answers: Mapping[str, Any] = {}
        self.add_button = QPushButton(spec.add or self.tr("Add"))
        self.add_button.setAccessibleName(f"{spec.title}: {self.add_button.text()}")
        self.add_button.setAccessibleDescription(spec.help)
        self.add_button.clicked.connect(self._add_by_hand)
        self._stack = QVBoxLayout()
        self._stack.setSpacing(GAP)
        foot = QHBoxLayout()
        foot.addWidget(self.add_button)
        foot.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addLayout(self._stack)
        layout.addLayout(foot)

    def value(self) -> Any:
        return [row.book.values() for row in self.rows]

    def set_value(self, value: Any) -> None:
        for row in list(self.rows):
            self._drop(row)
        for answers in value if isinstance(value, list) else []:
            self._add(answers)
        self._renumber()

    def focus_target(self) -> QWidget:
        first = self.rows[0].book.first_focus() if self.rows else None
        return first or self.add_button

    def missing_words(self) -> str:
        return self.tr("Please add at least one.")

    def adapt(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers
        for row in self.rows:
            row.book.adapt(answers)

    def nested_problems(self) -> Iterable[Problem]:
        for number, row in enumerate(self.rows):
            for problem in row.book.problems():
                yield replace(problem, path=f"{number}.{problem.path}", title=f"{self.spec.title}: {problem.title}")

    def show_nested_problem(self, path: str, sentence: str) -> QWidget | None:
        number, _, rest = path.partition(".")
        if not number.isdecimal() or int(number) >= len(self.rows):
            return None
        return self.rows[int(number)].book.show_problem(rest, sentence)

    def clear_nested_problems(self) -> None:
        for row in self.rows:
            row.book.clear_problems()

    def offered(self, path: str) -> Iterable[tuple[str, Control]]:
        for row in self.rows:
            yield from row.book.offered(f"{path}.")

    def _add_by_hand(self) -> None:
        row = self._add(None)
        self._renumber()
        target = row.book.first_focus()
        if target is not None:
            QTimer.singleShot(0, target, target.setFocus)

    def _add(self, answers: Mapping[str, Any] | None) -> Row:
        row = Row(self.spec.item_fields, self._make)
        row.book.set_values(answers)
        row.book.adapt(self._answers)
        row.book.changed.connect(self.changed)
        row.book.structure_changed.connect(self.structure_changed)
        row.removed.connect(lambda: self._remove(row))
        row.moved.connect(lambda by: self._shift(row, by))
        self.rows.append(row)
        self._stack.addWidget(row)
        return row

    def _remove(self, row: Row) -> None:
        place = self.rows.index(row)
        self._drop(row)
        self._renumber()
        neighbour = self.rows[min(place, len(self.rows) - 1)].remove_button if self.rows else self.add_button
        neighbour.setFocus()

    def _drop(self, row: Row) -> None:
        self.rows.remove(row)
        take_out(row, self._stack)

    def _shift(self, row: Row, by: int) -> None:
        place = self.rows.index(row)
        target = place + by
        if not 0 <= target < len(self.rows):
            return
        self.rows.insert(target, self.rows.pop(place))
        self._stack.removeWidget(row)
        self._stack.insertWidget(target, row)
        self._renumber()

    def _renumber(self) -> None:
        for number, row in enumerate(self.rows, 1):
            row.set_place(number, last=number == len(self.rows))
        full = self.spec.max_items is not None and len(self.rows) >= self.spec.max_items
        self.add_button.setEnabled(not full)
        self.structure_changed.emit()
        self.changed.emit()

"""Which saved jobs go into a file, or are taken out of one."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.forms.ticks import TickBox
from desktop.ui.pieces import button, label, scrolling

WIDTH: Final = 620
HEIGHT: Final = 480


@dataclass(frozen=True)
class Choice:
    """One saved job; `remarks` are what is missing here, and what to do."""

    name: str
    note: str
    remarks: list[str] = field(default_factory=list[str])


class ChoosingDialog(QDialog):
    """All are ticked at first. `chosen` carries the places of those that are ticked."""

    chosen = Signal(list)

    def __init__(self, title: str, intro: str, verb: str, choices: Sequence[Choice], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(title)
        self.boxes: list[QCheckBox] = []
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 20, 16, 12)
        column.setSpacing(6)
        column.addWidget(label(intro))
        column.addSpacing(6)
        for choice in choices:
            self._add(column, choice)
        column.addStretch(1)
        self.go_button = button(verb, self._choose, kind="primary")
        self.go_button.setDefault(True)
        self.cancel_button = button(self.tr("Cancel"), self.reject)
        self.cancel_button.setAutoDefault(False)
        feet = QHBoxLayout()
        feet.setContentsMargins(24, 10, 24, 16)
        feet.addStretch(1)
        feet.addWidget(self.cancel_button)
        feet.addWidget(self.go_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scrolling(inside), 1)
        layout.addLayout(feet)
        self.resize(WIDTH, HEIGHT)
        self._count()

    def _add(self, column: QVBoxLayout, choice: Choice) -> None:
        box = TickBox(choice.name.replace("&", "&&"))
        box.setChecked(True)
        box.setAccessibleDescription(" ".join([choice.note, *choice.remarks]))
        box.toggled.connect(self._count)
        self.boxes.append(box)
        column.addWidget(box)
        below = QVBoxLayout()
        below.setContentsMargins(26, 0, 0, 6)
        below.setSpacing(2)
        below.addWidget(label(choice.note, "muted", points=-1))
        for remark in choice.remarks:
            below.addWidget(label(remark, "warning", points=-0.5))
        column.addLayout(below)

    @property
    def ticked(self) -> list[int]:
        """The places of those that are ticked."""
        return [place for place, box in enumerate(self.boxes) if box.isChecked()]

    def _count(self) -> None:
        self.go_button.setEnabled(bool(self.ticked))

    def _choose(self) -> None:
        self.chosen.emit(self.ticked)
        self.accept()

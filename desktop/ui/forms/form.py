"""The form itself: fields in sections, in the order of the schema, the finer points folded away."""

from collections.abc import Iterable, Mapping
from typing import Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QPushButton, QSizePolicy, QVBoxLayout, QWidget

from desktop.ui.forms.book import FieldBook, MakeControl
from desktop.ui.forms.control import Control, Problem
from desktop.ui.forms.kinds import control_for
from desktop.ui.forms.look import FORM_WIDTH, GAP, Card, Words, glyph_icon
from desktop.ui.forms.schema import FieldSpec


class JobForm(QWidget):
    """Asks everything a job type wants to know. Sections stand in the order in which their first fields come."""

    changed = Signal()
    structure_changed = Signal()

    def __init__(
        self, specs: tuple[FieldSpec, ...], parent: QWidget | None = None, make: MakeControl = control_for
    ) -> None:
        super().__init__(parent)
        self.setMaximumWidth(FORM_WIDTH)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.specs = specs
        self.book = FieldBook(specs, self, make)
        self.book.changed.connect(self.changed)
        self.book.structure_changed.connect(self.structure_changed)
        self.book.visibility_changed.connect(self._show_sections)
        self._sections: dict[str, QWidget] = {}
        self.more_button = QPushButton(self.tr("More options"))
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2 * GAP)
        order = list(dict.fromkeys(spec.section for spec in specs if spec.section != "options"))
        for section in order:
            self._build_section(section, with_heading=len(order) > 1)
        if any(spec.section == "options" for spec in specs):
            self._build_options()
        self._layout.addStretch(1)
        self._show_sections()

    def _heading(self, section: str) -> str:
        return {"from": self.tr("Where from"), "to": self.tr("Where to")}.get(section, self.tr("What"))

    def _build_section(self, section: str, *, with_heading: bool) -> QWidget:
        card = Card()
        layout = QVBoxLayout(card)
        layout.setContentsMargins(20, 16, 20, 20)
        layout.setSpacing(20)
        if with_heading:
            layout.addWidget(Words(self._heading(section), points=1.5, bold=True))
        for frame in self.book.frames.values():
            if frame.spec.section == section:
                layout.addWidget(frame)
        self._sections[section] = card
        self._layout.addWidget(card)
        return card

    def _build_options(self) -> None:
        self.more_button.setProperty("kind", "link")
        self.more_button.setCheckable(True)
        self.more_button.setIconSize(QSize(16, 16))
        self.more_button.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.more_button.toggled.connect(self._unfold)
        self._layout.addWidget(self.more_button)
        self._build_section("options", with_heading=False)
        self._unfold(False)

    def _unfold(self, on: bool) -> None:
        color = self.palette().color(QPalette.ColorRole.Link)
        self.more_button.setIcon(glyph_icon("down" if on else "right", color))
        self.more_button.setText(self.tr("Fewer options") if on else self.tr("More options"))
        self._show_sections()

    def _show_sections(self) -> None:
        for section, card in self._sections.items():
            wanted = any(frame.spec.section == section for frame in self.book.shown())
            if section == "options":
                self.more_button.setVisible(wanted)
                wanted = wanted and self.more_button.isChecked()
            card.setVisible(wanted)

    def values(self) -> dict[str, Any]:
        """The answers, as they are sent."""
        return self.book.values()

    def set_values(self, answers: Mapping[str, Any] | None) -> None:
        """Shows answers given earlier, and defaults for the rest; unfolds the options if they differ."""
        self.book.set_values(answers)
        finer = [frame for frame in self.book.shown() if frame.spec.section == "options"]
        if answers and any(
            frame.control.value() != frame.spec.default for frame in finer if frame.spec.name in answers
        ):
            self.more_button.setChecked(True)

    def problems(self) -> list[Problem]:
        """What is wrong with the answers, as far as can be told without the backend."""
        return self.book.problems()

    def show_problems(self, fields: Mapping[str, str]) -> tuple[QWidget | None, dict[str, str]]:
        """Shows sentences at their fields; answers where the first is, and those that have no field."""
        order = list(self.book.frames)
        first: QWidget | None = None
        leftover: dict[str, str] = {}

        def place(path: str) -> int:
            name = path.split(".", 1)[0]
            return order.index(name) if name in order else len(order)

        for path in sorted(fields, key=place):
            target = self.book.show_problem(path, fields[path])
            if target is None:
                leftover[path] = fields[path]
                continue
            if self.book.frames[path.split(".", 1)[0]].spec.section == "options":
                self.more_button.setChecked(True)
            first = first or target
        return first, leftover

    def clear_problems(self) -> None:
        """Removes all sentences at fields."""
        self.book.clear_problems()

    def offered(self) -> Iterable[tuple[str, Control]]:
        """The controls whose choices the backend works out, with their schema paths."""
        return self.book.offered()

    def title_of(self, name: str) -> str:
        """What a field is called."""
        return self.book.frames[name].spec.title if name in self.book.frames else name

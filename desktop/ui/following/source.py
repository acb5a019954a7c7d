"""Where a follow-up takes its files from: from what an earlier step makes, or files of the user's own."""

from collections.abc import Callable, Sequence
from typing import Any, Final, cast

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.state.references import is_from_step
from desktop.ui.forms.book import MakeControl
from desktop.ui.forms.combo import QuietCombo
from desktop.ui.forms.control import Control
from desktop.ui.forms.kinds import control_for
from desktop.ui.forms.look import GAP
from desktop.ui.forms.schema import FieldSpec

TAKING: Final = frozenset({"file-in", "files-in"})
"""The kinds of fields that can take what another step makes."""

OFTEN_MADE: Final = (".pdf", ".xlsx", ".csv", ".zip", ".html")
OWN: Final = -1
ANY: Final = "*"


class SourceControl(Control):
    """A field for one file or several. Its answer is `{"from_step", "files"}`, alone or in a list, or paths."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None, steps: Sequence[str]) -> None:
        super().__init__(spec, parent)
        self._several = spec.kind == "files-in"
        self.source = QuietCombo()
        self.source.setAccessibleName(spec.title)
        self.source.setAccessibleDescription(spec.help)
        for number, name in reversed(list(enumerate(steps))):
            self.source.addItem(self.tr("What “{name}” makes").format(name=name), number)
        self.source.addItem(self.tr("Files of my own") if self._several else self.tr("A file of my own"), OWN)
        self.which = QuietCombo()
        self.which.setAccessibleName(self.tr("Which of the files: {title}").format(title=spec.title))
        self.which.addItem(self.tr("All of its files") if self._several else self.tr("The one file it makes"), ANY)
        for suffix in spec.suffixes or OFTEN_MADE:
            self._offer(f"*{suffix}")
        self.own = control_for(spec, None, False)
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.source, 3)
        line.addWidget(self.which, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addLayout(line)
        layout.addWidget(self.own)
        self.source.currentIndexChanged.connect(self._chosen)
        self.which.currentIndexChanged.connect(self.changed)
        self.own.changed.connect(self.changed)
        self.own.settled.connect(self.settled)
        self._show_parts()

    def _offer(self, pattern: str) -> None:
        self.which.addItem(self.tr("Only {pattern}").format(pattern=pattern), pattern)

    def _chosen(self) -> None:
        self._show_parts()
        self.changed.emit()
        self.structure_changed.emit()

    def _show_parts(self) -> None:
        self.own.setVisible(self.source.currentData() == OWN)
        self.which.setVisible(self.source.currentData() != OWN)

    def value(self) -> Any:
        step = self.source.currentData()
        if step == OWN:
            return self.own.value()
        meant = {"from_step": step, "files": self.which.currentData()}
        return [meant] if self._several else meant

    def set_value(self, value: Any) -> None:
        several = cast("list[Any]", value) if isinstance(value, list) else [value]
        meant = next((one for one in several if is_from_step(one)), None)
        self.source.setCurrentIndex(self.source.findData(meant["from_step"] if meant else OWN))
        pattern = str(meant.get("files", ANY)) if meant else ANY
        if self.which.findData(pattern) < 0:
            self._offer(pattern)
        self.which.setCurrentIndex(self.which.findData(pattern))
        self.own.set_value(None if meant else value)
        self._show_parts()

    def focus_target(self) -> QWidget:
        return self.source

    def wrong(self) -> str:
        return self.own.wrong() if self.source.currentData() == OWN else ""

    def missing_words(self) -> str:
        return self.own.missing_words()


def taking_from(steps: Sequence[str]) -> MakeControl:
    """What makes the controls of a follow-up's form: `steps` are the names of the steps before it."""
    ordinary: Callable[[FieldSpec, QWidget | None, bool], Control] = control_for

    def make(spec: FieldSpec, parent: QWidget | None, compact: bool) -> Control:
        return SourceControl(spec, parent, steps) if spec.kind in TAKING else ordinary(spec, parent, compact)

    return make


def with_results(specs: Sequence[FieldSpec], step: int) -> dict[str, Any]:
    """The answers that a new follow-up begins with: the field for several files, else the first for a kind of file.

    A field for any one file, such as a program, is left to the user.
    """
    meant = {"from_step": step, "files": ANY}
    field = next((spec for spec in specs if spec.kind == "files-in"), None)
    if field is not None:
        return {field.name: [meant]}
    field = next((spec for spec in specs if spec.kind == "file-in" and spec.suffixes), None)
    return {field.name: meant} if field is not None else {}

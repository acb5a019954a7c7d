"""The fields of a form or of a row: built from their specs, shown by the answers, read, and complained at."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.ui.forms.control import Control, Problem
from desktop.ui.forms.look import GAP, Complaint, Words
from desktop.ui.forms.schema import FieldSpec, is_shown

MakeControl = Callable[[FieldSpec, QWidget | None, bool], Control]

_TALL = frozenset({"columns", "rows", "files-in", "tree"})


class FieldFrame(QWidget):
    """One field: its title, the control, what is wrong, and the help."""

    def __init__(self, spec: FieldSpec, control: Control, parent: QWidget, *, compact: bool) -> None:
        super().__init__(parent)
        self.spec = spec
        self.control = control
        self.complaint = Complaint()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4 if compact else 6)
        if not control.names_itself:
            layout.addLayout(self._title_line(compact))
        elif compact:
            layout.addStretch(1)
        layout.addWidget(control)
        layout.addWidget(self.complaint)
        if spec.help and not compact:
            help_words = Words(spec.help, "muted", points=-0.5)
            layout.insertWidget(1 if spec.kind in _TALL else layout.count(), help_words)
        elif spec.help:
            self.setToolTip(spec.help)
        if compact and not control.names_itself:
            layout.addStretch(1)
        control.changed.connect(lambda: self.complain(""))
        control.settled.connect(lambda: self.complain(control.wrong()))

    def _title_line(self, compact: bool) -> QHBoxLayout:
        title = QLabel(self.spec.title.replace("&", "&&"))
        title.setBuddy(self.control.focus_target())
        font = title.font()
        font.setWeight(font.Weight.Normal if compact else font.Weight.DemiBold)
        title.setFont(font)
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(title)
        if self.spec.required and not compact:
            needed = Words(self.tr("required"), "muted", points=-0.5)
            needed.setWordWrap(False)
            line.addWidget(needed, 0, Qt.AlignmentFlag.AlignBaseline)
        line.addStretch(1)
        return line

    def complain(self, sentence: str) -> None:
        """Says what is wrong, to screen readers too; nothing when the sentence is empty."""
        if sentence != self.complaint.words.text():
            self.complaint.say(sentence)
            self.control.focus_target().setAccessibleDescription(sentence or self.spec.help)

    def problems(self) -> Iterable[Problem]:
        """What is wrong here and within, in words."""
        spec, control = self.spec, self.control
        value = control.value()
        sentence = control.wrong()
        if sentence:
            yield Problem(spec.name, spec.title, sentence, missing=False)
        elif control.is_blank() and spec.must_be_filled:
            yield Problem(spec.name, spec.title, control.missing_words(), missing=True)
        elif isinstance(value, list) and spec.min_items is not None and len(value) < spec.min_items:
            words = self.tr("Choose at least {n}.").format(n=spec.min_items)
            yield Problem(spec.name, spec.title, words, missing=True)
        elif isinstance(value, list) and spec.max_items is not None and len(value) > spec.max_items:
            yield Problem(spec.name, spec.title, self.tr("Choose at most {n}.").format(n=spec.max_items), missing=False)
        for problem in control.nested_problems():
            yield replace(problem, path=f"{spec.name}.{problem.path}")


class FieldBook(QObject):
    """All fields of one form. Hidden fields are neither asked for, nor checked, nor sent."""

    changed = Signal()
    structure_changed = Signal()
    visibility_changed = Signal()

    def __init__(
        self, specs: Iterable[FieldSpec], parent: QWidget, make: MakeControl, *, compact: bool = False
    ) -> None:
        super().__init__(parent)
        self.frames: dict[str, FieldFrame] = {}
        self._hidden: set[str] = set()
        self._outer: Mapping[str, Any] = {}
        for spec in specs:
            frame = FieldFrame(spec, make(spec, None, compact), parent, compact=compact)
            frame.control.set_value(spec.default)
            frame.control.changed.connect(self._on_change)
            frame.control.filled.connect(self._fill)
            frame.control.structure_changed.connect(self.structure_changed)
            self.frames[spec.name] = frame
        self._refresh()

    def is_shown(self, name: str) -> bool:
        """Whether the other answers call for the field."""
        return name not in self._hidden

    def shown(self) -> list[FieldFrame]:
        """The fields that are asked for now, in order."""
        return [frame for name, frame in self.frames.items() if self.is_shown(name)]

    def values(self) -> dict[str, Any]:
        """The answers of the fields shown, as JSON."""
        return {frame.spec.name: frame.control.value() for frame in self.shown()}

    def set_values(self, answers: Mapping[str, Any] | None) -> None:
        """Shows answers given earlier; fields without one show their default. `changed` comes once."""
        with QSignalBlocker(self):
            for name, frame in self.frames.items():
                given = answers[name] if answers is not None and name in answers else frame.spec.default
                frame.control.set_value(given)
        self._refresh()
        self.visibility_changed.emit()
        self.structure_changed.emit()
        self.changed.emit()

    def adapt(self, outer: Mapping[str, Any]) -> None:
        """Takes note of the answers around this form, for fields that depend on them."""
        self._outer = outer
        self._refresh()

    def problems(self) -> list[Problem]:
        """What is wrong with the fields shown, in their order."""
        return [problem for frame in self.shown() for problem in frame.problems()]

    def show_problem(self, path: str, sentence: str) -> QWidget | None:
        """Shows the sentence at its field; answers where to go to mend it, None when there is no such field."""
        name, _, rest = path.partition(".")
        if name not in self.frames or not self.is_shown(name):
            return None
        frame = self.frames[name]
        within = frame.control.show_nested_problem(rest, sentence) if rest else None
        if within is not None:
            return within
        frame.complain(sentence)
        return frame.control.focus_target()

    def clear_problems(self) -> None:
        """Removes all sentences."""
        for frame in self.frames.values():
            frame.complain("")
            frame.control.clear_nested_problems()

    def offered(self, prefix: str = "") -> Iterable[tuple[str, Control]]:
        """The controls whose choices are worked out elsewhere, with their schema paths (`filters.column`)."""
        for frame in self.shown():
            yield from frame.control.offered(f"{prefix}{frame.spec.name}")

    def first_focus(self) -> QWidget | None:
        """Where the focus goes first."""
        shown = self.shown()
        return shown[0].control.focus_target() if shown else None

    def _fill(self, answers: Mapping[str, Any]) -> None:
        """Puts in answers that come from a text which one of the fields has read; the others stay."""
        given = {name: frame.control.value() for name, frame in self.frames.items()}
        self.set_values({**given, **answers})

    def _on_change(self) -> None:
        self._refresh()
        self.changed.emit()

    def _refresh(self) -> None:
        answers = {name: frame.control.value() for name, frame in self.frames.items()}
        hidden: set[str] = set()
        for _ in self.frames:
            known = {**self._outer, **{name: value for name, value in answers.items() if name not in hidden}}
            now = {name for name, frame in self.frames.items() if not is_shown(frame.spec, known)}
            if now == hidden:
                break
            hidden = now
        for frame in self.frames.values():
            frame.control.adapt({name: value for name, value in answers.items() if name not in hidden})
        if hidden != self._hidden:
            self._hidden = hidden
            for name, frame in self.frames.items():
                frame.setVisible(name not in hidden)
            self.visibility_changed.emit()
            self.structure_changed.emit()

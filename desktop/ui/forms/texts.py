"""Answers that are typed: a line, several lines, a number."""

from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QLocale, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.ui.forms.control import Control
from desktop.ui.forms.look import GAP, Words, frame_quietly
from desktop.ui.forms.schema import FieldSpec


def _bare(control: QWidget, *, vertical: bool = False) -> QHBoxLayout | QVBoxLayout:
    layout = QVBoxLayout(control) if vertical else QHBoxLayout(control)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(GAP)
    return layout


class TextControl(Control):
    """One line of text. Where the answer is a list of words, commas divide it."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.edit = QLineEdit()
        self.edit.setPlaceholderText(spec.placeholder)
        self.edit.setAccessibleName(spec.title)
        self.edit.setAccessibleDescription(spec.help)
        self.edit.textChanged.connect(self.changed)
        self.edit.editingFinished.connect(self.settled)
        _bare(self).addWidget(self.edit)

    def value(self) -> Any:
        text = self.edit.text().strip()
        if self.spec.type == "array":
            return [part.strip() for part in text.split(",") if part.strip()]
        return text or (None if self.spec.nullable else "")

    def set_value(self, value: Any) -> None:
        if isinstance(value, list):
            self.edit.setText(", ".join(str(part) for part in value))
        else:
            self.edit.setText("" if value is None else str(value))

    def focus_target(self) -> QWidget:
        return self.edit

    def wrong(self) -> str:
        value = self.value()
        return _wrong_length(self.spec, value) if isinstance(value, str) else ""


def text_editor(spec: FieldSpec, *, lines: int) -> QPlainTextEdit:
    """A field for so many lines of text; Tab leaves it."""
    edit = QPlainTextEdit()
    frame_quietly(edit)
    edit.setTabChangesFocus(True)
    edit.setPlaceholderText(spec.placeholder)
    edit.setAccessibleName(spec.title)
    edit.setAccessibleDescription(spec.help)
    edit.setFixedHeight(edit.fontMetrics().lineSpacing() * lines + 2 * GAP)
    return edit


class LongTextControl(Control):
    """Several lines of text; one item a line where the answer is a list. Tab leaves the field."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.edit = text_editor(spec, lines=5)
        self.edit.textChanged.connect(self.changed)
        _bare(self).addWidget(self.edit)

    def value(self) -> Any:
        text = self.edit.toPlainText()
        if self.spec.type == "array":
            return [line.strip() for line in text.splitlines() if line.strip()]
        return text if text.strip() else (None if self.spec.nullable else "")

    def set_value(self, value: Any) -> None:
        if isinstance(value, list):
            self.edit.setPlainText("\n".join(str(line) for line in value))
        else:
            self.edit.setPlainText("" if value is None else str(value))

    def focus_target(self) -> QWidget:
        return self.edit

    def wrong(self) -> str:
        value = self.value()
        return _wrong_length(self.spec, value) if isinstance(value, str) else ""


def _wrong_length(spec: FieldSpec, text: str) -> str:
    if spec.max_length is not None and len(text) > spec.max_length:
        words = QCoreApplication.translate("Forms", "Too long: {n} characters, at most {most} are allowed.")
        return words.format(n=len(text), most=spec.max_length)
    if text and spec.min_length is not None and len(text) < spec.min_length:
        words = QCoreApplication.translate("Forms", "Too short: at least {least} characters are needed.")
        return words.format(least=spec.min_length)
    return ""


class NumberControl(Control):
    """A whole or decimal number, typed in the user's locale; Up and Down step it. Unlike a spin box it can be empty."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(f"{spec.title} ({spec.unit})" if spec.unit else spec.title)
        self.edit.setAccessibleDescription(spec.help)
        self.edit.setPlaceholderText(spec.placeholder)
        self.edit.setFixedWidth(self.edit.fontMetrics().averageCharWidth() * 18)
        self.edit.textChanged.connect(self.changed)
        self.edit.editingFinished.connect(self.settled)
        self.edit.installEventFilter(self)
        layout = _bare(self)
        layout.addWidget(self.edit)
        if spec.unit:
            unit = Words(spec.unit, "muted")
            unit.setWordWrap(False)
            layout.addWidget(unit)
        layout.addStretch(1)

    def value(self) -> Any:
        """The number; the text itself while it is none, so that nothing is lost."""
        text = self.edit.text().strip()
        if not text:
            return None
        number = self._parsed(text)
        return text if number is None else number

    def set_value(self, value: Any) -> None:
        self.edit.setText(self._shown(value))

    def focus_target(self) -> QWidget:
        return self.edit

    def wrong(self) -> str:
        value, spec = self.value(), self.spec
        if value is None:
            return ""
        if isinstance(value, str):
            if spec.type == "integer" and QLocale().toDouble(value)[1]:
                return self.tr("Please use a whole number.")
            return self.tr("'{text}' is not a number.").format(text=value)
        if spec.at_least is not None and value < spec.at_least:
            return self.tr("Must be at least {bound}.").format(bound=self._with_unit(spec.at_least))
        if spec.at_most is not None and value > spec.at_most:
            return self.tr("Must be at most {bound}.").format(bound=self._with_unit(spec.at_most))
        if spec.above is not None and value <= spec.above:
            return self.tr("Must be more than {bound}.").format(bound=self._with_unit(spec.above))
        if spec.below is not None and value >= spec.below:
            return self.tr("Must be less than {bound}.").format(bound=self._with_unit(spec.below))
        return ""

    def missing_words(self) -> str:
        return self.tr("Please enter a number.")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()), 0)
            if step:
                self._step(step)
                return True
        return super().eventFilter(watched, event)

    def _step(self, by: int) -> None:
        value = self.value()
        if isinstance(value, str):
            return
        spec = self.spec
        number = spec.at_least or 0 if value is None else value + by
        if (spec.at_least is not None and number < spec.at_least) or (spec.above is not None and number <= spec.above):
            return
        if (spec.at_most is not None and number > spec.at_most) or (spec.below is not None and number >= spec.below):
            return
        self.set_value(number)

    def _parsed(self, text: str) -> int | float | None:
        if self.spec.type == "integer":
            whole, ok = QLocale().toLongLong(text)
            return int(whole) if ok else None
        number, ok = QLocale().toDouble(text)
        if not ok:
            return None
        return int(number) if number.is_integer() and abs(number) < 2**53 else number

    def _shown(self, value: Any) -> str:
        locale = QLocale()
        locale.setNumberOptions(QLocale.NumberOption.OmitGroupSeparator)
        if isinstance(value, bool) or not isinstance(value, int | float):
            return "" if value is None else str(value)
        if isinstance(value, int):
            return locale.toString(value)
        return locale.toString(value, "g", QLocale.FloatingPointPrecisionOption.FloatingPointShortest.value)

    def _with_unit(self, bound: float) -> str:
        number = self._shown(int(bound) if float(bound).is_integer() else bound)
        return f"{number} {self.spec.unit}".strip()

"""Answers that are set with a click: yes or no, one of a few, some of a few."""

from typing import Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QRadioButton,
    QWidget,
)

from desktop.ui.forms.combo import QuietCombo
from desktop.ui.forms.control import Control
from desktop.ui.forms.look import GAP, PaintedButton, blend, border_color, draw_focus, line_color, tone_color
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.forms.ticks import TickBox

FEW = 4
WIDEST_SEGMENTS = 460


def words_for(spec: FieldSpec, value: Any) -> str:
    """How a fixed choice is called."""
    return spec.labels.get(str(value)) or str(value).replace("_", " ").capitalize()


class Switch(PaintedButton, QCheckBox):
    """A check box drawn as a switch: it behaves and is read out as a check box."""

    _WIDTH, _HEIGHT = 36, 20

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        return QSize(self._WIDTH + GAP + text.width() + 6, max(self._HEIGHT + 4, text.height() + 4))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        track = QRectF(2, (self.height() - self._HEIGHT) / 2, self._WIDTH, self._HEIGHT)
        on = self.isChecked()
        ground = palette.color(QPalette.ColorRole.Base)
        fill = palette.color(QPalette.ColorRole.Highlight) if on else ground
        line = fill if on else tone_color("muted", palette)
        if not self.isEnabled():
            fill, line = blend(fill, ground, 0.6), border_color(palette)
        painter.setBrush(fill)
        painter.setPen(QPen(line, 1.4))
        painter.drawRoundedRect(track.adjusted(0.7, 0.7, -0.7, -0.7), self._HEIGHT / 2, self._HEIGHT / 2)
        knob = self._HEIGHT - 8
        left = track.right() - knob - 4 if on else track.left() + 4
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(palette.color(QPalette.ColorRole.HighlightedText) if on else line)
        painter.drawEllipse(QRectF(left, track.top() + 4, knob, knob))
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        words = self.rect().adjusted(self._WIDTH + 2 + GAP, 0, 0, 0)
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, self.text())
        painter.end()
        if self.hasFocus():
            draw_focus(self, track.adjusted(-2, -2, 2, 2), self._HEIGHT / 2 + 2)


class YesNoControl(Control):
    """A switch that carries the question as its own label."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.switch = Switch(spec.title.replace("&", "&&"))
        self.switch.setAccessibleName(spec.title)
        self.switch.setAccessibleDescription(spec.help)
        self.switch.toggled.connect(self.changed)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.switch)
        layout.addStretch(1)

    @property
    def names_itself(self) -> bool:
        return True

    def value(self) -> Any:
        return self.switch.isChecked()

    def set_value(self, value: Any) -> None:
        self.switch.setChecked(bool(value))

    def focus_target(self) -> QWidget:
        return self.switch


class Segment(PaintedButton, QRadioButton):
    """A radio button drawn as one part of a bar; arrow keys walk along the bar as among all radio buttons."""

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        return QSize(text.width() + 3 * GAP, text.height() + 14)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        accent = palette.color(QPalette.ColorRole.Highlight)
        ground = palette.color(QPalette.ColorRole.Base)
        on = self.isChecked()
        fill = blend(ground, accent, 0.16) if on else ground
        if self.underMouse() and not on:
            fill = blend(ground, palette.color(QPalette.ColorRole.WindowText), 0.05)
        painter.setBrush(fill)
        painter.setPen(QPen(accent if on else line_color(palette), 1.4 if on else 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), 6, 6)
        painter.setPen(palette.color(QPalette.ColorRole.WindowText))
        font = self.font()
        font.setBold(on)
        painter.setFont(font)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextShowMnemonic, self.text())
        painter.end()
        if self.hasFocus():
            draw_focus(self, QRectF(self.rect()))


class ChoiceControl(Control):
    """One of a fixed few: a bar of segments for up to four short ones, else a combo box."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None, *, compact: bool = False) -> None:
        super().__init__(spec, parent)
        optional = spec.nullable
        self._values: list[Any] = [None, *spec.choices] if optional else list(spec.choices)
        labels = [spec.empty or self.tr("None") if value is None else words_for(spec, value) for value in self._values]
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        self._segments: list[QAbstractButton] = []
        self.combo: QuietCombo | None = None
        width = sum(self.fontMetrics().horizontalAdvance(label) * 1.1 + 3 * GAP for label in labels)
        if compact or len(labels) > FEW or width > WIDEST_SEGMENTS:
            self._build_combo(labels, optional)
            layout.addWidget(self.combo or self, 3)
            layout.addStretch(0 if compact else 1)
        else:
            self._build_segments(labels)
            for segment in self._segments:
                layout.addWidget(segment)
            layout.addStretch(1)
        self.set_value(None)

    def _build_combo(self, labels: list[str], optional: bool) -> None:
        self.combo = QuietCombo()
        self.combo.addItems(labels)
        self.combo.setAccessibleName(self.spec.title)
        self.combo.setAccessibleDescription(self.spec.help)
        if not optional:
            self.combo.setPlaceholderText(self.tr("Choose"))
        self.combo.setMaximumWidth(360)
        self.combo.currentIndexChanged.connect(self.changed)

    def _build_segments(self, labels: list[str]) -> None:
        self._group = QButtonGroup(self)
        for index, label in enumerate(labels):
            segment = Segment(label.replace("&", "&&"))
            segment.setAccessibleName(f"{self.spec.title}: {label}")
            segment.setAccessibleDescription(self.spec.help)
            self._group.addButton(segment, index)
            self._segments.append(segment)
        self._group.idToggled.connect(self._toggled)

    def _toggled(self, _index: int, on: bool) -> None:
        if on:
            self.changed.emit()

    def value(self) -> Any:
        index = self.combo.currentIndex() if self.combo else self._group.checkedId()
        return self._values[index] if 0 <= index < len(self._values) else None

    def set_value(self, value: Any) -> None:
        index = self._values.index(value) if value in self._values else -1
        if self.combo:
            self.combo.setCurrentIndex(index)
        elif index >= 0:
            self._segments[index].setChecked(True)

    def focus_target(self) -> QWidget:
        if self.combo:
            return self.combo
        return self._group.checkedButton() or self._segments[0]

    def is_blank(self) -> bool:
        """An empty text can be one of the choices, and then it is an answer."""
        return self.value() is None

    def missing_words(self) -> str:
        return self.tr("Please choose one.")


class ChoicesControl(Control):
    """Any number of a fixed few, as check boxes; the answer keeps the order of the choices."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.boxes: list[TickBox] = []
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setHorizontalSpacing(3 * GAP)
        layout.setVerticalSpacing(GAP)
        labels = [words_for(spec, value) for value in spec.choices]
        widest = max((self.fontMetrics().horizontalAdvance(label) for label in labels), default=1) + 6 * GAP
        across = max(1, min(4, WIDEST_SEGMENTS // widest))
        for index, label in enumerate(labels):
            box = TickBox(label.replace("&", "&&"))
            box.setAccessibleName(f"{spec.title}: {label}")
            box.setAccessibleDescription(spec.help)
            box.toggled.connect(self.changed)
            self.boxes.append(box)
            layout.addWidget(box, index // across, index % across)
        layout.setColumnStretch(across, 1)

    def value(self) -> Any:
        return [value for value, box in zip(self.spec.choices, self.boxes, strict=True) if box.isChecked()]

    def set_value(self, value: Any) -> None:
        chosen = value if isinstance(value, list) else []
        for choice, box in zip(self.spec.choices, self.boxes, strict=True):
            box.setChecked(choice in chosen)

    def focus_target(self) -> QWidget:
        return self.boxes[0] if self.boxes else self

    def missing_words(self) -> str:
        return self.tr("Please choose at least one.")

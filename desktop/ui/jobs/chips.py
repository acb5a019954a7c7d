"""The filter chips above the table: a group of which one is on, with how many jobs are behind each."""

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetrics, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QButtonGroup, QHBoxLayout, QSizePolicy, QWidget

from desktop.state.standing import Chip
from desktop.ui import words
from desktop.ui.theme import tokens

HEIGHT = 30


class ChipButton(QAbstractButton):
    """One chip; the one that is on has a check mark of weight and ground, not colour alone."""

    def __init__(self, chip: Chip, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.chip = chip
        self._count: int | None = None
        self.setCheckable(True)
        self.setText(words.chip_words(chip))
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.show_count(None)

    @property
    def count(self) -> int | None:
        """How many jobs; None while that is not known."""
        return self._count

    def show_count(self, count: int | None) -> None:
        """Shows how many."""
        self._count = count
        self.setAccessibleName(self.text() if count is None else f"{self.text()}, {words.jobs_words(count)}")
        self.updateGeometry()
        self.update()

    def _fonts(self) -> tuple[QFont, QFont]:
        strong = QFont(self.font())
        strong.setWeight(QFont.Weight.DemiBold)
        return strong, self.font()

    def _figure(self) -> str:
        return "" if self._count is None else words.number_words(self._count)

    def sizeHint(self) -> QSize:
        strong, plain = self._fonts()
        width = QFontMetrics(strong).horizontalAdvance(self.text()) + 22
        if figure := self._figure():
            width += QFontMetrics(plain).horizontalAdvance(figure) + 7
        return QSize(width, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        on = self.isChecked()
        ground = "selection" if on else "hover" if self.underMouse() else "surface"
        painter.setBrush(colors.color(ground))
        painter.setPen(QPen(colors.color("accent" if on or self.hasFocus() else "border"), 2 if self.hasFocus() else 1))
        shape = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        painter.drawRoundedRect(shape, shape.height() / 2, shape.height() / 2)
        strong, plain = self._fonts()
        painter.setFont(strong if on else plain)
        painter.setPen(colors.color("text"))
        text = self.rect().adjusted(11, 0, -11, 0)
        painter.drawText(text, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text())
        painter.setFont(plain)
        painter.setPen(colors.color("muted"))
        painter.drawText(text, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, self._figure())


class Chips(QWidget):
    """All chips; left and right move between them."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Which jobs are shown"))
        self.buttons = {chip: ChipButton(chip) for chip in Chip}
        group = QButtonGroup(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for chip, button in self.buttons.items():
            group.addButton(button)
            layout.addWidget(button)
            button.toggled.connect(lambda on, chip=chip: on and self.chosen.emit(chip))
        self.buttons[Chip.ALL].setChecked(True)

    def choose(self, chip: Chip) -> None:
        """Turns one on."""
        self.buttons[chip].setChecked(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Right: 1, Qt.Key.Key_Left: -1}.get(Qt.Key(event.key()))
        buttons = list(self.buttons.values())
        here = next((place for place, button in enumerate(buttons) if button.hasFocus()), None)
        if step is None or here is None:
            super().keyPressEvent(event)
            return
        following = buttons[(here + step) % len(buttons)]
        following.setFocus(Qt.FocusReason.OtherFocusReason)
        following.setChecked(True)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self.update()

"""The sidebar: what one can go to, the button for a new job, and how all running jobs are doing together."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QEnterEvent, QFont, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.bars import Bar
from desktop.ui.icons import picture, pixmap
from desktop.ui.pieces import button, label
from desktop.ui.theme import tokens

if TYPE_CHECKING:
    from desktop.state.jobs import Together

WIDTH = 200
TEXT_WIDTH = WIDTH - 25
"""What the margins and the line at the edge leave."""


class PlaceButton(QAbstractButton):
    """One place to go to."""

    def __init__(self, text: str, icon_name: str, shortcut: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._icon_name = icon_name
        self._shortcut = shortcut
        self.setText(text)
        self.setAccessibleName(text)
        self.setToolTip(f"{text} ({shortcut})")
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def take_key(self) -> None:
        """Goes there by key, too."""
        self.setShortcut(self._shortcut)

    def sizeHint(self) -> QSize:
        return QSize(WIDTH - 24, max(36, self.fontMetrics().height() + 16))

    def paintEvent(self, event: QPaintEvent) -> None:
        colors = tokens()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        shape = QRectF(self.rect()).adjusted(1, 1, -1, -1)
        on = self.isChecked()
        painter.setPen(QPen(colors.color("accent"), 2) if self.hasFocus() else Qt.PenStyle.NoPen)
        painter.setBrush(
            colors.color("selection" if on else "groove") if on or self.underMouse() else Qt.BrushStyle.NoBrush
        )
        painter.drawRoundedRect(shape, 7, 7)
        if on:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colors.color("accent"))
            painter.drawRoundedRect(QRectF(2, self.height() / 2 - 8, 3, 16), 1.5, 1.5)
        tone = "accent" if on else "text"
        drawn = pixmap(self._icon_name, colors.color(tone), 18, self.devicePixelRatioF())
        painter.drawPixmap(14, self.height() // 2 - 9, drawn)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold if on else QFont.Weight.Normal)
        painter.setFont(font)
        painter.setPen(colors.color("text"))
        painter.drawText(self.rect().adjusted(42, 0, -8, 0), Qt.AlignmentFlag.AlignVCenter, self.text())

    def enterEvent(self, event: QEnterEvent) -> None:
        super().enterEvent(event)
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.update()


class Sidebar(QFrame):
    """Places by name; `went` says which was chosen."""

    went = Signal(str)
    new_job_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "sidebar")
        self.setFixedWidth(WIDTH)
        self.places = {
            "home": PlaceButton(self.tr("Home"), "house", "Ctrl+1"),
            "jobs": PlaceButton(self.tr("Jobs"), "list-checks", "Ctrl+2"),
            "schedules": PlaceButton(self.tr("Schedules"), "calendar-clock", "Ctrl+3"),
            "accounts": PlaceButton(self.tr("Accounts"), "key", "Ctrl+4"),
            "settings": PlaceButton(self.tr("Settings"), "settings", "Ctrl+5"),
        }
        self.new_job = button(self.tr("New job"), self.new_job_asked.emit, icon_name="plus", kind="primary")
        self.new_job.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.new_job.setToolTip(self.tr("Choose what you would like to get done (Ctrl+N)"))
        self._title = label(self.tr("Starting up..."), bold=True)
        self._bar = Bar()
        self._detail = label(tone="muted", points=-1)
        self._lay_out()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(8)
        sign = QLabel()
        sign.setPixmap(picture("deskhand", 26, self.devicePixelRatioF()))
        head.addWidget(sign)
        head.addWidget(label("Deskhand", points=4, bold=True, wrap=False), 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 16, 12, 14)
        layout.setSpacing(3)
        layout.addLayout(head)
        layout.addSpacing(14)
        layout.addWidget(self.new_job)
        layout.addSpacing(12)
        group = QButtonGroup(self)
        for name, place in self.places.items():
            group.addButton(place)
            layout.addWidget(place)
            place.toggled.connect(lambda on, name=name: on and self.went.emit(name))
        layout.addStretch(1)
        layout.addWidget(self._title)
        layout.addWidget(self._bar)
        layout.addWidget(self._detail)
        self._bar.hide()
        self._detail.hide()

    def take_keys(self) -> None:
        """Listens to keys; the first paint does not wait for it."""
        self.new_job.setShortcut("Ctrl+N")
        for place in self.places.values():
            place.take_key()

    def go(self, name: str) -> None:
        """Marks the place that is shown."""
        self.places[name].setChecked(True)

    def leave(self) -> None:
        """Marks none: a form is shown."""
        for place in self.places.values():
            group = place.group()
            group.setExclusive(False)
            place.setChecked(False)
            group.setExclusive(True)

    def show_waiting(self, text: str) -> None:
        """Says what the window waits for."""
        _say(self._title, text)
        self._bar.hide()
        self._detail.hide()

    def show_together(self, together: "Together", *, paused: bool) -> None:
        """All running jobs as one."""
        from desktop.ui import words

        self._bar.setVisible(together.running > 0)
        parts: list[str] = []
        if together.running:
            if together.waiting:
                text = self.tr("{running} running, {waiting} waiting")
                _say(self._title, text.format(running=together.running, waiting=together.waiting))
            else:
                _say(self._title, self.tr("{jobs} running").format(jobs=words.jobs_words(together.running)))
            if together.fraction is not None:
                parts.append(self.tr("{n} %").format(n=int(together.fraction * 100)))
            if together.seconds_left is not None:
                parts.append(words.left_words(together.seconds_left))
            self._bar.show_progress(together.fraction, ", ".join(parts) or self.tr("Under way"))
        else:
            _say(self._title, self.tr("Nothing is running"))
            if together.waiting:
                parts.append(self.tr("{n} waiting").format(n=together.waiting))
        if paused:
            parts.append(self.tr("nothing new starts"))
        _say(self._detail, " · ".join(parts))
        self._detail.setVisible(bool(parts))


def _say(one: QLabel, text: str) -> None:
    """In a label of fixed size, as else other words in the same room would have the sidebar laid out anew."""
    if text == one.text() and one.maximumWidth() == TEXT_WIDTH:
        return
    one.setText(text)
    height = one.fontMetrics().boundingRect(0, 0, TEXT_WIDTH, 1000, Qt.TextFlag.TextWordWrap, text or " ").height()
    if height != one.minimumHeight() or one.maximumWidth() != TEXT_WIDTH:
        one.setFixedSize(TEXT_WIDTH, height)

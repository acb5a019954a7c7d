"""Small pieces that every page is made of: labels in a tone, buttons with an icon, cards, and rows that wrap."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLayoutItem,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.icons import icon

Tone = Literal["text", "muted", "danger", "warning", "success"]


def label(text: str = "", tone: Tone = "text", *, points: float = 0, bold: bool = False, wrap: bool = True) -> QLabel:
    """Plain text in a tone of the theme; `points` are added to the size of the font in force."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("tone", tone)
    made.setWordWrap(wrap)
    if points or bold:
        font = made.font()
        font.setPointSizeF(max(6.0, font.pointSizeF() + points))
        font.setBold(bold)
        made.setFont(font)
    return made


def scrolling(widget: QWidget) -> QScrollArea:
    """What is taller than its place: scrolls up and down, never sideways."""
    # Qt else takes the height that wrapped words would have in the narrowest page, and leaves a blank tail.
    widget.setMinimumHeight(1)
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setWidget(widget)
    return area


def button(
    text: str,
    done: Callable[[], object] | None = None,
    *,
    icon_name: str = "",
    kind: Literal["", "primary", "link", "name"] = "",
    hint: str = "",
) -> QPushButton:
    """A button with words on it."""
    # Qt leaves no room between icon and words once a style sheet is in force.
    made = QPushButton(f" {text}" if icon_name else text)
    made.setProperty("kind", kind)
    if icon_name:
        made.setIcon(icon(icon_name, "on_accent" if kind == "primary" else "accent" if kind == "link" else "text"))
    if hint:
        made.setToolTip(hint)
    made.setAccessibleName(text.replace("&", ""))
    made.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
    if done is not None:
        made.clicked.connect(lambda: done())
    return made


def tool(name: str, icon_name: str, done: Callable[[], object] | None = None, *, shortcut: str = "") -> QToolButton:
    """A button with an icon only; its name is its tooltip, and what a screen reader says."""
    made = QToolButton()
    made.setProperty("kind", "flat")
    made.setIcon(icon(icon_name))
    made.setIconSize(QSize(18, 18))
    made.setToolTip(f"{name} ({shortcut})" if shortcut else name)
    made.setAccessibleName(name)
    made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    if done is not None:
        made.clicked.connect(lambda: done())
    return made


def card(kind: Literal["card", "problem", "banner"] = "card") -> QFrame:
    """A rounded panel."""
    made = QFrame()
    made.setProperty("kind", kind)
    return made


def take_out(widget: QWidget, layout: QLayout) -> None:
    """Takes a widget out of its layout and deletes it."""
    layout.removeWidget(widget)
    widget.hide()
    widget.deleteLater()


def section(part: QWidget, title: str, inside: QLayout, *beside: QWidget) -> QVBoxLayout:
    """Lays out a part of a page: its title, what stands `beside` that, and a card. Returns the layout, to add to."""
    head = QHBoxLayout()
    head.addWidget(label(title, points=3, bold=True, wrap=False))
    head.addStretch(1)
    for widget in beside:
        head.addWidget(widget)
    frame = card()
    frame.setLayout(inside)
    layout = QVBoxLayout(part)
    layout.setContentsMargins(0, 14, 0, 0)
    layout.setSpacing(12)
    layout.addLayout(head)
    layout.addWidget(frame)
    return layout


def page_column(page: QWidget, width: int) -> QVBoxLayout:
    """Makes a page scroll, its contents in a column of at most that width, which is returned."""
    inside = QWidget()
    inside.setMaximumWidth(width)
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(14)
    whole = QWidget()
    across = QHBoxLayout(whole)
    across.setContentsMargins(28, 22, 28, 22)
    across.addWidget(inside, 1)
    across.addStretch(0)
    outer = QVBoxLayout(page)
    outer.setContentsMargins(0, 0, 0, 0)
    outer.addWidget(scrolling(whole))
    return column


def clear(layout: QLayout) -> None:
    """Takes everything out of a layout and deletes it."""
    while (item := layout.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


class FlowLayout(QLayout):
    """Equal cells in as many columns as fit, at least `least` wide; the last row keeps the width of the others."""

    def __init__(self, parent: QWidget | None = None, *, least: int, gap: int = 12, most: int = 4) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._least, self._gap, self._most = least, gap, most
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        height = max((item.minimumSize().height() for item in self._items), default=0)
        return QSize(self._least, height)

    def _place(self, rect: QRect, *, move: bool) -> int:
        columns = max(1, min(self._most, (rect.width() + self._gap) // (self._least + self._gap)))
        width = (rect.width() - self._gap * (columns - 1)) // columns
        top = rect.y()
        for start in range(0, len(self._items), columns):
            row = self._items[start : start + columns]
            height = max(
                item.heightForWidth(width) if item.hasHeightForWidth() else item.sizeHint().height() for item in row
            )
            if move:
                for place, item in enumerate(row):
                    corner = QPoint(rect.x() + place * (width + self._gap), top)
                    item.setGeometry(QRect(corner, QSize(width, height)))
            top += height + self._gap
        return max(0, top - self._gap - rect.y())


class WrappedRow(FlowLayout):
    """Items as wide as they are, one after the other; what finds no room begins another line."""

    def __init__(self, parent: QWidget | None = None, *, gap: int = 10) -> None:
        super().__init__(parent, least=0, gap=gap)

    def minimumSize(self) -> QSize:
        size = QSize(0, 0)
        for item in self._items:
            size = size.expandedTo(item.sizeHint())
        return size

    def _place(self, rect: QRect, *, move: bool) -> int:
        x, y, height = rect.x(), rect.y(), 0
        for item in self._items:
            size = item.sizeHint()
            if x > rect.x() and x + size.width() > rect.x() + rect.width():
                x, y, height = rect.x(), y + height + self._gap, 0
            if move:
                item.setGeometry(QRect(QPoint(x, y), size))
            x, height = x + size.width() + self._gap, max(height, size.height())
        return y + height - rect.y()

"""A strip above the page that says something, with a button where something can be done."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.ui.icons import pixmap
from desktop.ui.pieces import label, tool
from desktop.ui.theme import tokens

Tone = Literal["info", "warning", "danger"]
SIGNS = {"info": ("info", "accent"), "warning": ("triangle-alert", "warning"), "danger": ("circle-alert", "danger")}


class Banner(QFrame):
    """Hidden until it has something to say."""

    def __init__(self, *, closable: bool, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "banner")
        self._tone: Tone = "info"
        self._then: Callable[[], object] | None = None
        self._sign = QLabel()
        self.message = label(bold=True)
        self.hint = label()
        self.action = QPushButton()
        self.action.hide()
        self.action.clicked.connect(lambda: self._then and self._then())
        text = QVBoxLayout()
        text.setSpacing(1)
        text.addWidget(self.message)
        text.addWidget(self.hint)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(12, 9, 10, 9)
        layout.setSpacing(10)
        layout.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(text, 1)
        layout.addWidget(self.action)
        self.closing = tool(self.tr("Close this message"), "x", self.hide)
        layout.addWidget(self.closing)
        self.closing.setVisible(closable)
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    def say(
        self,
        message: str,
        hint: str = "",
        tone: Tone = "info",
        action: str = "",
        then: Callable[[], object] | None = None,
        seconds: float = 0,
    ) -> None:
        """Shows a message, for so many seconds or until something else is said."""
        self._tone, self._then = tone, then
        name, color = SIGNS[tone]
        self._sign.setPixmap(pixmap(name, tokens().color(color), 18, self.devicePixelRatioF()))
        self.message.setText(message)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.action.setText(action)
        self.action.setVisible(bool(action))
        self.setAccessibleName(f"{message} {hint}".strip())
        self._timer.stop()
        if seconds:
            self._timer.start(int(seconds * 1000))
        self.show()

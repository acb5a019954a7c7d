"""A permission that a provider gives in the browser: the button that asks for it, and how that stands."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from desktop.ui.forms.control import Control
from desktop.ui.forms.look import GAP, Words
from desktop.ui.forms.schema import FieldSpec


@runtime_checkable
class SignsIn(Protocol):
    """A window that can sign in with the answers of its form; `done` is told what stands for the permission.

    `done` is told an empty text where it did not come about; the window says why.
    """

    def sign_in(self, done: Callable[[str], None]) -> None: ...

    def cancel_sign_in(self) -> None: ...


class SignInControl(Control):
    """Its answer is a ticket for the permission; `is_kept`: an earlier permission stays unless replaced."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._ticket = ""
        self._is_kept = False
        self._waits = False
        self.button = QPushButton()
        self.button.setAccessibleDescription(spec.help)
        self.button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self.button.clicked.connect(self._act)
        self.said = Words()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.button)
        layout.addWidget(self.said, 1)
        layout.addStretch(0)
        self._show()

    def set_kept(self, is_kept: bool) -> None:
        """Says whether there is a permission already."""
        self._is_kept = is_kept
        self._show()

    def value(self) -> Any:
        return self._ticket or None

    def set_value(self, value: Any) -> None:
        self._ticket = "" if value is None else str(value)
        self._show()

    def missing_words(self) -> str:
        return self.tr("Please sign in.")

    def focus_target(self) -> QWidget:
        return self.button

    def _act(self) -> None:
        window = self.window()
        if not isinstance(window, SignsIn):
            return
        if self._waits:
            window.cancel_sign_in()
            self._waits = False
            self._show()
            return
        self._waits = True
        self._show()
        window.sign_in(self._take)

    def _take(self, ticket: str) -> None:
        self._waits = False
        if ticket:
            self._ticket = ticket
            self.changed.emit()
            self.settled.emit()
        self._show()

    def _show(self) -> None:
        there = bool(self._ticket) or self._is_kept
        if self._waits:
            self.said.say(self.tr("Waiting for your browser. Sign in there, then come back."))
            self.button.setText(self.tr("Cancel"))
        else:
            self.said.say(self.tr("Signed in.") if there else "")
            self.button.setText(self.tr("Sign in again...") if there else self.tr("Sign in..."))
        self.button.setAccessibleName(f"{self.spec.title}: {self.button.text()}")

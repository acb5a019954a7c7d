"""Answers that have to do with accounts: which one a job uses, and a secret of one."""

from collections.abc import Callable
from typing import Any, Protocol, runtime_checkable

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QToolButton, QVBoxLayout, QWidget

from desktop.ui.forms.control import Control, Offer
from desktop.ui.forms.look import GAP
from desktop.ui.forms.offered import PickControl
from desktop.ui.forms.schema import FieldSpec


@runtime_checkable
class MakesAccounts(Protocol):
    """A window that can ask for a new account; `done` is told its number and name."""

    def make_account(self, kinds: tuple[str, ...], done: Callable[[int, str], None]) -> None: ...


class AccountControl(PickControl):
    """One of the user's accounts, or a new one."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        self._made: dict[str, str] = {}
        super().__init__(spec, parent)
        self.new_button = QPushButton(self.tr("New..."))
        self.new_button.clicked.connect(self._make)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.removeWidget(self.combo)
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.combo, 1)
        line.addWidget(self.new_button)
        line.addStretch(1)
        layout.insertLayout(0, line)

    def value(self) -> Any:
        chosen = super().value()
        return int(chosen) if isinstance(chosen, str) and chosen.isdigit() else chosen

    def missing_words(self) -> str:
        return self.tr("Please choose one, or make a new one.")

    def _shown_offers(self) -> list[Offer]:
        return [Offer(one.value, self._made.get(one.value, one.label), one.note) for one in super()._shown_offers()]

    def _make(self) -> None:
        window = self.window()
        if isinstance(window, MakesAccounts):
            window.make_account(self.spec.kinds, self._take)

    def _take(self, account: int, name: str) -> None:
        self._made[str(account)] = name
        self.set_value(account)


class SecretControl(Control):
    """A password: hidden while it is typed, and never shown again. `is_kept`: an earlier one stays unless replaced."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.edit = QLineEdit()
        self.edit.setEchoMode(QLineEdit.EchoMode.Password)
        self.edit.setAccessibleName(spec.title)
        self.edit.setAccessibleDescription(spec.help)
        self.edit.setMaximumWidth(360)
        self.edit.textChanged.connect(self.changed)
        self.edit.editingFinished.connect(self.settled)
        self.show_button = QToolButton()
        self.show_button.setText(self.tr("Show"))
        self.show_button.setCheckable(True)
        self.show_button.setToolTip(self.tr("Show what is typed"))
        self.show_button.toggled.connect(self._reveal)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.edit, 1)
        layout.addWidget(self.show_button)
        layout.addStretch(1)

    def set_kept(self, is_kept: bool) -> None:
        """Says whether there is one already."""
        self.edit.setPlaceholderText(self.tr("Kept safely. Type here to replace it.") if is_kept else "")

    def value(self) -> Any:
        return self.edit.text() or None

    def set_value(self, value: Any) -> None:
        self.edit.setText("" if value is None else str(value))

    def focus_target(self) -> QWidget:
        return self.edit

    def _reveal(self, on: bool) -> None:
        self.edit.setEchoMode(QLineEdit.EchoMode.Normal if on else QLineEdit.EchoMode.Password)

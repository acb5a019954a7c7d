"""Where a password is kept on a computer without a keyring: until Deskhand ends, or in the vault."""

from collections.abc import Coroutine
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QLineEdit, QRadioButton, QVBoxLayout, QWidget

from desktop.client.accounts import AccountCalls, Place, Places
from desktop.ui.pieces import label

SHORTEST = 8


class MasterPassword(QLineEdit):
    """Asks for the master password of the vault."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaximumWidth(360)
        self.setAccessibleName(self.tr("Master password"))
        self.setPlaceholderText(self.tr("Master password"))


class Keeping(QWidget):
    """A choice between both; `place` is what was chosen. Hidden where there is a keyring, which is always best."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._places: Places | None = None
        self._why = label(tone="muted")
        self.session = QRadioButton(self.tr("Only until Deskhand ends; then ask again"))
        self.vault = QRadioButton(self.tr("In a vault, locked by a master password"))
        self.password = MasterPassword()
        self._hint = label(tone="muted", points=-1)
        group = QButtonGroup(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(label(self.tr("Where the password is kept"), bold=True))
        layout.addWidget(self._why)
        for choice in (self.session, self.vault):
            group.addButton(choice)
            layout.addWidget(choice)
        layout.addWidget(self.password)
        layout.addWidget(self._hint)
        self.vault.toggled.connect(self._show)
        self.hide()

    def show_places(self, places: Places) -> None:
        """Takes note of what there is on this computer."""
        self._places = places
        self._why.setText(self.tr("This computer has no keyring in which Deskhand could keep passwords."))
        (self.vault if places.default == "vault" else self.session).setChecked(True)
        self.setVisible(places.keyring == "none")
        self._show()

    @property
    def place(self) -> Place | None:
        """Where to keep it; None leaves it to the backend."""
        if self._places is None or self._places.keyring != "none":
            return None
        return "vault" if self.vault.isChecked() else "session"

    def wrong(self) -> str:
        """What is missing, in words; empty when nothing is."""
        if not self._needs_password:
            return ""
        if not self.password.text():
            return self.tr("Please enter the master password of the vault.")
        if self._places is not None and self._places.vault == "none" and len(self.password.text()) < SHORTEST:
            return self.tr("Use at least {n} characters for the master password.").format(n=SHORTEST)
        return ""

    def prepare(self, calls: AccountCalls) -> Coroutine[Any, Any, Places] | None:
        """Makes or opens the vault if that is called for."""
        if not self._needs_password or self._places is None:
            return None
        return calls.change_vault("make" if self._places.vault == "none" else "open", self.password.text())

    @property
    def _needs_password(self) -> bool:
        return self.place == "vault" and self._places is not None and self._places.vault != "open"

    def _show(self) -> None:
        self.password.setVisible(self._needs_password)
        new = self._needs_password and self._places is not None and self._places.vault == "none"
        self._hint.setVisible(new)
        self._hint.setText(self.tr("Choose one you can keep in mind: nobody can bring it back."))
        self.changed.emit()

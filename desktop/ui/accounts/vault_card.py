"""Where passwords are kept on this computer, and the vault where there is no keyring."""

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.client.accounts import AccountCalls, Places
from desktop.client.problems import ApiError
from desktop.ui import words
from desktop.ui.accounts.keeping import SHORTEST, MasterPassword
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.pieces import button, label


class VaultCard(QFrame):
    """Says where passwords are; makes, opens and closes the vault."""

    changed = Signal(object)

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._backend = backend
        self._places: Places | None = None
        self._words = label()
        self.password = MasterPassword()
        self.act = button("", self._act)
        self._said = label(tone="danger", points=-0.5)
        line = QHBoxLayout()
        line.addWidget(self.password, 1)
        line.addWidget(self.act)
        line.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 16)
        layout.setSpacing(8)
        layout.addWidget(label(self.tr("Where passwords are kept"), points=1, bold=True))
        layout.addWidget(self._words)
        layout.addLayout(line)
        layout.addWidget(self._said)
        self.password.returnPressed.connect(self._act)
        self._said.hide()
        self.hide()

    def show_places(self, places: Places) -> None:
        """Says how things stand."""
        self._places = places
        no_keyring = places.keyring == "none"
        used = no_keyring or places.vault != "none"
        self.password.setVisible(used and places.vault != "open")
        self.act.setVisible(used)
        self.act.setText(
            {"none": self.tr("Make a vault"), "locked": self.tr("Open"), "open": self.tr("Close the vault")}[
                places.vault
            ]
        )
        self._words.setText(self._how_it_stands(places))
        self.show()

    def _how_it_stands(self, places: Places) -> str:
        if places.keyring == "ready":
            return self.tr("In the keyring of this computer, with your other passwords.")
        if places.keyring == "locked":
            return self.tr("In the keyring of this computer. It is locked just now; unlock it with its password.")
        match places.vault:
            case "none":
                return self.tr(
                    "This computer has no keyring. Passwords are kept only until Deskhand ends, unless you make a "
                    "vault: a file that nothing but your master password opens."
                )
            case "locked":
                return self.tr("The vault is locked. Jobs that need a password of it wait until you open it.")
            case "open":
                return self.tr("The vault is open until Deskhand ends. New passwords are kept in it.")

    def _act(self) -> None:
        if self._places is None or not self.act.isVisible():
            return
        how: Literal["make", "open", "close"] = {"none": "make", "locked": "open", "open": "close"}[self._places.vault]  # type: ignore[assignment]
        password = self.password.text()
        if how == "make" and len(password) < SHORTEST:
            self._say(self.tr("Use at least {n} characters for the master password.").format(n=SHORTEST))
            self.password.setFocus()
            return
        calls = AccountCalls(self._backend.api)
        call(self, lambda: calls.change_vault(how, password), self._took, self._failed, busy=self.act)

    def _took(self, places: Places) -> None:
        self.password.clear()
        self._said.hide()
        self.show_places(places)
        self.changed.emit(places)

    def _failed(self, problem: ApiError) -> None:
        self._say(" ".join(words.problem_words(problem)).strip())

    def _say(self, text: str) -> None:
        self._said.setText(text)
        self._said.show()

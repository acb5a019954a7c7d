"""Accounts: what Deskhand may use in the user's name, and where the passwords are."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QMessageBox, QVBoxLayout, QWidget

from desktop.client.accounts import Account, AccountCalls, AccountKind, Places
from desktop.client.problems import ApiError
from desktop.state.accounts import AccountBook, essence
from desktop.ui import words
from desktop.ui.accounts.asking import ask_for_new
from desktop.ui.accounts.dialog import AccountDialog, ask_for_account
from desktop.ui.accounts.suppressed import SuppressedCard
from desktop.ui.accounts.vault_card import VaultCard
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest, call
from desktop.ui.icons import pixmap
from desktop.ui.language import spoken_accounts
from desktop.ui.pieces import button, clear, label, page_column, tool
from desktop.ui.removing import ask_to_remove
from desktop.ui.theme import tokens

WIDTH = 760


class AccountCard(QFrame):
    """One account, and what can be done with it."""

    def __init__(self, page: "AccountsPage", account: Account, kind: AccountKind) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self.account = account
        self._page = page
        self._kind = kind
        self._testing = Latest(self)
        picture = QLabel()
        picture.setPixmap(pixmap(kind.icon, tokens().color("accent"), 24, self.devicePixelRatioF()))
        self.said = label(points=-0.5)
        self.said.hide()
        self.test_button = button(page.tr("Test"), self.test, icon_name="plug")
        self.change_button = button(page.tr("Change"), lambda: page.change(account), icon_name="pencil")
        self.remove_button = tool(page.tr("Remove {name}").format(name=account.name), "trash-2", self._ask_to_remove)
        for one in (self.test_button, self.change_button):
            one.setAccessibleName(f"{one.text().strip()} {account.name}")
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(label(account.name, bold=True))
        detail = " · ".join(part for part in (kind.title, essence(kind, account.settings)) if part)
        text.addWidget(label(detail, "muted", points=-0.5))
        text.addWidget(self.said)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 14, 14, 14)
        layout.setSpacing(14)
        layout.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        layout.addLayout(text, 1)
        for widget in (self.test_button, self.change_button, self.remove_button):
            layout.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)

    def test(self) -> None:
        """Tries the account as it is kept."""
        self._say(self.tr("Testing..."), "muted")
        self.test_button.setEnabled(False)
        calls = AccountCalls(self._page.backend.api)
        self._testing.call(
            lambda: calls.test(self.account.id, self._kind.name, self.account.settings), self._works, self._fails
        )

    def _works(self, sentence: str) -> None:
        self.test_button.setEnabled(True)
        self._say(f"✓ {sentence}", "success")

    def _fails(self, problem: ApiError) -> None:
        self.test_button.setEnabled(True)
        self._say(" ".join(words.problem_words(problem)).strip(), "danger")

    def _say(self, text: str, tone: str) -> None:
        self.said.setProperty("tone", tone)
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
        self.said.setText(text)
        self.said.show()

    def _ask_to_remove(self) -> None:
        self._page.question = ask_to_remove(
            self,
            self.tr("Remove the account “{name}”?").format(name=self.account.name),
            self.tr("Its password is forgotten too. Jobs that use the account will ask for another one."),
            lambda: self._page.remove(self.account),
        )


class AccountsPage(QWidget):
    """A card each, and one about where passwords are kept."""

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.backend = backend
        self.book = AccountBook()
        self.question: QMessageBox | None = None
        self.dialog: AccountDialog | None = None
        self._looking = Latest(self)
        self.new_button = button(self.tr("New account"), self.new, icon_name="plus", kind="primary")
        self.vault_card = VaultCard(backend)
        self.suppressed_card = SuppressedCard(backend)
        self.empty = label(
            self.tr("No accounts yet. A mailing, for one, needs a mailbox to send from: make it here once."), "muted"
        )
        self._trouble = label(tone="danger")
        self._trouble.hide()
        self._cards = QVBoxLayout()
        self._cards.setSpacing(10)
        self._lay_out()
        self.vault_card.changed.connect(self._know_places)
        backend.connected.connect(self.look)
        backend.accounts_changed.connect(self.look)

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(label(self.tr("Accounts"), points=8, bold=True), 1)
        head.addWidget(self.new_button)
        column = page_column(self, WIDTH)
        column.addLayout(head)
        column.addWidget(label(self.tr("What Deskhand may use in your name. Passwords are never shown."), "muted"))
        column.addWidget(self._trouble)
        column.addWidget(self.empty)
        column.addLayout(self._cards)
        column.addWidget(self.suppressed_card)
        column.addWidget(self.vault_card)
        column.addStretch(1)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.look()

    def look(self) -> None:
        """Asks for everything anew."""
        if not self.backend.is_connected:
            return

        async def ask() -> AccountBook:
            calls = AccountCalls(self.backend.api)
            return AccountBook(spoken_accounts(await calls.kinds()), await calls.accounts(), await calls.places())

        self._looking.call(ask, self._show, self._fail)

    def _fail(self, problem: ApiError) -> None:
        self._trouble.setText(" ".join(words.problem_words(problem)).strip())
        self._trouble.show()

    def _show(self, book: AccountBook) -> None:
        known = {card_.account: card_ for card_ in self.cards()}
        self._trouble.hide()
        unchanged = list(known) == book.accounts and self.book.kinds == book.kinds
        self.book = book
        if book.places is not None:
            self.vault_card.show_places(book.places)
        self.suppressed_card.setVisible(any(kind.name == "mail" for kind in book.kinds))
        self.empty.setVisible(not book.accounts)
        if unchanged:
            return
        clear(self._cards)
        for account in book.accounts:
            kind = book.kind_of(account)
            if kind is not None:
                self._cards.addWidget(AccountCard(self, account, kind))

    def cards(self) -> list[AccountCard]:
        """The cards that are shown."""
        widgets = [item.widget() for index in range(self._cards.count()) if (item := self._cards.itemAt(index))]
        return [widget for widget in widgets if isinstance(widget, AccountCard)]

    def _know_places(self, places: Places) -> None:
        self.book.places = places

    def new(self) -> None:
        """Asks for a new account, of which kind first where there are several."""
        below = self.new_button.mapToGlobal(self.new_button.rect().bottomLeft())
        ask_for_new(self.backend, (), self.window(), lambda _number, _name: None, below)

    def change(self, account: Account) -> None:
        """Asks for other answers."""
        kind = self.book.kind_of(account)
        if kind is not None:
            self.ask(kind, account)

    def ask(self, kind: AccountKind, account: Account | None = None) -> None:
        """Opens the dialog for an account of that kind."""
        self.dialog = ask_for_account(
            self.backend, kind, self.window(), lambda _account: self.backend.accounts_changed.emit(), account
        )

    def remove(self, account: Account) -> None:
        """Takes it away."""
        call(
            self,
            lambda: AccountCalls(self.backend.api).remove(account.id),
            lambda _nothing: self.backend.accounts_changed.emit(),
            self._fail,
        )

"""Asking for a new account in the middle of something else, such as a form."""

from collections.abc import Callable

from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu, QWidget

from desktop.client.accounts import Account, AccountCalls, AccountKind
from desktop.ui.accounts.dialog import ask_for_account
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.language import spoken_accounts


def ask_for_new(
    backend: Backend,
    kinds: tuple[str, ...],
    window: QWidget,
    done: Callable[[int, str], None],
    at: QPoint | None = None,
) -> None:
    """Opens the dialog for a new account; of which kind is asked first where several will do.

    `done` is told the account's number and name once it is kept. A failure is shown by the window.
    """

    def take(account: Account) -> None:
        backend.accounts_changed.emit()
        done(account.id, account.name)

    def choose(known: list[AccountKind]) -> None:
        fitting = [kind for kind in spoken_accounts(known) if not kinds or kind.name in kinds]
        if len(fitting) == 1:
            ask_for_account(backend, fitting[0], window, take)
            return
        menu = QMenu(window)
        for kind in fitting:
            menu.addAction(kind.title, lambda kind=kind: ask_for_account(backend, kind, window, take))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at or QCursor.pos())

    call(window, lambda: AccountCalls(backend.api).kinds(), choose)

"""Signing in with a provider in the browser, for the dialog of an account."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer, QUrl
from PySide6.QtGui import QDesktopServices

from desktop.client.accounts import AccountCalls, SignIn
from desktop.client.problems import ApiError
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest, call

LOOK_EVERY = 700


class SigningIn(QObject):
    """One sign-in at a time: begins it, opens the browser, and looks until it is done."""

    def __init__(self, backend: Backend, parent: QObject, failed: Callable[[ApiError], None]) -> None:
        super().__init__(parent)
        self._backend = backend
        self._failed = failed
        self._asking = Latest(self)
        self._under_way: SignIn | None = None
        self._done: Callable[[str], None] = lambda _ticket: None
        self._timer = QTimer(self, interval=LOOK_EVERY)
        self._timer.timeout.connect(self._look)

    def begin(self, settings: dict[str, Any], account: int | None, done: Callable[[str], None]) -> None:
        """`done` is told the ticket, or an empty text after a failure, of which `failed` is told."""
        self._done = done
        calls = AccountCalls(self._backend.api)
        self._asking.call(lambda: calls.begin_sign_in(settings, account), self._open, self._give_up)

    def cancel(self) -> None:
        """Waits no longer."""
        self._asking.drop()
        self._timer.stop()
        if (under_way := self._under_way) is not None:
            self._under_way = None
            call(self._backend, lambda: AccountCalls(self._backend.api).cancel_sign_in(under_way.id))

    def _open(self, sign_in: SignIn) -> None:
        self._under_way = sign_in
        QDesktopServices.openUrl(QUrl(sign_in.url))
        self._timer.start()

    def _look(self) -> None:
        if (under_way := self._under_way) is not None and not self._asking.busy:
            calls = AccountCalls(self._backend.api)
            self._asking.call(lambda: calls.look_at_sign_in(under_way.id), self._take, self._give_up)

    def _take(self, sign_in: SignIn) -> None:
        if sign_in.state == "waiting":
            return
        self._end()
        if sign_in.problem is not None:
            self._give_up(sign_in.problem)
        else:
            self._done(sign_in.ticket)

    def _give_up(self, problem: ApiError) -> None:
        self._end()
        self._done("")
        self._failed(problem)

    def _end(self) -> None:
        self._timer.stop()
        self._under_way = None

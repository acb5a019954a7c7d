"""Asking for an account: its settings as a form, a test, and where its password is kept."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.client.accounts import Account, AccountCalls, AccountKind, Places
from desktop.client.problems import ApiError
from desktop.ui import words
from desktop.ui.accounts.keeping import Keeping
from desktop.ui.accounts.signing_in import SigningIn
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest, call
from desktop.ui.forms.accounts import SecretControl
from desktop.ui.forms.combo import QuietCombo
from desktop.ui.forms.form import JobForm
from desktop.ui.forms.notices import Notice, Spinner
from desktop.ui.forms.schema import read_fields
from desktop.ui.forms.sign_in import SignInControl
from desktop.ui.pieces import button, label, scrolling

WIDTH: Final = 640
HEIGHT: Final = 720


class AccountDialog(QDialog):
    """One account, new or known. `saved` carries it once the backend has it."""

    saved = Signal(object)

    def __init__(self, backend: Backend, kind: AccountKind, account: Account | None, parent: QWidget) -> None:
        super().__init__(parent)
        self._backend = backend
        self._kind = kind
        self._account = account
        self._testing = Latest(self)
        self._signing_in = SigningIn(backend, self, self._tell)
        self.finished.connect(lambda: self._signing_in.cancel())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        title = self.tr("Change: {kind}") if account else self.tr("New: {kind}")
        self.setWindowTitle(title.format(kind=kind.title))
        self.name_edit = QLineEdit(account.name if account else "")
        self.name_edit.setMaximumWidth(360)
        self.name_edit.setAccessibleName(self.tr("What you call it"))
        self.name_edit.setPlaceholderText(kind.title)
        self.provider = QuietCombo()
        self.provider_note = label(tone="muted", points=-1)
        self.form = JobForm(read_fields(kind.schema))
        self.keeping = Keeping()
        self.trouble = Notice("danger")
        self.said = label(tone="success")
        self.said.setAccessibleName(self.tr("Result of the test"))
        self.spinner = Spinner()
        self.test_button = button(self.tr("Test"), self.test, icon_name="plug")
        self.save_button = button(self.tr("Save"), self.save, kind="primary")
        self.cancel_button = button(self.tr("Cancel"), self.reject)
        self._lay_out()
        if account is not None:
            self.form.set_values(account.settings)
            for name in account.secrets:
                control = self.form.book.frames[name].control if name in self.form.book.frames else None
                if isinstance(control, SecretControl | SignInControl):
                    control.set_kept(True)
        self.form.changed.connect(self._forget_test)
        self._forget_test()
        call(self, lambda: AccountCalls(backend.api).places(), self._know_places, self._tell)
        QTimer.singleShot(0, self.name_edit, self.name_edit.setFocus)

    def _lay_out(self) -> None:
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(24, 20, 24, 12)
        column.setSpacing(12)
        column.addWidget(self.trouble)
        column.addWidget(label(self.tr("What you call it"), bold=True))
        column.addWidget(self.name_edit)
        if self._kind.presets:
            self._fill_providers()
            column.addWidget(label(self.tr("Provider"), bold=True))
            column.addWidget(self.provider)
            column.addWidget(self.provider_note)
        column.addWidget(self.form)
        column.addWidget(self.keeping)
        column.addStretch(1)
        self.area = scrolling(inside)
        feet = QHBoxLayout()
        feet.setContentsMargins(24, 10, 24, 16)
        feet.setSpacing(8)
        feet.addWidget(self.test_button)
        feet.addWidget(self.spinner)
        feet.addWidget(self.said, 1)
        feet.addStretch(0)
        feet.addWidget(self.cancel_button)
        feet.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.area, 1)
        layout.addLayout(feet)
        self.spinner.hide()
        self.save_button.setDefault(True)
        for quiet in (self.test_button, self.cancel_button):
            quiet.setAutoDefault(False)
        room = self.screen().availableSize()
        self.resize(min(WIDTH, room.width() - 40), min(HEIGHT, room.height() - 80))

    def _fill_providers(self) -> None:
        self.provider.setAccessibleName(self.tr("Provider"))
        self.provider.setMaximumWidth(360)
        self.provider.setPlaceholderText(self.tr("Choose, or fill in below"))
        for preset in self._kind.presets:
            self.provider.addItem(preset.title)
        self.provider.setCurrentIndex(-1)
        self.provider.activated.connect(self._take_preset)
        self.provider_note.hide()

    def _take_preset(self, index: int) -> None:
        preset = self._kind.presets[index]
        self.provider_note.setText(preset.note)
        self.provider_note.setVisible(bool(preset.note))
        folded = not self.form.more_button.isChecked()
        self.form.set_values({**self.form.values(), **preset.settings})
        self.form.more_button.setChecked(not folded)

    def _know_places(self, places: Places) -> None:
        asks_for_secret = any(spec.kind in ("secret", "sign-in") for spec in self.form.specs)
        if asks_for_secret:
            self.keeping.show_places(places)

    def _forget_test(self) -> None:
        self._testing.drop()
        self.spinner.hide()
        self.test_button.setEnabled(True)
        self.said.clear()

    def _answered(self) -> bool:
        """Whether all that can be checked here is in order; says what is not."""
        self.trouble.say("")
        self.form.clear_problems()
        problems = self.form.problems()
        if problems:
            self._point_at({problem.path: problem.sentence for problem in problems})
        return not problems

    def _point_at(self, fields: dict[str, str]) -> dict[str, str]:
        first, leftover = self.form.show_problems(fields)
        if first is not None:
            first.setFocus()
            QTimer.singleShot(0, first, partial(self.area.ensureWidgetVisible, first, 50, 90))
        return leftover

    def test(self) -> None:
        """Tries the settings as they stand."""
        if not self._answered():
            return
        self.said.clear()
        self.spinner.show()
        self.test_button.setEnabled(False)
        number = self._account.id if self._account else None
        settings = self.form.values()

        def works(sentence: str) -> None:
            self._forget_test()
            self.said.setText(sentence)

        def fails(problem: ApiError) -> None:
            self._forget_test()
            self._tell(problem)

        self._testing.call(
            lambda: AccountCalls(self._backend.api).test(number, self._kind.name, settings), works, fails
        )

    def sign_in(self, done: Callable[[str], None]) -> None:
        """Signs in with the provider as the form stands; `done` is told what stands for the permission."""
        if not self._answered():
            done("")
            return
        self._signing_in.begin(self.form.values(), self._account.id if self._account else None, done)

    def cancel_sign_in(self) -> None:
        """Waits for the browser no longer."""
        self._signing_in.cancel()

    def save(self) -> None:
        """Lets the backend keep the account, then closes."""
        if not self._answered():
            return
        if wrong := self.keeping.wrong():
            self.trouble.say(wrong)
            self.keeping.password.setFocus()
            return
        settings = self.form.values()

        async def keep() -> Account:
            calls = AccountCalls(self._backend.api)
            if (preparing := self.keeping.prepare(calls)) is not None:
                await preparing
            number = self._account.id if self._account else None
            return await calls.save(
                number, self._kind.name, self.name_edit.text().strip(), settings, self.keeping.place
            )

        def done(account: Account) -> None:
            self.saved.emit(account)
            self.accept()

        call(self, keep, done, self._tell, busy=self.save_button)

    def _tell(self, problem: ApiError) -> None:
        message, hint = words.problem_words(problem)
        leftover = self._point_at(problem.fields) if problem.fields else {}
        self.trouble.say(message, " ".join([hint, *leftover.values()]).strip())
        self.area.ensureWidgetVisible(self.trouble)


def ask_for_account(
    backend: Backend, kind: AccountKind, parent: QWidget, done: Callable[[Account], Any], account: Account | None = None
) -> AccountDialog:
    """Opens the dialog; `done` is told the account once it is kept."""
    dialog = AccountDialog(backend, kind, account, parent)
    dialog.saved.connect(done)
    dialog.open()
    return dialog

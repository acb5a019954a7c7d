"""Signing in with a provider, from the form of an account: the button, the wait, and what stands for the permission."""

from collections.abc import Callable, Generator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.ui.forms.kinds import control_for
from desktop.ui.forms.schema import FieldSpec, read_fields
from desktop.ui.forms.sign_in import SignInControl

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Dialog(QWidget):
    """A window that can sign in."""

    def __init__(self) -> None:
        super().__init__()
        self.done: Callable[[str], None] | None = None
        self.cancelled = 0

    def sign_in(self, done: Callable[[str], None]) -> None:
        self.done = done

    def cancel_sign_in(self) -> None:
        self.cancelled += 1


def spec() -> FieldSpec:
    field = {"title": "Permission", "type": "string", "x-kind": "sign-in", "x-section": "what"}
    return read_fields({"type": "object", "properties": {"refresh_token": field}})[0]


@pytest.fixture
def dialog(qapp: object) -> Generator[Dialog]:
    made = Dialog()
    yield made
    made.close()


@pytest.fixture
def control(dialog: Dialog) -> SignInControl:
    made = control_for(spec(), dialog, False)
    assert isinstance(made, SignInControl)
    QVBoxLayout(dialog).addWidget(made)
    dialog.show()
    return made


def press(control: SignInControl) -> None:
    QTest.mouseClick(control.button, Qt.MouseButton.LeftButton)


def test_a_permission_is_waited_for_and_its_ticket_is_the_answer(control: SignInControl, dialog: Dialog) -> None:
    changes: list[bool] = []
    control.changed.connect(lambda: changes.append(True))
    assert (control.button.text(), control.value()) == ("Sign in...", None)
    press(control)
    assert control.button.text() == "Cancel"
    assert control.said.text().startswith("Waiting for your browser.")
    assert dialog.done is not None
    dialog.done("ticket")
    assert (control.value(), control.said.text(), control.button.text()) == ("ticket", "Signed in.", "Sign in again...")
    assert changes == [True]


def test_a_wait_can_be_cancelled_and_a_failure_leaves_the_button(control: SignInControl, dialog: Dialog) -> None:
    press(control)
    press(control)
    assert (dialog.cancelled, control.button.text(), control.value()) == (1, "Sign in...", None)
    press(control)
    assert dialog.done is not None
    dialog.done("")
    assert (control.button.text(), control.value()) == ("Sign in...", None)


def test_an_earlier_permission_stays_unless_another_takes_its_place(control: SignInControl) -> None:
    control.set_kept(True)
    assert (control.said.text(), control.button.text(), control.value()) == ("Signed in.", "Sign in again...", None)

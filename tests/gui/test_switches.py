"""The switch for jobs that are off at first: in Settings, and what it does to Home and to the form."""

from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from backend.core.errors import ConflictError
from backend.jobtypes.run_program import JOB_TYPE
from desktop.ui.forms.switches import Segment, Switch
from desktop.ui.forms.ticks import TickBox
from desktop.ui.settings_page import SettingsPage
from desktop.ui.switches_card import SwitchesCard
from tests.gui.conftest import Stage
from tests.helpers.fake_asker import FakeAsker
from tests.helpers.form_driving import frame, on_loop, open_page, until

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
KIND = "run-program"


def card(stage: Stage) -> SwitchesCard:
    """The card, once it knows how the switches stand."""
    stage.window.go("settings")
    page = stage.window.page("settings")
    assert isinstance(page, SettingsPage)
    stage.until(lambda: page.switches.switches)
    return page.switches


def offered(stage: Stage) -> bool:
    """Whether the window offers it."""
    return KIND in [kind.name for kind in stage.window.backend.job_types]


def test_a_kind_is_offered_from_the_moment_it_is_switched_on(joined: Stage) -> None:
    assert not offered(joined)
    shown = card(joined)
    switch = shown.switches[KIND]
    assert not switch.isChecked()
    assert "anything" in switch.accessibleDescription()
    switch.click()
    joined.until(lambda: offered(joined))
    assert joined.fake.switches[KIND]
    switch.click()
    joined.until(lambda: not offered(joined))
    assert not joined.fake.switches[KIND]


def test_a_switch_that_is_refused_goes_back_and_says_why(joined: Stage) -> None:
    shown = card(joined)
    joined.fake.refusal = ConflictError("x", "This cannot be changed just now.", "Try later.")
    shown.switches[KIND].click()
    joined.until(lambda: "cannot be changed just now. Try later." in shown.said.text())
    joined.fake.refusal = None
    shown.look()
    joined.until(lambda: not shown.switches[KIND].isChecked())


@pytest.mark.parametrize("kind", [Switch, TickBox, Segment])
def test_a_painted_button_is_pressed_wherever_it_is_touched(kind: type[QAbstractButton], qtbot: QtBot) -> None:
    button = kind()
    qtbot.addWidget(button)
    button.setText("Words")
    button.setCheckable(True)
    button.resize(button.sizeHint().width() + 200, 40)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(button.width() - 5, 35))
    assert button.isChecked()
    assert button.minimumSizeHint() == button.sizeHint()


def test_the_form_of_a_program_sends_one_argument_for_each_line(qtbot: QtBot) -> None:
    asker = FakeAsker()

    async def story() -> None:
        schema: dict[str, Any] = JOB_TYPE.params.model_json_schema()
        kind = {"name": KIND, "title": "Run", "params_schema": schema, "can_rehearse": True}
        page = open_page(qtbot, asker, kind)
        frame(page, "program").control.set_value("/usr/bin/python3")
        frame(page, "arguments").control.set_value(["-c", "print('a  b')"])
        await until(lambda: bool(asker.rehearsals))
        sent = JOB_TYPE.params.model_validate(asker.rehearsals[-1])
        assert (sent.program, sent.arguments, sent.keep) == ("/usr/bin/python3", ["-c", "print('a  b')"], False)
        assert not page.form or not page.form.book.is_shown("into")
        frame(page, "keep").control.set_value(True)
        assert page.form is not None
        assert page.form.book.is_shown("into")

    on_loop(story())

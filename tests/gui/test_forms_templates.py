"""Text with placeholders: the columns of the list are put in from a menu."""

import pytest
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QMenu
from pytestqt.qtbot import QtBot

from desktop.ui.forms.control import Offer, OfferState
from desktop.ui.forms.templates import TemplateLineControl, TemplateTextControl
from tests.helpers.form_driving import control

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

COLUMNS = OfferState("ready", "", (Offer("first_name", "First Name"), Offer("r_d", "R & D")))


def pick(menu: QMenu, label: str) -> None:
    """Chooses an entry of a menu."""
    (action,) = [action for action in menu.actions() if action.text() == label]
    action.trigger()


def test_columns_are_offered_by_their_own_names_and_put_in_at_the_cursor(qtbot: QtBot) -> None:
    line = control("template", TemplateLineControl)
    qtbot.addWidget(line)
    line.set_value("Dear , hello")
    line.edit.setCursorPosition(5)
    line.show_offers(COLUMNS)
    pick(line.placeholders.choices, "First Name")
    pick(line.placeholders.choices, "R && D")
    assert line.value() == "Dear {{ first_name }}{{ r_d }}, hello"


def test_a_condition_is_put_around_what_is_selected(qtbot: QtBot) -> None:
    text = control("templates", TemplateTextControl)
    qtbot.addWidget(text)
    text.set_value("Dear\nAnna, hello")
    cursor = text.edit.textCursor()
    cursor.setPosition(5)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    text.edit.setTextCursor(cursor)
    text.show_offers(COLUMNS)
    pick(text.placeholders.conditions, "First Name")
    assert text.value() == "Dear\n{% if first_name %}Anna, hello{% endif %}"


def test_an_empty_condition_leaves_the_cursor_inside(qtbot: QtBot) -> None:
    line = control("template", TemplateLineControl)
    qtbot.addWidget(line)
    line.show_offers(COLUMNS)
    pick(line.placeholders.conditions, "First Name")
    line.edit.insert("Dear")
    assert line.value() == "{% if first_name %}Dear{% endif %}"


def test_the_button_says_what_is_needed_first_and_why_nothing_is_offered(qtbot: QtBot) -> None:
    line = control("template", TemplateLineControl)
    qtbot.addWidget(line)
    line.show_offers(OfferState("hint", "First fill in: List"))
    assert not line.placeholders.isEnabled()
    assert line.placeholders.toolTip() == "First fill in: List"
    line.show_offers(OfferState("failed", "The list cannot be read."))
    assert line.said() == "The list cannot be read."
    line.show_offers(COLUMNS)
    assert line.placeholders.isEnabled()
    assert line.said() == ""

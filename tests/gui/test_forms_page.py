"""The page *New job*: the form and its start, with an asker that answers from memory."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.forms.rows import RowsControl
from desktop.ui.forms.taborder import reading_order
from tests.helpers.fake_asker import FakeAsker, Refusal, report_asker
from tests.helpers.form_driving import frame, on_loop, open_page, said, type_into, until
from tests.helpers.sample_schemas import EVERY_KIND, REPORT, REPORT_ANSWERS, SMALL

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_start_sends_exactly_what_stands_in_the_form(qtbot: QtBot) -> None:
    asker = FakeAsker()
    started: list[dict[str, Any]] = []

    async def story() -> None:
        shown = open_page(qtbot, asker, SMALL)
        shown.started.connect(started.append)
        type_into(shown, "who", "  Anna ")
        type_into(shown, "many", "5")
        shown.footer.name.setText("My job")
        shown.footer.priority.setCurrentIndex(shown.footer.priority.findData("high"))
        shown.footer.start_button.click()
        assert not shown.footer.start_button.isEnabled()
        assert not shown.footer.cancel_button.isEnabled()
        await until(lambda: started)
        assert shown.footer.start_button.isEnabled()

    on_loop(story())
    params = {"who": "Anna", "many": 5, "way": "post", "note": ""}
    assert asker.starts == [("small", params, "My job", "high")]
    assert started == [{"id": 1, "kind": "small", "name": "My job", "state": "waiting"}]


def test_defaults_of_every_kind_are_sent_as_they_came(qtbot: QtBot) -> None:
    asker = FakeAsker()

    async def story() -> None:
        shown = open_page(qtbot, asker, EVERY_KIND, {"line": "a line"})
        shown.footer.start_button.click()
        await until(lambda: asker.starts)

    on_loop(story())
    assert asker.starts[0][1] == {
        "line": "a line",
        "lines": "",
        "template": "",
        "templates": "",
        "rich": "",
        "signed_in": None,
        "pasted": "",
        "patterns": [],
        "whole": 3,
        "decimal": None,
        "on": True,
        "one": "b",
        "one_of_many": "e",
        "maybe_one": None,
        "some": ["a"],
        "source": None,
        "pick": None,
        "column": "",
        "columns": [],
        "day": None,
        "files": [],
        "folder": "",
        "target": "",
        "items": [],
        "tree": [],
        "account": None,
        "secret": None,
        "odd": "",
        "extra": "x",
    }


def test_answers_given_earlier_are_shown_and_sent_again(qtbot: QtBot) -> None:
    asker = report_asker()
    answers = {
        **REPORT_ANSWERS,
        "sheet": "Notes",
        "columns": ["Revenue", "Date"],
        "filters": [{"column": "Region", "test": "is_not", "value": "East"}, {"column": "Shop", "test": "empty"}],
        "group_by": [],
        "totals": [{"column": "Revenue", "how": "mean"}],
        "sort": "Date",
        "descending": True,
        "chart": "pie",
        "chart_column": "Revenue",
        "title": "Sales",
        "formats": ["csv"],
        "row_limit": 1000,
        "since": "2026-01-31",
        "note": "two\nlines",
    }

    async def story() -> None:
        shown = open_page(qtbot, asker, REPORT, answers)
        assert shown.form is not None
        await until(lambda: "chart_column" in [name for name, _ in asker.asked])
        await until(lambda: len(asker.rehearsals) >= 1)
        assert shown.form.more_button.isChecked()
        shown.footer.start_button.click()
        await until(lambda: asker.starts)

    on_loop(story())
    assert asker.starts[0][1] == answers


def test_a_field_appears_with_the_answer_that_calls_for_it(qtbot: QtBot) -> None:
    async def story() -> None:
        shown = open_page(qtbot, FakeAsker(), SMALL, {"who": "Anna"})
        assert shown.form is not None
        await until(frame(shown, "way").isVisible)
        assert not frame(shown, "address").isVisible()
        frame(shown, "way").control.set_value("mail")
        assert frame(shown, "address").isVisible()
        type_into(shown, "address", "a@b.example")
        assert shown.form.values()["address"] == "a@b.example"
        frame(shown, "way").control.set_value("post")
        assert "address" not in shown.form.values()

    on_loop(story())


def test_what_is_missing_is_marked_at_start_and_nothing_is_sent(qtbot: QtBot) -> None:
    asker = FakeAsker()

    async def story() -> None:
        shown = open_page(qtbot, asker, SMALL)
        type_into(shown, "many", "12")
        shown.footer.start_button.click()
        assert said(frame(shown, "who")) == "Please fill this in."
        assert said(frame(shown, "many")) == "Must be at most 9."
        assert frame(shown, "many").control.focus_target().accessibleDescription() == "Must be at most 9."
        await until(lambda: QApplication.focusWidget() is frame(shown, "who").control.focus_target())
        type_into(shown, "who", "Anna")
        assert said(frame(shown, "who")) == ""

    on_loop(story())
    assert asker.starts == []


def test_a_mistake_in_the_folded_options_unfolds_them(qtbot: QtBot) -> None:
    async def story() -> None:
        shown = open_page(qtbot, FakeAsker(), SMALL, {"who": "Anna"})
        assert shown.form is not None
        await until(frame(shown, "way").isVisible)
        assert not frame(shown, "note").isVisible()
        type_into(shown, "note", "far too long")
        shown.footer.start_button.click()
        assert frame(shown, "note").isVisible()
        assert said(frame(shown, "note")) == "Too long: 12 characters, at most 5 are allowed."

    on_loop(story())


def test_messages_of_the_backend_land_at_their_fields_even_in_rows(qtbot: QtBot) -> None:
    asker = report_asker()
    asker.refuse_start = Refusal(
        "Some answers do not fit.", "", {"filters.1.column": "No such column.", "folder": "This folder is gone."}
    )

    async def story() -> None:
        filters = [{"column": "Region", "test": "empty"}, {"column": "Shop", "test": "empty"}]
        shown = open_page(qtbot, asker, REPORT, {**REPORT_ANSWERS, "filters": filters})
        shown.footer.start_button.click()
        await until(lambda: said(frame(shown, "folder")))
        assert said(frame(shown, "folder")) == "This folder is gone."
        assert said(frame(shown, "filters", 1, "column")) == "No such column."
        assert said(frame(shown, "filters", 0, "column")) == ""
        assert not shown.card.isVisible()
        first = frame(shown, "filters", 1, "column").control.focus_target()
        await until(lambda: QApplication.focusWidget() is first)

    on_loop(story())


def test_what_has_no_field_stands_on_a_card_with_its_hint(qtbot: QtBot) -> None:
    asker = FakeAsker()
    asker.refuse_start = Refusal("The disk is full.", "Free some space.", {"elsewhere": "Nothing there."})

    async def story() -> None:
        shown = open_page(qtbot, asker, SMALL, {"who": "Anna"})
        shown.footer.start_button.click()
        await until(shown.card.isVisible)
        assert shown.card.message.text() == "The disk is full."
        assert shown.card.hint.text() == "Free some space. Nothing there."
        asker.refuse_start = None
        shown.footer.start_button.click()
        assert not shown.card.isVisible()
        await until(lambda: len(asker.starts) == 2)

    on_loop(story())


def test_a_failure_nobody_foresaw_is_logged_and_apologised_for(qtbot: QtBot, caplog: pytest.LogCaptureFixture) -> None:
    asker = FakeAsker()
    asker.refuse_start = ZeroDivisionError("oops")

    async def story() -> None:
        shown = open_page(qtbot, asker, SMALL, {"who": "Anna"})
        shown.footer.start_button.click()
        await until(shown.card.isVisible)
        assert shown.card.message.text() == "Something went wrong inside the app."

    on_loop(story())
    assert "ZeroDivisionError" in caplog.text


def test_focus_starts_in_the_first_field_and_tab_follows_the_reading_order(qtbot: QtBot) -> None:
    async def story() -> None:
        shown = open_page(
            qtbot, report_asker(), REPORT, {**REPORT_ANSWERS, "filters": [{"column": "Region", "test": "empty"}]}
        )
        first = frame(shown, "source").control.focus_target()
        await until(lambda: QApplication.focusWidget() is first)
        control = frame(shown, "filters").control
        assert isinstance(control, RowsControl)
        control.add_button.click()
        added = frame(shown, "filters", 1, "column").control.focus_target()
        await until(lambda: QApplication.focusWidget() is added)
        expected = [stop for stop in reading_order(shown) if stop.isVisible() and stop.isEnabled()]
        first.setFocus()
        walked: list[QWidget | None] = []
        while len(walked) < len(expected):
            walked.append(QApplication.focusWidget())
            focus = QApplication.focusWidget()
            assert focus is not None
            qtbot.keyClick(focus, Qt.Key.Key_Tab)
        skipped = [stop for stop in expected if stop not in walked and stop.accessibleName().find(":") < 0]
        assert [stop.accessibleName() for stop in skipped] == []
        order = [expected.index(stop) for stop in walked if stop in expected]
        wrap = order.index(max(order)) + 1
        assert order[:wrap] == sorted(order[:wrap])

    on_loop(story())


def test_cancel_asks_only_when_something_would_be_lost(qtbot: QtBot) -> None:
    cancelled: list[bool] = []

    async def story() -> None:
        shown = open_page(qtbot, FakeAsker(), SMALL, {"who": "Anna"})
        shown.cancelled.connect(lambda: cancelled.append(True))
        shown.footer.cancel_button.click()
        assert cancelled == [True]
        type_into(shown, "who", "Bela")
        shown.footer.cancel_button.click()
        assert cancelled == [True]
        assert shown.question is not None
        leave = next(button for button in shown.question.buttons() if button.text() == "Leave")
        leave.click()
        assert cancelled == [True, True]

    on_loop(story())

"""The page *New job*: form, rehearsal, choices and start together, with an asker that answers from memory."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from desktop.ui.forms import offers, page
from desktop.ui.forms.columns import ColumnsControl
from desktop.ui.forms.offered import PickControl
from desktop.ui.forms.page import NewJobPage
from desktop.ui.forms.pictures import PictureButton
from desktop.ui.forms.rows import RowsControl
from desktop.ui.forms.tables import PreviewTable
from desktop.ui.forms.taborder import reading_order
from desktop.ui.forms.texts import NumberControl, TextControl
from tests.helpers.fake_asker import FakeAsker, Refusal, report_asker
from tests.helpers.form_driving import frame, on_loop, said, until
from tests.helpers.sample_schemas import EVERY_KIND, REPORT, field, job_type, text

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

SMALL = job_type(
    "small",
    "Small",
    {
        "type": "object",
        "required": ["who"],
        "properties": {
            "who": {**text(), **field("text", "Who")},
            "many": {"type": "integer", "default": 2, "minimum": 1, "maximum": 9, **field("number", "How many")},
            "way": {**text(enum=["post", "mail"], default="post"), **field("choice", "Way")},
            "address": {**text(default=""), **field("text", "Address", x_when={"way": ["mail"]})},
            "note": {**text(default="", maxLength=5), **field("text", "Note", "", "options")},
        },
    },
    summary="For tests.",
)
ANSWERS = {"source": "/data/sales.xlsx", "folder": "/data/out"}


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "REHEARSAL_DELAY_MS", 20)
    monkeypatch.setattr(offers, "DELAY_MS", 10)


@pytest.fixture
def opened(qtbot: QtBot) -> Callable[..., NewJobPage]:
    """Opens a page with an asker, a job type and answers."""

    def open_page(asker: FakeAsker, kind: dict[str, Any], answers: dict[str, Any] | None = None) -> NewJobPage:
        made = NewJobPage(asker)
        qtbot.addWidget(made)
        made.resize(1100, 800)
        made.show()
        made.open_form(kind, answers)
        return made

    return open_page


Open = Callable[..., NewJobPage]


def _type(shown: NewJobPage, name: str, words: str) -> None:
    control = frame(shown, name).control
    assert isinstance(control, TextControl | NumberControl)
    control.edit.setText(words)


def test_start_sends_exactly_what_stands_in_the_form(opened: Open, qtbot: QtBot) -> None:
    asker = FakeAsker()
    started: list[dict[str, Any]] = []

    async def story() -> None:
        shown = opened(asker, SMALL)
        shown.started.connect(started.append)
        _type(shown, "who", "  Anna ")
        _type(shown, "many", "5")
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


def test_defaults_of_every_kind_are_sent_as_they_came(opened: Open) -> None:
    asker = FakeAsker()

    async def story() -> None:
        shown = opened(asker, EVERY_KIND, {"line": "a line"})
        shown.footer.start_button.click()
        await until(lambda: asker.starts)

    on_loop(story())
    assert asker.starts[0][1] == {
        "line": "a line",
        "lines": "",
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
        "odd": "",
        "extra": "x",
    }


def test_answers_given_earlier_are_shown_and_sent_again(opened: Open) -> None:
    asker = report_asker()
    answers = {
        **ANSWERS,
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
        shown = opened(asker, REPORT, answers)
        assert shown.form is not None
        await until(lambda: "chart_column" in [name for name, _ in asker.asked])
        await until(lambda: len(asker.rehearsals) >= 1)
        assert shown.form.more_button.isChecked()
        shown.footer.start_button.click()
        await until(lambda: asker.starts)

    on_loop(story())
    assert asker.starts[0][1] == answers


def test_a_field_appears_with_the_answer_that_calls_for_it(opened: Open) -> None:
    async def story() -> None:
        shown = opened(FakeAsker(), SMALL, {"who": "Anna"})
        assert shown.form is not None
        await until(frame(shown, "way").isVisible)
        assert not frame(shown, "address").isVisible()
        frame(shown, "way").control.set_value("mail")
        assert frame(shown, "address").isVisible()
        _type(shown, "address", "a@b.example")
        assert shown.form.values()["address"] == "a@b.example"
        frame(shown, "way").control.set_value("post")
        assert "address" not in shown.form.values()

    on_loop(story())


def test_what_is_missing_is_marked_at_start_and_nothing_is_sent(opened: Open) -> None:
    asker = FakeAsker()

    async def story() -> None:
        shown = opened(asker, SMALL)
        _type(shown, "many", "12")
        shown.footer.start_button.click()
        assert said(frame(shown, "who")) == "Please fill this in."
        assert said(frame(shown, "many")) == "Must be at most 9."
        assert frame(shown, "many").control.focus_target().accessibleDescription() == "Must be at most 9."
        await until(lambda: QApplication.focusWidget() is frame(shown, "who").control.focus_target())
        _type(shown, "who", "Anna")
        assert said(frame(shown, "who")) == ""

    on_loop(story())
    assert asker.starts == []


def test_a_mistake_in_the_folded_options_unfolds_them(opened: Open) -> None:
    async def story() -> None:
        shown = opened(FakeAsker(), SMALL, {"who": "Anna"})
        assert shown.form is not None
        await until(frame(shown, "way").isVisible)
        assert not frame(shown, "note").isVisible()
        _type(shown, "note", "far too long")
        shown.footer.start_button.click()
        assert frame(shown, "note").isVisible()
        assert said(frame(shown, "note")) == "Too long: 12 characters, at most 5 are allowed."

    on_loop(story())


def test_messages_of_the_backend_land_at_their_fields_even_in_rows(opened: Open) -> None:
    asker = report_asker()
    asker.refuse_start = Refusal(
        "Some answers do not fit.", "", {"filters.1.column": "No such column.", "folder": "This folder is gone."}
    )

    async def story() -> None:
        filters = [{"column": "Region", "test": "empty"}, {"column": "Shop", "test": "empty"}]
        shown = opened(asker, REPORT, {**ANSWERS, "filters": filters})
        shown.footer.start_button.click()
        await until(lambda: said(frame(shown, "folder")))
        assert said(frame(shown, "folder")) == "This folder is gone."
        assert said(frame(shown, "filters", 1, "column")) == "No such column."
        assert said(frame(shown, "filters", 0, "column")) == ""
        assert not shown.card.isVisible()
        first = frame(shown, "filters", 1, "column").control.focus_target()
        await until(lambda: QApplication.focusWidget() is first)

    on_loop(story())


def test_what_has_no_field_stands_on_a_card_with_its_hint(opened: Open) -> None:
    asker = FakeAsker()
    asker.refuse_start = Refusal("The disk is full.", "Free some space.", {"elsewhere": "Nothing there."})

    async def story() -> None:
        shown = opened(asker, SMALL, {"who": "Anna"})
        shown.footer.start_button.click()
        await until(shown.card.isVisible)
        assert shown.card.message.text() == "The disk is full."
        assert shown.card.hint.text() == "Free some space. Nothing there."
        asker.refuse_start = None
        shown.footer.start_button.click()
        assert not shown.card.isVisible()
        await until(lambda: len(asker.starts) == 2)

    on_loop(story())


def test_a_failure_nobody_foresaw_is_logged_and_apologised_for(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    asker = FakeAsker()
    asker.refuse_start = ZeroDivisionError("oops")

    async def story() -> None:
        shown = opened(asker, SMALL, {"who": "Anna"})
        shown.footer.start_button.click()
        await until(shown.card.isVisible)
        assert shown.card.message.text() == "Something went wrong inside the app."

    on_loop(story())
    assert "ZeroDivisionError" in caplog.text


def test_the_panel_names_what_is_missing_and_rehearses_once_it_is_there(opened: Open) -> None:
    asker = FakeAsker(rehearsal={"headline": "Writes to {who}"})

    async def story() -> None:
        shown = opened(asker, SMALL)
        await until(lambda: "Who" in shown.panel.words.text())
        assert shown.panel.words.text().startswith("To see what would happen, fill in:")
        assert asker.rehearsals == []
        _type(shown, "who", "Anna")
        await until(lambda: shown.panel.brief.text() == "Writes to Anna")
        assert not shown.panel.words.isVisible()
        assert not shown.panel.spinner.isVisible()

    on_loop(story())


def test_an_outdated_rehearsal_is_never_shown(opened: Open) -> None:
    asker = FakeAsker(rehearsal={"headline": "Writes to {who}"})

    async def story() -> None:
        asker.gates = {1: asyncio.Event(), 2: asyncio.Event()}
        shown = opened(asker, SMALL, {"who": "Anna"})
        headlines: list[str] = []
        await until(lambda: len(asker.rehearsals) == 1)
        assert shown.panel.spinner.isVisible()
        _type(shown, "who", "Bela")
        await until(lambda: len(asker.rehearsals) == 2)
        asker.gates[2].set()
        await until(lambda: shown.panel.brief.text() == "Writes to Bela")
        asker.gates[1].set()
        for _ in range(20):
            await asyncio.sleep(0)
            headlines.append(shown.panel.brief.text())
        assert set(headlines) == {"Writes to Bela"}

    on_loop(story())


def test_a_change_while_rehearsing_drops_the_answer_on_its_way(opened: Open) -> None:
    asker = FakeAsker(rehearsal={"headline": "Writes to {who}"})

    async def story() -> None:
        asker.gates = {1: asyncio.Event()}
        shown = opened(asker, SMALL, {"who": "Anna"})
        await until(lambda: len(asker.rehearsals) == 1)
        briefs: list[str] = []

        def asks_again() -> bool:
            briefs.append(shown.panel.brief.text())
            return "Who" in shown.panel.words.text()

        _type(shown, "who", "")
        asker.gates[1].set()
        await until(asks_again)
        assert "Writes to Anna" not in briefs

    on_loop(story())


def test_a_rehearsal_shows_facts_warnings_tables_and_pictures(opened: Open) -> None:
    asker = report_asker()

    async def story() -> None:
        shown = opened(asker, REPORT, ANSWERS)
        await until(lambda: shown.panel.content.findChildren(PreviewTable))
        table = shown.panel.content.findChildren(PreviewTable)[0]
        assert (table.rowCount(), table.columnCount()) == (4, 7)
        right = int(Qt.AlignmentFlag.AlignRight)
        cells = [table.item(0, column) for column in range(7)]
        to_the_right = [bool(cell.textAlignment() & right) for cell in cells if cell is not None]
        assert to_the_right == [False, False, False, False, True, True, True]
        picture = shown.panel.content.findChildren(PictureButton)[0]
        assert picture.accessibleName() == "First page"
        picture.click()
        assert picture.dialog is not None
        assert picture.dialog.isVisible()
        picture.dialog.close()
        words = " ".join(label.text() for label in shown.panel.content.findChildren(type(shown.panel.words)))
        assert "Sales by region.pdf" in words
        assert "14 cells in 'Price' are not numbers." in words

    on_loop(story())


def test_a_failed_rehearsal_is_a_card_that_tries_again(opened: Open) -> None:
    asker = report_asker()
    asker.refuse_rehearsal = Refusal("The file is open in another program.", "Close it.", {"source": "Locked."})

    async def story() -> None:
        shown = opened(asker, REPORT, ANSWERS)
        await until(shown.panel.error.isVisible)
        assert shown.panel.error.message.text() == "The file is open in another program."
        assert said(frame(shown, "source")) == "Locked."
        asked = len(asker.asked)
        asker.refuse_rehearsal = None
        shown.panel.error.again_button.click()
        await until(lambda: not shown.panel.error.isVisible() and "3,120" in shown.panel.brief.text())
        assert len(asker.asked) > asked

    on_loop(story())


def test_choices_are_asked_for_once_for_all_rows_and_again_when_the_file_changes(opened: Open) -> None:
    asker = report_asker()

    async def story() -> None:
        filters = [{"column": "Region", "test": "empty"}, {"column": "Cost", "test": "empty"}]
        shown = opened(asker, REPORT, {**ANSWERS, "filters": filters})
        first = frame(shown, "filters", 0, "column").control
        second = frame(shown, "filters", 1, "column").control
        assert isinstance(first, PickControl)
        assert isinstance(second, PickControl)
        await until(lambda: first.combo.count() == 10 and second.combo.count() == 10)
        await until(lambda: "group_by" in [name for name, _ in asker.asked])
        names = [name for name, _ in asker.asked]
        assert sorted(names) == ["columns", "filters.column", "group_by", "sheet", "sort"]
        assert names[0] == "sheet"
        asker.asked.clear()
        asker.offers["filters.column"] = [{"value": "Region", "label": "Region"}]
        control = frame(shown, "source").control
        control.set_value("/data/other.xlsx")
        await until(lambda: second.value() == "" and first.value() == "Region")
        assert second.words.text() == "'Cost' is not there any more."
        assert {params["source"] for _, params in asker.asked} == {"/data/other.xlsx"}

    on_loop(story())


def test_columns_are_never_asked_for_with_a_sheet_that_the_new_file_lacks(opened: Open) -> None:
    asker = report_asker()

    async def story() -> None:
        shown = opened(asker, REPORT, {**ANSWERS, "sheet": "Sales"})
        await until(lambda: "sort" in [name for name, _ in asker.asked])
        asker.asked.clear()
        asker.offers["sheet"] = [{"value": "Other", "label": "Other"}]
        frame(shown, "source").control.set_value("/data/other.xlsx")
        await until(lambda: "sort" in [name for name, _ in asker.asked])
        assert frame(shown, "sheet").control.value() is None
        assert {str(params["sheet"]) for name, params in asker.asked if name != "sheet"} == {"None"}

    on_loop(story())


def test_a_new_row_gets_the_choices_at_once(opened: Open) -> None:
    asker = report_asker()

    async def story() -> None:
        shown = opened(asker, REPORT, ANSWERS)
        control = frame(shown, "filters").control
        assert isinstance(control, RowsControl)
        await until(lambda: "columns" in [name for name, _ in asker.asked])
        control.add_button.click()
        picked = frame(shown, "filters", 0, "column").control
        assert isinstance(picked, PickControl)
        await until(lambda: picked.combo.count() == 10)
        asked = len(asker.asked)
        control.add_button.click()
        other = frame(shown, "filters", 1, "column").control
        assert isinstance(other, PickControl)
        await until(lambda: other.combo.count() == 10)
        assert len(asker.asked) == asked

    on_loop(story())


def test_without_a_file_fields_of_it_say_so_and_nothing_is_asked(opened: Open) -> None:
    asker = report_asker()

    async def story() -> None:
        shown = opened(asker, REPORT, {**ANSWERS, "source": ""})
        sheet, columns = frame(shown, "sheet").control, frame(shown, "columns").control
        assert isinstance(sheet, PickControl)
        assert isinstance(columns, ColumnsControl)
        assert not sheet.combo.isEnabled()
        assert sheet.combo.placeholderText() == "First fill in: Spreadsheet or table"
        assert columns.words.text() == "First fill in: Spreadsheet or table"
        await until(lambda: "Spreadsheet" in shown.panel.words.text())
        assert asker.asked == []
        frame(shown, "source").control.set_value("/data/sales.xlsx")
        await until(lambda: columns.list.count() == 10)
        frame(shown, "source").control.set_value("")
        assert columns.words.text() == "First fill in: Spreadsheet or table"

    on_loop(story())


def test_a_file_that_cannot_be_read_is_complained_of_at_its_own_field(opened: Open) -> None:
    asker = report_asker()
    asker.refuse_options = Refusal("The file is empty.", "Choose another one.")

    async def story() -> None:
        shown = opened(asker, REPORT, {**ANSWERS, "sheet": "Sales"})
        await until(lambda: said(frame(shown, "source")))
        assert said(frame(shown, "source")) == "The file is empty. Choose another one."
        assert frame(shown, "sheet").control.value() == "Sales"

    on_loop(story())


def test_opening_another_form_forgets_the_one_before(opened: Open) -> None:
    asker = FakeAsker(rehearsal={"headline": "Writes to {who}"})

    async def story() -> None:
        asker.gates = {1: asyncio.Event()}
        shown = opened(asker, SMALL, {"who": "Anna"})
        await until(lambda: len(asker.rehearsals) == 1)
        shown.open_form(SMALL, {"who": "Bela"}, "Again")
        asker.gates[1].set()
        await until(lambda: shown.panel.brief.text() == "Writes to Bela")
        assert shown.footer.job_name() == "Again"
        assert shown.title.text() == "Small"

    on_loop(story())


def test_focus_starts_in_the_first_field_and_tab_follows_the_reading_order(opened: Open, qtbot: QtBot) -> None:
    async def story() -> None:
        shown = opened(report_asker(), REPORT, {**ANSWERS, "filters": [{"column": "Region", "test": "empty"}]})
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


def test_in_a_narrow_window_the_panel_folds_to_one_line_below(opened: Open) -> None:
    async def story() -> None:
        shown = opened(report_asker(), REPORT, ANSWERS)
        await until(lambda: shown.panel.content.isVisible())
        assert shown.panel.x() > shown.scroller.x() + shown.scroller.width() - 1
        shown.resize(680, 560)
        await until(lambda: shown.panel.y() > shown.scroller.y() + shown.scroller.height() - 1)
        assert shown.panel.folded
        assert shown.panel.brief.isVisible()
        await until(lambda: shown.panel.height() < 100)
        shown.panel.fold_button.click()
        await until(lambda: shown.panel.content.isVisible())
        assert shown.form is not None
        assert shown.form.width() <= shown.scroller.viewport().width()

    on_loop(story())


def test_cancel_asks_only_when_something_would_be_lost(opened: Open) -> None:
    cancelled: list[bool] = []

    async def story() -> None:
        shown = opened(FakeAsker(), SMALL, {"who": "Anna"})
        shown.cancelled.connect(lambda: cancelled.append(True))
        shown.footer.cancel_button.click()
        assert cancelled == [True]
        _type(shown, "who", "Bela")
        shown.footer.cancel_button.click()
        assert cancelled == [True]
        assert shown.question is not None
        leave = next(button for button in shown.question.buttons() if button.text() == "Leave")
        leave.click()
        assert cancelled == [True, True]

    on_loop(story())


def test_a_job_that_cannot_be_rehearsed_has_no_panel(opened: Open) -> None:
    asker = FakeAsker()

    async def story() -> None:
        shown = opened(asker, {**SMALL, "can_rehearse": False, "has_options": False}, {"who": "Anna"})
        assert not shown.panel.isVisible()
        shown.footer.start_button.click()
        await until(lambda: asker.starts)

    on_loop(story())
    assert asker.rehearsals == []

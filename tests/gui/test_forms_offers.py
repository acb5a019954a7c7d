"""Choices that the backend works out from other answers."""

import pytest
from pytestqt.qtbot import QtBot

from desktop.ui.forms.columns import ColumnsControl
from desktop.ui.forms.offered import PickControl
from desktop.ui.forms.rows import RowsControl
from tests.helpers.fake_asker import Refusal, report_asker
from tests.helpers.form_driving import frame, on_loop, open_page, said, until
from tests.helpers.sample_schemas import REPORT, REPORT_ANSWERS

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_choices_are_asked_for_once_for_all_rows_and_again_when_the_file_changes(qtbot: QtBot) -> None:
    asker = report_asker()

    async def story() -> None:
        filters = [{"column": "Region", "test": "empty"}, {"column": "Cost", "test": "empty"}]
        shown = open_page(qtbot, asker, REPORT, {**REPORT_ANSWERS, "filters": filters})
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


def test_columns_are_never_asked_for_with_a_sheet_that_the_new_file_lacks(qtbot: QtBot) -> None:
    asker = report_asker()

    async def story() -> None:
        shown = open_page(qtbot, asker, REPORT, {**REPORT_ANSWERS, "sheet": "Sales"})
        await until(lambda: "sort" in [name for name, _ in asker.asked])
        asker.asked.clear()
        asker.offers["sheet"] = [{"value": "Other", "label": "Other"}]
        frame(shown, "source").control.set_value("/data/other.xlsx")
        await until(lambda: "sort" in [name for name, _ in asker.asked])
        assert frame(shown, "sheet").control.value() is None
        assert {str(params["sheet"]) for name, params in asker.asked if name != "sheet"} == {"None"}

    on_loop(story())


def test_a_new_row_gets_the_choices_at_once(qtbot: QtBot) -> None:
    asker = report_asker()

    async def story() -> None:
        shown = open_page(qtbot, asker, REPORT, REPORT_ANSWERS)
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


def test_without_a_file_fields_of_it_say_so_and_nothing_is_asked(qtbot: QtBot) -> None:
    asker = report_asker()

    async def story() -> None:
        shown = open_page(qtbot, asker, REPORT, {**REPORT_ANSWERS, "source": ""})
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


def test_a_file_that_cannot_be_read_is_complained_of_at_its_own_field(qtbot: QtBot) -> None:
    asker = report_asker()
    asker.refuse_options = Refusal("The file is empty.", "Choose another one.")

    async def story() -> None:
        shown = open_page(qtbot, asker, REPORT, {**REPORT_ANSWERS, "sheet": "Sales"})
        await until(lambda: said(frame(shown, "source")))
        assert said(frame(shown, "source")) == "The file is empty. Choose another one."
        assert frame(shown, "sheet").control.value() == "Sales"

    on_loop(story())

"""The panel beside the form: what would happen, and never what would have."""

import asyncio

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.ui.forms.pictures import PictureButton
from desktop.ui.forms.tables import PreviewTable
from tests.helpers.fake_asker import FakeAsker, Refusal, report_asker
from tests.helpers.form_driving import frame, on_loop, open_page, said, type_into, until
from tests.helpers.sample_schemas import REPORT, REPORT_ANSWERS, SMALL

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_the_panel_names_what_is_missing_and_rehearses_once_it_is_there(qtbot: QtBot) -> None:
    asker = FakeAsker(rehearsal={"headline": "Writes to {who}"})

    async def story() -> None:
        shown = open_page(qtbot, asker, SMALL)
        await until(lambda: "Who" in shown.panel.words.text())
        assert shown.panel.words.text().startswith("To see what would happen, fill in:")
        assert asker.rehearsals == []
        type_into(shown, "who", "Anna")
        await until(lambda: shown.panel.brief.text() == "Writes to Anna")
        assert not shown.panel.words.isVisible()
        assert not shown.panel.spinner.isVisible()

    on_loop(story())


def test_an_outdated_rehearsal_is_never_shown(qtbot: QtBot) -> None:
    asker = FakeAsker(rehearsal={"headline": "Writes to {who}"})

    async def story() -> None:
        asker.gates = {1: asyncio.Event(), 2: asyncio.Event()}
        shown = open_page(qtbot, asker, SMALL, {"who": "Anna"})
        headlines: list[str] = []
        await until(lambda: len(asker.rehearsals) == 1)
        assert shown.panel.spinner.isVisible()
        type_into(shown, "who", "Bela")
        await until(lambda: len(asker.rehearsals) == 2)
        asker.gates[2].set()
        await until(lambda: shown.panel.brief.text() == "Writes to Bela")
        asker.gates[1].set()
        for _ in range(20):
            await asyncio.sleep(0)
            headlines.append(shown.panel.brief.text())
        assert set(headlines) == {"Writes to Bela"}

    on_loop(story())


def test_a_change_while_rehearsing_drops_the_answer_on_its_way(qtbot: QtBot) -> None:
    asker = FakeAsker(rehearsal={"headline": "Writes to {who}"})

    async def story() -> None:
        asker.gates = {1: asyncio.Event()}
        shown = open_page(qtbot, asker, SMALL, {"who": "Anna"})
        await until(lambda: len(asker.rehearsals) == 1)
        briefs: list[str] = []

        def asks_again() -> bool:
            briefs.append(shown.panel.brief.text())
            return "Who" in shown.panel.words.text()

        type_into(shown, "who", "")
        asker.gates[1].set()
        await until(asks_again)
        assert "Writes to Anna" not in briefs

    on_loop(story())


def test_a_rehearsal_shows_facts_warnings_tables_and_pictures(qtbot: QtBot) -> None:
    asker = report_asker()

    async def story() -> None:
        shown = open_page(qtbot, asker, REPORT, REPORT_ANSWERS)
        await until(lambda: shown.panel.below.findChildren(PreviewTable))
        table = shown.panel.below.findChildren(PreviewTable)[0]
        assert (table.rowCount(), table.columnCount()) == (4, 7)
        right = int(Qt.AlignmentFlag.AlignRight)
        cells = [table.item(0, column) for column in range(7)]
        to_the_right = [bool(cell.textAlignment() & right) for cell in cells if cell is not None]
        assert to_the_right == [False, False, False, False, True, True, True]
        picture = shown.panel.below.findChildren(PictureButton)[0]
        assert picture.accessibleName() == "First page"
        picture.click()
        assert picture.dialog is not None
        assert picture.dialog.isVisible()
        picture.dialog.close()
        words = " ".join(label.text() for label in shown.panel.content.findChildren(type(shown.panel.words)))
        assert "Sales by region.pdf" in words
        assert "14 cells in 'Price' are not numbers." in words

    on_loop(story())


def test_a_failed_rehearsal_is_a_card_that_tries_again(qtbot: QtBot) -> None:
    asker = report_asker()
    asker.refuse_rehearsal = Refusal("The file is open in another program.", "Close it.", {"source": "Locked."})

    async def story() -> None:
        shown = open_page(qtbot, asker, REPORT, REPORT_ANSWERS)
        await until(shown.panel.error.isVisible)
        assert shown.panel.error.message.text() == "The file is open in another program."
        assert said(frame(shown, "source")) == "Locked."
        asked = len(asker.asked)
        asker.refuse_rehearsal = None
        shown.panel.error.again_button.click()
        await until(lambda: not shown.panel.error.isVisible() and "3,120" in shown.panel.brief.text())
        assert len(asker.asked) > asked
        assert said(frame(shown, "source")) == ""

    on_loop(story())


def test_what_is_only_empty_is_asked_for_and_no_mistake_until_the_job_is_to_start(qtbot: QtBot) -> None:
    sentence = "Please add a folder or a file."
    asker = FakeAsker(refuse_rehearsal=Refusal("Some answers are missing.", "Look.", {"note": sentence}))

    async def story() -> None:
        shown = open_page(qtbot, asker, SMALL, {"who": "Anna"})
        await until(lambda: sentence in shown.panel.brief.text())
        assert not shown.panel.error.isVisible()
        assert said(frame(shown, "note")) == ""
        type_into(shown, "note", "wrong")
        await until(shown.panel.error.isVisible)
        assert said(frame(shown, "note")) == sentence

    on_loop(story())


def test_opening_another_form_forgets_the_one_before(qtbot: QtBot) -> None:
    asker = FakeAsker(rehearsal={"headline": "Writes to {who}"})

    async def story() -> None:
        asker.gates = {1: asyncio.Event()}
        shown = open_page(qtbot, asker, SMALL, {"who": "Anna"})
        await until(lambda: len(asker.rehearsals) == 1)
        shown.open_form(SMALL, {"who": "Bela"}, "Again")
        asker.gates[1].set()
        await until(lambda: shown.panel.brief.text() == "Writes to Bela")
        assert shown.footer.job_name() == "Again"
        assert shown.title.text() == "Small"

    on_loop(story())


def test_in_a_narrow_window_the_panel_folds_to_one_line_below(qtbot: QtBot) -> None:
    async def story() -> None:
        shown = open_page(qtbot, report_asker(), REPORT, REPORT_ANSWERS)
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


def test_a_job_that_cannot_be_rehearsed_has_no_panel(qtbot: QtBot) -> None:
    asker = FakeAsker()

    async def story() -> None:
        shown = open_page(qtbot, asker, {**SMALL, "can_rehearse": False, "has_options": False}, {"who": "Anna"})
        assert not shown.panel.isVisible()
        shown.footer.start_button.click()
        await until(lambda: asker.starts)

    on_loop(story())
    assert asker.rehearsals == []

"""The page of jobs: what the table shows, follows, asks for, and lets one do."""

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt
from PySide6.QtGui import QColor, QPaintEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget

from backend.core.events import JobProgressed
from backend.core.states import JobState
from backend.core.views import Progress
from desktop.state.standing import Chip, Deed
from desktop.ui.jobs.delegate import ROW_HEIGHT
from desktop.ui.jobs.model import Column
from desktop.ui.jobs.page import JobsPage
from desktop.ui.theme import tokens
from tests.gui.conftest import Stage
from tests.helpers.made_up_jobs import history

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def names(page: JobsPage) -> list[str]:
    return [page.model.index(row, Column.NAME).data() for row in range(page.model.rowCount())]


def numbers(page: JobsPage) -> list[int]:
    return [job.id for job in page.model.listing.rows]


def choose(stage: Stage, page: JobsPage, *wanted: int) -> None:
    page.table.clearSelection()
    selection = page.table.selectionModel()
    for number in wanted:
        row = page.model.listing.place(number)
        assert row is not None
        index = page.model.index(row, 0)
        selection.select(index, selection.SelectionFlag.Select | selection.SelectionFlag.Rows)
        selection.setCurrentIndex(index, selection.SelectionFlag.NoUpdate)
    assert sorted(job.id for job in page.table.selected_jobs()) == sorted(wanted)


def near(one: QColor, other: QColor) -> bool:
    distance = abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue())
    return distance < 120


def state_of(stage: Stage, number: int) -> str:
    return stage.fake.jobs[number].state


def test_the_newest_jobs_are_on_top_with_words_in_every_cell(joined: Stage) -> None:
    page = joined.jobs_page()
    assert numbers(page) == list(range(40, 0, -1))
    running = page.model.listing.place(36)
    assert running is not None
    texts = [page.model.index(running, column).data() for column in Column]
    assert texts[Column.STATE] == "Running"
    assert texts[Column.KIND] == "Report"
    assert "%" in texts[Column.PROGRESS]
    assert "left" in texts[Column.TIME]
    assert texts[Column.STARTED].startswith("Today") or texts[Column.STARTED].startswith("Yesterday")


def test_a_batch_moves_the_bar_of_its_row_and_repaints_no_other(joined: Stage) -> None:
    page = joined.jobs_page()
    row = page.model.listing.place(36)
    assert row is not None
    painted: list[tuple[int, int]] = []
    page.model.dataChanged.connect(lambda first, last: painted.append((first.row(), last.row())))
    joined.fake.post(*(JobProgressed(id=36, progress=Progress(done=n, total=100)) for n in range(100)))
    joined.until(lambda: page.model.index(row, Column.PROGRESS).data().startswith("99"))
    assert set(painted) == {(row, row)}


class Painted(QObject):
    """Notes which areas of a widget are painted."""

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        self.areas: list[QRect] = []
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QPaintEvent):
            self.areas.append(event.region().boundingRect())
        return False


@pytest.mark.parametrize("changed", [(36,), (36, 37)])
def test_only_the_progress_of_changed_rows_is_painted(joined: Stage, changed: tuple[int, ...]) -> None:
    page = joined.jobs_page()
    joined.window.resize(1280, 800)
    shown = [page.model.index(row, Column.PROGRESS) for number in changed if (row := page.model.listing.place(number))]
    painted = Painted(page.table.viewport())
    for done in (77, 78):
        joined.settle()
        painted.areas.clear()
        joined.fake.post(*(JobProgressed(id=number, progress=Progress(done=done, total=100)) for number in changed))
        joined.until(lambda: bool(painted.areas))
    wanted = page.table.visualRect(shown[0]).united(page.table.visualRect(shown[-1]))
    assert painted.areas == [wanted]
    assert wanted.height() == ROW_HEIGHT * len(changed)


def test_a_new_job_appears_without_asking(joined: Stage) -> None:
    page = joined.jobs_page()
    made = joined.fake.add(name="Fresh from the press")
    joined.until(lambda: names(page)[0] == "Fresh from the press")
    assert numbers(page)[0] == made.id
    joined.until(lambda: page.chips.buttons[Chip.ALL].count == 41)


@pytest.mark.parametrize(
    ("chip", "states"),
    [
        (Chip.RUNNING, {"running"}),
        (Chip.WAITING, {"waiting", "held"}),
        (Chip.NEEDS_YOU, {"failed", "needs_user"}),
        (Chip.DONE, {"succeeded", "warned", "stopped"}),
    ],
)
def test_a_chip_shows_its_jobs_and_how_many_there_are(joined: Stage, chip: Chip, states: set[str]) -> None:
    page = joined.jobs_page()
    QTest.mouseClick(page.chips.buttons[chip], Qt.MouseButton.LeftButton)
    expected = {number for number, job in joined.fake.jobs.items() if job.state in states}
    joined.until(lambda: set(numbers(page)) == expected)
    joined.until(lambda: page.chips.buttons[chip].count == len(expected))


def test_chips_are_gone_through_with_the_arrow_keys(joined: Stage) -> None:
    page = joined.jobs_page()
    page.chips.buttons[Chip.ALL].setFocus()
    QTest.keyClick(page.chips.buttons[Chip.ALL], Qt.Key.Key_Right)
    assert page.query().chip is Chip.RUNNING
    joined.until(lambda: set(numbers(page)) == {36, 37})


def test_a_search_asks_the_backend_once_the_typing_rests(joined: Stage) -> None:
    page = joined.jobs_page()
    joined.fake.requests.clear()
    QTest.keyClicks(page.search, "payroll")
    joined.until(lambda: set(names(page)) == {"Payroll check"})
    assert joined.fake.requests.count(("GET", "/jobs")) == 1


def test_a_search_that_finds_nothing_says_so(joined: Stage) -> None:
    page = joined.jobs_page()
    page.search.setText("no such thing")
    joined.until(lambda: page.model.rowCount() == 0)
    assert not page.table.isVisible()
    assert any("no such thing" in text for text in said(page))


def said(page: JobsPage) -> list[str]:
    from PySide6.QtWidgets import QLabel

    return [label.text() for label in page.findChildren(QLabel) if label.isVisible()]


def test_a_click_on_a_header_sorts_and_a_third_one_goes_back(joined: Stage) -> None:
    page = joined.jobs_page()
    header = page.table.horizontalHeader()

    def click() -> None:
        at = header.sectionViewportPosition(Column.NAME) + 20
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(at, 10))

    click()
    joined.until(lambda: names(page) == sorted(names(page)))
    click()
    joined.until(lambda: names(page) == sorted(names(page), reverse=True))
    click()
    joined.until(lambda: numbers(page) == list(range(40, 0, -1)))


def test_a_long_list_is_fetched_as_it_is_seen_with_placeholders_before(stage: Stage) -> None:
    stage.fake.jobs = {job.id: job for job in history(1500)}
    page = stage.open().jobs_page()
    assert page.model.rowCount() == 1500
    assert len(page.model.listing.rows) == 100
    last = page.model.index(1499, Column.NAME)
    assert last.data() is None
    page.table.scrollToBottom()
    page.table.grab()
    stage.until(lambda: (page.table.grab(), page.model.index(1499, Column.NAME).data())[1] is not None)
    assert numbers(page) == list(range(1500, 0, -1))


@pytest.mark.parametrize(
    ("deed", "number", "state"),
    [
        (Deed.PAUSE, 36, "paused"),
        (Deed.PAUSE, 38, "held"),
        (Deed.RESUME, 40, "waiting"),
        (Deed.STOP, 37, "stopped"),
        (Deed.RETRY, 32, "waiting"),
    ],
)
def test_a_deed_is_done_and_seen(joined: Stage, deed: Deed, number: int, state: str) -> None:
    page = joined.jobs_page()
    choose(joined, page, number)
    assert page.deeds[deed].isEnabled()
    page.deeds[deed].trigger()
    joined.until(lambda: state_of(joined, number) == state)
    row = page.model.listing.place(number)
    joined.until(lambda: page.model.listing.rows[row or 0].state == state)


def test_what_cannot_be_done_is_not_offered(joined: Stage) -> None:
    page = joined.jobs_page()
    choose(joined, page, 36)
    assert {deed for deed, action in page.deeds.items() if action.isEnabled()} == {Deed.PAUSE, Deed.STOP}
    page.table.clearSelection()
    assert not any(action.isEnabled() for action in page.deeds.values())


def test_several_are_stopped_at_once_by_the_keyboard(joined: Stage) -> None:
    page = joined.jobs_page()
    choose(joined, page, 36, 37)
    joined.window.activateWindow()
    page.table.setFocus()
    QTest.keyClick(page.table, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    joined.until(lambda: {state_of(joined, 36), state_of(joined, 37)} == {"stopped"})


def test_running_again_makes_a_new_job_and_says_so(joined: Stage) -> None:
    page = joined.jobs_page()
    choose(joined, page, 1)
    page.deeds[Deed.RERUN].trigger()
    joined.until(lambda: 41 in joined.fake.jobs and numbers(page)[0] == 41)
    assert joined.fake.jobs[41].params == joined.fake.jobs[1].params
    joined.until(joined.window.notice.isVisible)
    assert joined.fake.jobs[1].name in joined.window.notice.message.text()


def test_a_job_that_comes_while_its_page_is_on_the_way_is_not_lost(joined: Stage) -> None:
    page = joined.jobs_page()
    joined.fake.late = 0.3
    before = len(joined.fake.requests)
    page.model.refresh()
    joined.until(lambda: ("GET", "/jobs") in joined.fake.requests[before:])
    joined.until(lambda: joined.fake.add() and not page.model.is_loading)
    joined.fake.late = 0.0
    joined.until(lambda: numbers(page) == sorted(joined.fake.jobs, reverse=True))


def test_a_job_is_moved_in_line(joined: Stage) -> None:
    page = joined.jobs_page()
    page.chips.choose(Chip.WAITING)
    joined.until(lambda: numbers(page) == [38, 39, 40])
    choose(joined, page, 40)
    page.deeds[Deed.TOP].trigger()
    joined.until(lambda: numbers(page) == [40, 38, 39])
    assert [job.id for job in page.table.selected_jobs()] == [40]
    page.deeds[Deed.DOWN].trigger()
    joined.until(lambda: numbers(page) == [38, 40, 39])


def test_removing_asks_first_and_the_row_goes(joined: Stage) -> None:
    from PySide6.QtWidgets import QMessageBox

    page = joined.jobs_page()
    choose(joined, page, 1, 2)
    page.deeds[Deed.REMOVE].trigger()
    box = joined.window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert 1 in joined.fake.jobs
    next(one for one in box.buttons() if one.text() == "Remove").click()
    joined.until(lambda: page.model.rowCount() == 38)
    assert not {1, 2} & joined.fake.jobs.keys()


def test_changing_opens_the_form_with_the_answers(joined: Stage) -> None:
    from desktop.ui.new_job import NewJob

    page = joined.jobs_page()
    number = next(number for number, job in joined.fake.jobs.items() if job.kind == "report" and job.state == "failed")
    choose(joined, page, number)
    page.deeds[Deed.CHANGE].trigger()
    joined.until(lambda: isinstance(joined.window.pages.currentWidget(), NewJob))
    form = joined.window.pages.currentWidget()
    assert isinstance(form, NewJob)
    assert form.form is not None
    assert form.form.form is not None
    assert form.form.form.values()["source"] == "/home/ada/sales.xlsx"


def test_what_the_backend_refuses_is_said_in_its_words(joined: Stage) -> None:
    from backend.core.errors import ConflictError

    page = joined.jobs_page()
    joined.fake.refusal = ConflictError("job.state", "It has ended meanwhile.", "Look at its results.")
    choose(joined, page, 36)
    page.deeds[Deed.STOP].trigger()
    joined.until(joined.window.notice.isVisible)
    assert joined.window.notice.message.text() == "It has ended meanwhile."
    assert joined.window.notice.hint.text() == "Look at its results."


def test_the_choice_survives_when_everything_is_asked_for_again(joined: Stage) -> None:
    page = joined.jobs_page()
    choose(joined, page, 30, 31)
    page.model.refresh()
    joined.until(lambda: not page.model.is_loading)
    assert {job.id for job in page.table.selected_jobs()} == {30, 31}


def test_a_state_has_an_icon_and_a_word_and_the_bar_grows(joined: Stage) -> None:
    page = joined.jobs_page()
    joined.window.resize(1280, 800)
    joined.settle()
    row = page.model.listing.place(36)
    assert row is not None

    def ink(column: Column) -> int:
        rect = page.table.visualRect(page.model.index(row, column))
        picture = page.table.viewport().grab(rect).toImage()
        accent = tokens().color("accent")
        return sum(
            near(picture.pixelColor(x, y), accent) for x in range(picture.width()) for y in range(picture.height())
        )

    joined.fake.post(JobProgressed(id=36, progress=Progress(done=10, total=100)))
    joined.until(lambda: page.model.index(row, Column.PROGRESS).data().startswith("10"))
    little = ink(Column.PROGRESS)
    joined.fake.post(JobProgressed(id=36, progress=Progress(done=90, total=100)))
    joined.until(lambda: page.model.index(row, Column.PROGRESS).data().startswith("90"))
    assert ink(Column.PROGRESS) > 5 * little
    assert ink(Column.STATE) > 10


def test_columns_can_be_shown_and_are_remembered(joined: Stage) -> None:
    page = joined.jobs_page()
    menu = page.table.columns_menu()
    ended = next(action for action in menu.actions() if action.text() == "Ended")
    assert not ended.isChecked()
    ended.setChecked(True)
    assert not page.table.isColumnHidden(Column.ENDED)
    assert joined.preferences.columns["ENDED"][1]
    menu.close()


def test_an_unfinished_job_that_ends_leaves_the_running_ones(joined: Stage) -> None:
    page = joined.jobs_page()
    page.chips.choose(Chip.RUNNING)
    joined.until(lambda: set(numbers(page)) == {36, 37})
    joined.fake.end(36, JobState.SUCCEEDED)
    joined.until(lambda: numbers(page) == [37])

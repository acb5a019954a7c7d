"""Home, details, settings, closing and quitting, light and dark."""

import time
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, QRect, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QLabel,
    QLineEdit,
    QMessageBox,
    QPushButton,
    QToolButton,
    QWidget,
)

from backend.core.events import JobProgressed
from backend.core.states import JobState
from backend.core.views import Progress
from desktop.ui import theme
from desktop.ui.backend import SUM_EVERY
from desktop.ui.details.pane import DetailsPane
from desktop.ui.forms.recent import keep_recent_in, remember_path
from desktop.ui.icons import icon
from desktop.ui.leaving import Leaving
from desktop.ui.new_job import NewJob
from desktop.ui.settings_page import SettingsPage
from desktop.ui.theme import DARK, LIGHT, Theme, Tokens
from desktop.ui.while_away import MissedRow
from tests.gui.conftest import Stage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def texts(widget: QWidget) -> str:
    return "\n".join(label.text() for label in widget.findChildren(QLabel) if label.isVisible())


def details(stage: Stage, number: int, tab: int = 0) -> DetailsPane:
    page = stage.jobs_page()
    assert page.table.select_job(number)
    stage.until(lambda: page.details.detail is not None and page.details.detail.job.id == number)
    page.details.tabs.setCurrentIndex(tab)
    return page.details


def number_of(stage: Stage, state: JobState) -> int:
    return next(number for number, job in stage.fake.jobs.items() if job.state == state)


def test_home_has_a_card_for_each_kind_and_opens_its_form(joined: Stage) -> None:
    cards = joined.window.home.cards.cards
    assert [card.kind.name for card in cards] == ["report", "backup", "mailing"]
    QTest.mouseClick(cards[0], Qt.MouseButton.LeftButton)
    assert isinstance(joined.window.pages.currentWidget(), NewJob)


def test_paths_used_in_forms_are_remembered_in_the_data_folder(joined: Stage, tmp_path: Path) -> None:
    QTest.mouseClick(joined.window.home.cards.cards[0], Qt.MouseButton.LeftButton)
    remember_path("file-in", "/data/march.csv")
    (kept,) = tmp_path.rglob("window.ini")
    assert "march.csv" in kept.read_text("utf-8")
    keep_recent_in(None)


def test_home_shows_running_jobs_live_until_they_end(joined: Stage) -> None:
    home = joined.window.home
    joined.until(lambda: set(home.running.rows) == {36, 37})
    joined.fake.end(36, JobState.SUCCEEDED)
    joined.until(lambda: set(home.running.rows) == {37})


def test_home_shows_how_things_stand_when_it_is_gone_back_to(joined: Stage) -> None:
    joined.jobs_page()
    joined.fake.post(JobProgressed(id=36, progress=Progress(done=91, total=100)))
    joined.fake.end(37, JobState.SUCCEEDED)
    active = joined.window.backend.jobs.active
    joined.until(lambda: 37 not in active and active[36].progress.done == 91)
    joined.window.go("home")
    assert set(joined.window.home.running.rows) == {36}
    assert "91 %" in texts(joined.window.home.running)


@pytest.mark.parametrize(("key", "page"), [(Qt.Key.Key_2, "jobs"), (Qt.Key.Key_5, "settings"), (Qt.Key.Key_N, "new")])
def test_one_goes_about_by_keys(joined: Stage, key: Qt.Key, page: str) -> None:
    joined.window.activateWindow()
    joined.until(joined.window.isActiveWindow)
    QTest.keyClick(joined.window, key, Qt.KeyboardModifier.ControlModifier)
    # Qt shows the button pressed for a moment first.
    joined.until(lambda: joined.window.pages.currentWidget() is joined.window.page(page))


def test_what_runs_is_summed_up_seldom_and_to_the_last_word(joined: Stage) -> None:
    backend, sums, began = joined.window.backend, list[float](), time.monotonic()
    backend.summed.connect(lambda: sums.append(time.monotonic()))
    for done in range(40):
        joined.fake.post(*(JobProgressed(id=job, progress=Progress(done=done, total=100)) for job in (36, 37)))
        joined.until(lambda done=done: backend.jobs.active[37].progress.done == done)
    assert len(sums) <= (time.monotonic() - began) * 1000 / SUM_EVERY + 1
    joined.until(lambda: "39 %" in texts(joined.window.sidebar))


def test_what_ended_unseen_is_on_home_with_its_one_best_button(joined: Stage) -> None:
    joined.window.home.away._is_watched = lambda: False  # pyright: ignore[reportPrivateUsage]
    joined.fake.end(36, JobState.FAILED)
    home = joined.window.home
    joined.until(lambda: any(row.best.text() == "Try again" for row in home.findChildren(MissedRow)))
    assert "While you were away" in texts(home)
    home.away.forget.click()
    joined.until(lambda: "While you were away" not in texts(home))


@pytest.mark.parametrize("state", list(JobState))
def test_no_button_of_the_details_is_cut_off(joined: Stage, state: JobState) -> None:
    number = next((number for number, job in joined.fake.jobs.items() if job.state == state), None)
    joined.window.resize(1280, 800)
    if number is None:
        number = joined.fake.add(state=state).id
    overview = details(joined, number).overview
    joined.settle()
    buttons = [one for one in overview.findChildren(QAbstractButton) if one.isVisible()]
    assert all(one.visibleRegion().boundingRect().width() == one.width() for one in buttons)
    assert all(one.width() >= one.sizeHint().width() for one in buttons)


@pytest.mark.parametrize("size", [(1280, 800), (1024, 700)])
def test_what_can_be_done_with_several_is_offered_side_by_side(joined: Stage, size: tuple[int, int]) -> None:
    joined.window.resize(*size)
    page = joined.jobs_page()
    page.table.selectAll()
    joined.settle()
    buttons = [one for one in page.details.findChildren(QPushButton) if one.isVisible()]
    assert len(buttons) == 7
    assert all(one.height() >= one.sizeHint().height() and one.width() >= one.sizeHint().width() for one in buttons)
    places = [one.geometry() for one in buttons]
    assert not any(one.intersects(other) for one in places for other in places if one is not other)


def test_a_problem_is_said_in_the_whole_width_of_its_card(joined: Stage) -> None:
    joined.window.resize(1024, 700)
    pane = details(joined, number_of(joined, JobState.FAILED))
    joined.settle()
    said = next(one for one in pane.overview.findChildren(QLabel) if one.isVisible() and "column" in one.text())
    assert said.width() > pane.overview.width() * 0.8


def test_a_failed_job_says_what_happened_and_what_to_do(joined: Stage) -> None:
    number = number_of(joined, JobState.FAILED)
    pane = details(joined, number)
    assert "no column called Region" in texts(pane)
    assert "Choose another column" in texts(pane)
    retry = next(one for one in pane.findChildren(QAbstractButton) if one.accessibleName() == "Try again")
    retry.click()
    joined.until(lambda: joined.fake.jobs[number].state == "waiting")


def test_result_files_are_listed_and_a_missing_one_is_explained(joined: Stage) -> None:
    number = number_of(joined, JobState.SUCCEEDED)
    pane = details(joined, number)
    assert f"{number}.pdf" in texts(pane)
    opening = next(one for one in pane.findChildren(QToolButton) if one.accessibleName() == f"Open {number}.pdf")
    opening.click()
    joined.until(joined.window.notice.isVisible)
    assert "is not there any more" in joined.window.notice.message.text()


def test_answers_are_in_the_words_of_the_form(joined: Stage) -> None:
    number = next(number for number, job in joined.fake.jobs.items() if job.kind == "report")
    pane = details(joined, number, tab=2)
    assert "Spreadsheet" in texts(pane)
    assert "Bars" in texts(pane)


def test_the_log_is_shown_and_followed_and_searched(joined: Stage) -> None:
    joined.fake.log(36, *(f"line {n}" for n in range(40)))
    pane = details(joined, 36, tab=1)
    joined.until(lambda: "line 39" in pane.log.text.toPlainText())
    joined.fake.log(36, "a fresh needle")
    joined.until(lambda: "a fresh needle" in pane.log.text.toPlainText())
    pane.log.search.setText("needle")
    joined.until(lambda: pane.log.note.text() == "1 line with this text")
    assert "line 39" not in pane.log.text.toPlainText()


def test_a_long_log_is_opened_at_its_end_and_read_back(joined: Stage) -> None:
    joined.fake.log(36, *(f"line number {n}" for n in range(5000)))
    pane = details(joined, 36, tab=1)
    joined.until(lambda: "line number 4999" in pane.log.text.toPlainText())
    assert "line number 0\n" not in pane.log.text.toPlainText()
    bar = pane.log.text.verticalScrollBar()

    def at_the_beginning() -> bool:
        bar.setValue(0)
        return "line number 0\n" in pane.log.text.toPlainText()

    joined.until(at_the_beginning)
    shown = [line.split()[-1] for line in pane.log.text.toPlainText().splitlines()]
    assert shown == [str(n) for n in range(5000)]


def test_settings_change_how_many_run_at_once(joined: Stage) -> None:
    joined.window.go("settings")
    page = joined.window.page("settings")
    assert isinstance(page, SettingsPage)
    page.slots.setValue(5)
    joined.until(lambda: joined.fake.slots == 5)
    page.paused.click()
    joined.until(lambda: joined.fake.paused)


def test_closing_with_jobs_and_no_tray_says_that_they_go_on(joined: Stage) -> None:
    joined.window.close()
    box = joined.window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    assert "will go on in the background" in box.text()
    assert joined.window.isVisible()
    left: list[bool] = []
    joined.window.left.connect(lambda: left.append(True))
    next(one for one in box.buttons() if one.text() == "Close the window").click()
    joined.until(lambda: left)
    assert joined.fake.stopped_how == ""


@pytest.mark.parametrize(
    ("text", "how"), [("Finish in the background", "finish"), ("Pause them", "pause"), ("Stop them", "stop")]
)
def test_quitting_with_jobs_asks_what_becomes_of_them(joined: Stage, text: str, how: str) -> None:
    left: list[bool] = []
    joined.window.left.connect(lambda: left.append(True))
    joined.window.quit()
    box = joined.window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    next(one for one in box.buttons() if one.text() == text).click()
    joined.until(lambda: left)
    assert joined.fake.stopped_how == how


def test_a_host_that_was_there_before_stays_when_nothing_is_left_to_do(joined: Stage) -> None:
    joined.window.backend.jobs.active.clear()
    leaving: Leaving = joined.window.leaving
    assert leaving.close()
    assert joined.fake.stopped_how == ""


def luminance(color: str) -> float:
    parts = [int(color[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_text_can_be_read_on_every_ground(tokens: Tokens) -> None:
    for ground in (tokens.window, tokens.surface, tokens.sidebar, tokens.selection, tokens.hover, tokens.tint):
        assert contrast(tokens.text, ground) >= 4.5
        assert contrast(tokens.muted, ground) >= 4.5, ground
    for tone in (tokens.success, tokens.warning, tokens.danger, tokens.accent):
        assert contrast(tone, tokens.surface) >= 4.5
    assert contrast(tokens.on_accent, tokens.accent) >= 4.5


def test_light_and_dark_are_put_on_at_once(qapp: QApplication) -> None:
    made = Theme(qapp, "dark")
    assert theme.tokens() is DARK
    assert qapp.palette().window().color().name() == DARK.window
    made.set_appearance("light")
    assert theme.tokens() is LIGHT
    assert qapp.palette().window().color().name() == LIGHT.window


def named(widget: QObject) -> bool:
    assert isinstance(widget, QWidget)
    return bool(widget.accessibleName() or getattr(widget, "text", str)() or widget.toolTip())


def test_every_button_and_field_has_a_name_for_those_who_cannot_see_it(joined: Stage) -> None:
    details(joined, number_of(joined, JobState.SUCCEEDED))
    joined.window.go("settings")
    inner = ("qt_", "ScrollLeftButton", "ScrollRightButton")
    nameless = [
        widget
        for kind in (QAbstractButton, QLineEdit)
        for widget in joined.window.findChildren(kind)
        if not named(widget)
        and not widget.objectName().startswith(inner)
        and not isinstance(widget.parent(), QLineEdit)
        and not widget.isHidden()
    ]
    assert nameless == []


def test_a_picture_without_size_is_painted_as_nothing(qapp: QApplication) -> None:
    made = icon("play")
    assert made.pixmap(0, 0).isNull()
    ground = QPixmap(20, 20)
    ground.fill(Qt.GlobalColor.white)
    before = ground.toImage()
    painter = QPainter(ground)
    made.paint(painter, QRect(3, 3, 0, 8))
    painter.end()
    assert ground.toImage() == before


def test_every_picture_that_is_named_is_there() -> None:
    from desktop.ui.details.files import PICTURES
    from desktop.ui.jobs.deeds import ICONS
    from desktop.ui.resources import resources
    from desktop.ui.words import STATE_ICONS

    wanted = {*ICONS.values(), *PICTURES.values(), *(name for name, _tone in STATE_ICONS.values())}
    there = {file.stem for file in Path(resources() / "icons").glob("*.svg")}
    assert wanted - there == set()

"""Each kind of answer, alone."""

from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QLocale, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.ui.forms.columns import ColumnsControl
from desktop.ui.forms.control import Control, Offer, OfferState
from desktop.ui.forms.dates import DateControl
from desktop.ui.forms.kinds import CONTROLS, control_for
from desktop.ui.forms.offered import PickControl
from desktop.ui.forms.paths import FilesControl
from desktop.ui.forms.recent import keep_recent_in
from desktop.ui.forms.rows import RowsControl
from desktop.ui.forms.schema import read_fields
from desktop.ui.forms.switches import ChoiceControl, ChoicesControl, YesNoControl
from desktop.ui.forms.texts import LongTextControl, NumberControl, TextControl
from tests.helpers.form_driving import control, spec
from tests.helpers.sample_schemas import EVERY_KIND

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

OFFERS = OfferState("ready", "", tuple(Offer(name, name.upper(), "text") for name in "abcd"))


@pytest.fixture(autouse=True)
def _remember_nothing() -> None:
    keep_recent_in(None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("line", "a line"),
        ("lines", "two\nlines"),
        ("template", "Dear {{ name }}"),
        ("templates", "Dear {{ name }},\nhello"),
        ("rich", "<div>Dear <b>{{ name }}</b>,</div>\n<ul>\n<li>hello</li>\n</ul>"),
        ("patterns", ["*.csv", "*.txt"]),
        ("whole", 7),
        ("decimal", 2.5),
        ("decimal", None),
        ("on", False),
        ("one", "a"),
        ("one_of_many", "d"),
        ("maybe_one", "b"),
        ("maybe_one", None),
        ("some", ["a", "c"]),
        ("source", "/tmp/a.csv"),
        ("source", None),
        ("pick", "b"),
        ("pick", None),
        ("column", "c"),
        ("columns", ["c", "a"]),
        ("day", "2026-02-28"),
        ("day", None),
        ("files", ["/tmp/a.csv", "/tmp/b.csv"]),
        ("folder", "/tmp"),
        ("target", "/tmp/out"),
        ("items", [{"what": "x", "many": 2}, {"what": "y", "many": 1}]),
        ("odd", "as text"),
    ],
)
def test_an_answer_comes_back_as_it_was_given(qtbot: QtBot, name: str, value: Any) -> None:
    made = control(name, Control)
    qtbot.addWidget(made)
    made.set_value(value)
    made.show_offers(OFFERS)
    assert made.value() == value
    assert not made.wrong()
    assert made.is_blank() == (value is None)


def test_the_sample_has_every_kind_there_is() -> None:
    assert {field.kind for field in read_fields(EVERY_KIND["params_schema"])} >= set(CONTROLS)


def test_every_control_says_its_title_to_screen_readers(qtbot: QtBot) -> None:
    for field in read_fields(EVERY_KIND["params_schema"]):
        made = control_for(field, None, False)
        qtbot.addWidget(made)
        made.show_offers(OFFERS)
        assert made.focus_target().accessibleName().startswith((field.title, "Search in")) or isinstance(
            made, FilesControl | RowsControl
        ), field.name


def test_an_unknown_kind_is_asked_for_as_text(qtbot: QtBot) -> None:
    made = control("odd", TextControl)
    qtbot.addWidget(made)
    qtbot.keyClicks(made.edit, "typed")
    assert made.value() == "typed"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("0", "Must be at least 1."),
        ("10", "Must be at most 9."),
        ("2.5", "Please use a whole number."),
        ("many", "'many' is not a number."),
    ],
)
def test_a_wrong_number_is_named_in_words(qtbot: QtBot, typed: str, words: str) -> None:
    made = control("whole", NumberControl)
    qtbot.addWidget(made)
    made.edit.clear()
    qtbot.keyClicks(made.edit, typed)
    assert made.wrong() == words


@pytest.mark.parametrize(("typed", "words"), [("0", "Must be more than 0 kg."), ("10", "Must be less than 10 kg.")])
def test_a_bound_that_is_not_reached_names_its_unit(qtbot: QtBot, typed: str, words: str) -> None:
    made = control("decimal", NumberControl)
    qtbot.addWidget(made)
    qtbot.keyClicks(made.edit, typed)
    assert made.wrong() == words


def test_numbers_are_written_in_the_locale(qtbot: QtBot) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German))
    try:
        made = control("decimal", NumberControl)
        qtbot.addWidget(made)
        made.set_value(2.5)
        assert made.edit.text() == "2,5"
        made.edit.setText("3,25")
        assert made.value() == 3.25
    finally:
        QLocale.setDefault(before)


def test_arrow_keys_step_a_number_within_its_bounds(qtbot: QtBot) -> None:
    made = control("whole", NumberControl)
    qtbot.addWidget(made)
    made.set_value(8)
    for _ in range(3):
        qtbot.keyClick(made.edit, Qt.Key.Key_Up)
    assert made.value() == 9
    qtbot.keyClick(made.edit, Qt.Key.Key_Down)
    assert made.value() == 8


def test_a_text_too_long_says_by_how_much(qtbot: QtBot) -> None:
    made = control("line", TextControl)
    qtbot.addWidget(made)
    made.set_value("thirteen chars")
    assert made.wrong() == "Too long: 14 characters, at most 12 are allowed."
    made.set_value("x")
    assert made.wrong() == "Too short: at least 2 characters are needed."


def test_tab_leaves_a_long_text(qtbot: QtBot) -> None:
    made = control("lines", LongTextControl)
    qtbot.addWidget(made)
    qtbot.keyClick(made.edit, Qt.Key.Key_Tab)
    assert made.value() == ""


def test_few_choices_are_a_bar_and_arrow_keys_walk_it(qtbot: QtBot) -> None:
    made = control("one", ChoiceControl)
    qtbot.addWidget(made)
    made.show()
    made.set_value("b")
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.focus_target().setFocus()
    with qtbot.waitSignal(made.changed):
        qtbot.keyClick(made.focus_target(), Qt.Key.Key_Right)
    assert made.value() == "c"
    assert made.combo is None


def test_many_choices_are_a_list_that_the_wheel_does_not_change(qtbot: QtBot) -> None:
    made = control("one_of_many", ChoiceControl)
    qtbot.addWidget(made)
    made.set_value("b")
    assert made.combo is not None
    wheel = QWheelEvent(
        QPointF(5, 5),
        QPointF(5, 5),
        QPoint(0, -120),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(made.combo, wheel)
    assert made.value() == "b"
    assert not wheel.isAccepted()


def test_a_switch_is_a_check_box_for_the_keyboard(qtbot: QtBot) -> None:
    made = control("on", YesNoControl)
    qtbot.addWidget(made)
    made.set_value(True)
    qtbot.keyClick(made.switch, Qt.Key.Key_Space)
    assert made.value() is False


def test_check_boxes_keep_the_order_of_the_choices(qtbot: QtBot) -> None:
    made = control("some", ChoicesControl)
    qtbot.addWidget(made)
    made.set_value([])
    for box in reversed(made.boxes):
        box.click()
    assert made.value() == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("language", "typed", "day"),
    [
        ("en_US", "2/28/2026", "2026-02-28"),
        ("de_DE", "28.02.2026", "2026-02-28"),
        ("zh_CN", "2026/2/28", "2026-02-28"),
        ("en_US", "2026-02-28", "2026-02-28"),
    ],
)
def test_a_day_is_typed_as_the_locale_has_it(qtbot: QtBot, language: str, typed: str, day: str) -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(language))
    try:
        made = control("day", DateControl)
        qtbot.addWidget(made)
        qtbot.keyClicks(made.edit, typed)
        assert made.value() == day
        made.set_value(day)
        assert made.value() == day
    finally:
        QLocale.setDefault(before)


def test_no_day_is_said_as_such_and_nonsense_is_not_taken(qtbot: QtBot) -> None:
    made = control("day", DateControl)
    qtbot.addWidget(made)
    made.edit.setText("31/31/2026")
    assert made.wrong().startswith("'31/31/2026' is not a day. Write it like ")
    made.clear_button.click()
    assert made.value() is None
    assert not made.wrong()


def test_a_choice_stays_while_it_is_offered_and_goes_with_a_word_when_not(qtbot: QtBot) -> None:
    made = control("pick", PickControl)
    qtbot.addWidget(made)
    made.set_value("b")
    made.show_offers(OfferState("asking"))
    assert made.value() == "b"
    made.show_offers(OFFERS)
    assert made.combo.currentText() == "B"
    made.show_offers(OfferState("ready", "", (Offer("x", "X"),)))
    assert made.value() is None
    assert made.words.text() == "'b' is not there any more."


@pytest.mark.parametrize(
    ("offers", "picked"),
    [
        ((Offer("a", "A"),), "a"),
        ((Offer("a", "A"), Offer("b", "B", likely=True)), "b"),
        ((Offer("a", "A", likely=True), Offer("b", "B", likely=True)), None),
        ((Offer("a", "A"), Offer("b", "B")), None),
    ],
)
def test_where_a_choice_is_needed_the_likely_one_is_picked(
    qtbot: QtBot, offers: tuple[Offer, ...], picked: str | None
) -> None:
    made = PickControl(replace(spec("column"), required=True))
    qtbot.addWidget(made)
    made.show_offers(OfferState("ready", "", offers))
    assert made.value() == (picked or "")
    made.set_value("a")
    made.show_offers(OfferState("asking"))
    made.show_offers(OfferState("ready", "", offers))
    assert made.value() == "a"


def test_without_a_file_the_choice_says_what_to_do_first(qtbot: QtBot) -> None:
    made = control("pick", PickControl)
    qtbot.addWidget(made)
    made.show_offers(OfferState("hint", "First fill in: Source"))
    assert not made.combo.isEnabled()
    assert made.combo.placeholderText() == "First fill in: Source"


def _columns(qtbot: QtBot, chosen: list[str]) -> ColumnsControl:
    made = control("columns", ColumnsControl)
    qtbot.addWidget(made)
    made.set_value(chosen)
    made.show_offers(OFFERS)
    made.show()
    return made


def test_columns_are_moved_with_the_keyboard(qtbot: QtBot) -> None:
    made = _columns(qtbot, ["a", "b"])
    made.list.setCurrentRow(1)
    qtbot.keyClick(made.list, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert made.value() == ["b", "a"]
    made.down_button.click()
    assert made.value() == ["a", "b"]


def test_columns_are_moved_by_dragging(qtbot: QtBot) -> None:
    made = _columns(qtbot, ["a", "b", "c"])
    with qtbot.waitSignal(made.changed):
        assert made.list.model().moveRow(made.list.rootIndex(), 2, made.list.rootIndex(), 0)
    assert made.value() == ["c", "a", "b"]


def test_all_and_none_mean_those_that_the_search_shows(qtbot: QtBot) -> None:
    made = _columns(qtbot, [])
    made.search.setText("C")
    made.all_button.click()
    assert made.value() == ["c"]
    made.search.clear()
    made.all_button.click()
    assert made.value() == ["a", "b", "c", "d"]
    made.none_button.click()
    assert made.value() == []


def test_columns_that_another_file_lacks_are_named(qtbot: QtBot) -> None:
    made = _columns(qtbot, ["d", "a"])
    made.show_offers(OfferState("ready", "", (Offer("a", "A"), Offer("z", "Z"))))
    assert made.value() == ["a"]
    assert made.words.text() == "Not there any more: d"


def test_space_ticks_the_current_column(qtbot: QtBot) -> None:
    made = _columns(qtbot, ["a"])
    made.list.setCurrentRow(2)
    qtbot.keyClick(made.list, Qt.Key.Key_Space)
    assert made.value() == ["a", "c"]


def _rows(qtbot: QtBot) -> RowsControl:
    made = control("items", RowsControl)
    qtbot.addWidget(made)
    made.set_value([{"what": "x", "many": 1}, {"what": "y", "many": 2}])
    made.show()
    return made


def test_rows_are_added_moved_and_removed(qtbot: QtBot) -> None:
    made = _rows(qtbot)
    made.add_button.click()
    assert made.value()[2] == {"what": "", "many": 1}
    assert not made.add_button.isEnabled()
    made.rows[2].up_button.click()
    made.rows[0].remove_button.click()
    assert [row["what"] for row in made.value()] == ["", "y"]
    assert made.add_button.isEnabled()


def test_what_is_wrong_in_a_row_is_said_with_its_path(qtbot: QtBot) -> None:
    made = _rows(qtbot)
    many = made.rows[1].book.frames["many"].control
    many.set_value(0)
    problems = list(made.nested_problems())
    assert [(problem.path, problem.title, problem.sentence) for problem in problems] == [
        ("1.many", "Items: How many", "Must be at least 1."),
    ]
    assert made.show_nested_problem("1.many", "No") is not None
    assert made.rows[1].book.frames["many"].complaint.words.text() == "No"
    assert made.show_nested_problem("7.many", "No") is None

"""*Save as...* in the form, and the saved jobs on Home."""

import pytest
from PySide6.QtWidgets import QMessageBox

from desktop.ui.new_job import NewJob
from tests.gui.conftest import Stage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def open_report(stage: Stage) -> NewJob:
    stage.window.home.cards.cards[0].click()
    form = stage.window.page("new")
    assert isinstance(form, NewJob)
    assert form.form is not None
    return form


def test_answers_are_kept_under_a_name_run_from_home_and_removed(joined: Stage) -> None:
    form = open_report(joined)
    assert form.form is not None
    assert form.form.form is not None
    form.form.form.set_values({"source": "/a.csv", "folder": "/b"})
    form.keeping.button.click()
    dialog = form.keeping.dialog
    assert dialog is not None
    dialog.setTextValue("Month end")
    dialog.accept()
    strip = joined.window.home.saved
    joined.until(lambda: 1 in strip.rows, "the saved job is on Home")
    kept = joined.fake.saved[1]
    assert (kept["name"], kept["kind"], kept["params"]["source"]) == ("Month end", "report", "/a.csv")
    joined.window.go("home")
    before = len(joined.fake.jobs)
    strip.rows[1].run_button.click()
    joined.until(lambda: len(joined.fake.jobs) == before + 1)
    joined.until(lambda: joined.window.pages.currentWidget() is joined.window.page("jobs"))
    joined.window.go("home")
    strip.rows[1].remove_button.click()
    assert isinstance(strip.question, QMessageBox)
    next(one for one in strip.question.buttons() if one.text() == "Remove").click()
    joined.until(lambda: not strip.rows and not joined.fake.saved)
    assert not strip.isVisible()


def test_a_form_with_something_missing_is_not_kept_and_says_what(joined: Stage) -> None:
    form = open_report(joined)
    form.keeping.button.click()
    assert form.keeping.dialog is None
    assert joined.fake.saved == {}

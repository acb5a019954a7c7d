"""*Schedule...* in the form, and the page of schedules."""

import pytest

from desktop.ui.schedules.dialog import ScheduleDialog
from tests.gui.conftest import Stage
from tests.gui.test_saved_jobs import open_report

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def opened(stage: Stage) -> ScheduleDialog:
    form = open_report(stage)
    assert form.form is not None
    assert form.form.form is not None
    form.form.form.set_values({"source": "/a.csv", "folder": "/b"})
    form.scheduling.button.click()
    stage.until(lambda: form.scheduling.dialog is not None)
    assert form.scheduling.dialog is not None
    return form.scheduling.dialog


def test_a_forms_answers_are_scheduled_in_words_with_the_next_five_times(joined: Stage) -> None:
    dialog = opened(joined)
    joined.until(lambda: dialog.said.text() == "Every weekday at 18:00")
    assert len(dialog.times.text().splitlines()) == 5
    dialog.form.set_values({"repeat": "months", "which_day": "last_working", "at": "7.30"})
    joined.until(lambda: dialog.said.text() == "On the last working day of every month at 07:30")
    dialog.name_edit.setText("Month end")
    dialog.save()
    joined.until(lambda: 1 in joined.fake.schedules.kept)
    kept = joined.fake.schedules.kept[1]
    assert (kept["name"], kept["rule"]["day"], kept["missed"]) == ("Month end", "last_working", "latest")
    assert joined.fake.saved[1]["params"]["source"] == "/a.csv"
    joined.until(lambda: "is scheduled: On the last" in joined.window.notice.message.text())


def test_a_time_that_is_none_is_said_at_its_field_and_nothing_is_kept(joined: Stage) -> None:
    dialog = opened(joined)
    dialog.form.set_values({"repeat": "days", "at": "half past six"})
    dialog.save()
    frame = dialog.form.book.frames["at"]
    assert frame.complaint.words.text() == "Write a time of day like 18:00."
    assert joined.fake.schedules.kept == {}
    dialog.form.set_values({"repeat": "weeks", "weekdays": []})
    joined.until(lambda: dialog.said.text() == "Choose at least one day of the week.")
    dialog.reject()

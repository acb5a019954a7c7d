"""*Schedule...* in the form, and the page of schedules."""

from datetime import UTC, datetime, timedelta

import pytest

from backend.core.events import SavedChanged
from desktop.ui.schedules.dialog import ScheduleDialog
from desktop.ui.schedules.missed import MissedRun
from desktop.ui.schedules.page import SchedulesPage
from tests.gui.conftest import Stage
from tests.gui.test_saved_jobs import open_report
from tests.helpers.fake_schedules import a_run

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


def test_the_page_says_what_comes_and_pauses_runs_changes_and_removes(joined: Stage) -> None:
    joined.fake.saved[1] = {"id": 1, "name": "Month end", "kind": "report", "params": {"source": "/a.csv"}}
    rule = {"repeat": "days", "at": "18:00", "starts_on": "2026-11-24"}
    joined.fake.schedules.add(1, joined.fake.saved[1], rule)
    joined.window.go("schedules")
    page = joined.window.page("schedules")
    assert isinstance(page, SchedulesPage)
    joined.until(lambda: 1 in page.cards)
    assert page.cards[1].when.text().startswith("Every day at 18:00")
    assert page.cards[1].ahead.text().count("·") == 4
    assert page.cards[1].came.text() == "It has not run yet."
    page.cards[1].pause_button.click()
    joined.until(lambda: page.cards[1].ahead.text().startswith("Paused"))
    before = len(joined.fake.jobs)
    page.cards[1].run_button.click()
    joined.until(lambda: len(joined.fake.jobs) == before + 1)
    page.cards[1].change_button.click()
    joined.until(lambda: page.scheduling.dialog is not None)
    assert page.scheduling.dialog is not None
    page.scheduling.dialog.form.set_values({"repeat": "weeks", "weekdays": [4], "at": "9", "missed": "skip"})
    page.scheduling.dialog.save()
    joined.until(lambda: page.cards[1].when.text().startswith("Every Friday at 09:00"))
    assert joined.fake.schedules.kept[1]["missed"] == "skip"
    page.cards[1].remove_button.click()
    assert page.question is not None
    next(one for one in page.question.buttons() if one.text() == "Remove").click()
    joined.until(lambda: not page.cards and joined.fake.schedules.kept == {})


def test_a_change_leaves_the_focus_where_it_is_and_the_cards_in_the_order_of_their_times(joined: Stage) -> None:
    rule = {"repeat": "days", "at": "18:00", "starts_on": "2026-11-24"}
    for number, name in ((1, "Month end"), (2, "Sales"), (3, "Stock")):
        joined.fake.schedules.add(number, {"id": number, "name": name, "kind": "report"}, rule)
    joined.window.go("schedules")
    page = joined.window.page("schedules")
    assert isinstance(page, SchedulesPage)
    joined.until(lambda: len(page.cards) == 3)
    button = page.cards[2].change_button
    button.setFocus()
    assert joined.window.focusWidget() is button
    kept = joined.fake.schedules.kept
    joined.fake.schedules.kept = {2: {**kept[2], "words": "Every day at noon"}, 1: kept[1]}
    joined.fake.post(SavedChanged())
    joined.until(lambda: list(page.cards) == [2, 1] and page.cards[2].when.text() == "Every day at noon")
    assert joined.window.focusWidget() is button
    joined.settle()
    assert page.cards[2].y() < page.cards[1].y()


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("drive", " · waits for its drive or folder · starts at the latest: Today, "),
        ("network", " · waits for the network · starts at the latest: Today, "),
        ("last_run", " · waits until the last run has ended"),
    ],
)
def test_a_run_that_waits_says_for_what_and_how_long(joined: Stage, reason: str, words: str) -> None:
    noon = datetime.now().astimezone().replace(hour=12, minute=0)
    end = (noon + timedelta(minutes=30)).isoformat() if reason != "last_run" else None
    rule = {"repeat": "days", "at": "12:00", "starts_on": "2026-11-24"}
    waiting = a_run(noon, reason=reason, waits_until=end)
    joined.fake.schedules.add(1, {"id": 1, "name": "Month end", "kind": "report"}, rule, waiting=waiting)
    joined.window.go("schedules")
    page = joined.window.page("schedules")
    assert isinstance(page, SchedulesPage)
    joined.until(lambda: 1 in page.cards)
    assert page.cards[1].came.text().startswith("Due: Today, ")
    assert words in page.cards[1].came.text()
    coming = joined.window.home.coming
    assert coming is not None
    coming.look()
    joined.until(lambda: coming.rows and words in coming.rows[0])


def test_home_says_what_comes_up_and_leads_to_the_schedules(joined: Stage) -> None:
    coming = joined.window.home.coming
    assert coming is not None
    assert not coming.isVisible()
    rule = {"repeat": "days", "at": "18:00", "starts_on": "2026-11-24"}
    joined.fake.schedules.add(1, {"id": 1, "name": "Month end", "kind": "report"}, rule)
    coming.look()
    joined.until(coming.isVisible)
    assert coming.rows[0].startswith("Month end: ")
    assert " · in " in coming.rows[0]
    coming.all_button.click()
    assert joined.window.pages.currentWidget() is joined.window.page("schedules")


def test_a_saved_job_is_scheduled_from_home(joined: Stage) -> None:
    joined.fake.saved[1] = {"id": 1, "name": "Month end", "kind": "report", "params": {"source": "/a.csv"}}
    strip = joined.window.home.saved
    strip.look()
    joined.until(lambda: 1 in strip.rows)
    strip.rows[1].schedule_button.click()
    joined.until(lambda: strip.scheduling is not None and strip.scheduling.dialog is not None)
    assert strip.scheduling is not None
    assert strip.scheduling.dialog is not None
    strip.scheduling.dialog.save()
    joined.until(lambda: joined.fake.schedules.kept.get(1, {}).get("saved_id") == 1)


def test_a_run_that_was_missed_is_said_with_its_reason(stage: Stage) -> None:
    stage.preferences.last_looked = datetime.now(UTC) - timedelta(days=2)
    missed = {"state": "missed", "reason": "asleep", "times": 3}
    stage.fake.schedules.missed = [{**a_run(datetime.now(UTC)), **missed}]
    stage.open()
    stage.until(lambda: len(stage.window.home.findChildren(MissedRun)) == 1)
    (row,) = stage.window.home.findChildren(MissedRun)
    assert row.said.startswith("Did not run 3 times · Today, ")
    assert row.said.endswith("the computer was asleep")
    row.best.click()
    assert stage.window.pages.currentWidget() is stage.window.page("schedules")


def test_a_run_that_could_not_be_started_is_said_as_soon_as_it_is_known(joined: Stage) -> None:
    away = joined.window.home.away

    problem = {"code": "account.gone", "message": "The account is not there any more.", "hint": "Choose another."}
    run = a_run(datetime.now(UTC), state="refused", problem=problem)
    joined.fake.schedules.missed = [run]
    joined.fake.post(SavedChanged())
    joined.until(lambda: len(away.findChildren(MissedRun)) == 1)
    (row,) = away.findChildren(MissedRun)
    assert row.said.startswith("Could not be started · Today, ")
    assert row.said.endswith("The account is not there any more. Choose another.")
    assert away.isVisibleTo(joined.window.home)

"""The tray icon and its menu, and what the desktop is told."""

import os
from collections.abc import Generator
from datetime import UTC, datetime

import pytest
from PySide6.QtGui import QIcon

from backend.core.events import SavedChanged
from backend.core.states import JobState
from backend.core.views import Problem
from desktop.ui.home import SCHEDULES
from desktop.ui.jobs.page import JobsPage
from desktop.ui.settings_page import SettingsPage
from desktop.ui.tray.icon import Tray, painted
from desktop.ui.tray.notifying import Notifier
from tests.gui.conftest import Stage
from tests.helpers.fake_schedules import a_run
from tests.helpers.notification_service import NotificationService
from tests.helpers.screen import session_bus

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")


@pytest.fixture
def tray(joined: Stage) -> Generator[Tray]:
    made = Tray(joined.window.backend)
    yield made
    made.deleteLater()


def image(icon: QIcon) -> bytes:
    return bytes(icon.pixmap(64, 64).toImage().constBits())


def test_the_tray_says_how_many_run_and_how_far_they_are(joined: Stage, tray: Tray) -> None:
    assert tray.said.text().startswith("2 jobs running · ")
    assert " % · about " in tray.said.text()
    assert tray.toolTip().endswith(tray.said.text())
    for number in (36, 37):
        joined.fake.end(number, JobState.SUCCEEDED)
    joined.until(lambda: tray.said.text() == "Nothing is running · 3 waiting")


def test_the_icon_looks_different_with_the_number_of_jobs_and_with_progress() -> None:
    looks = [
        painted(running, fraction, paused=paused)
        for running, fraction, paused in [
            (0, None, False),
            (1, None, False),
            (2, None, False),
            (12, 0.5, False),
            (1, 0.1, False),
            (1, 0.9, False),
            (1, 0.9, True),
        ]
    ]
    assert len({image(icon) for icon in looks}) == len(looks)


def test_pausing_all_holds_the_queue_and_what_runs_and_going_on_lets_all_go(joined: Stage, tray: Tray) -> None:
    assert tray.pause_action.text() == "Pause all jobs"
    tray.pause_action.trigger()
    joined.until(lambda: joined.fake.paused and tray.pause_action.text() == "Go on with all jobs")
    joined.until(lambda: {joined.fake.jobs[number].state for number in (36, 37)} == {JobState.PAUSED})
    joined.until(lambda: tray.pause_action.isEnabled() and tray.said.text().endswith("nothing new starts"))
    tray.pause_action.trigger()
    joined.until(lambda: not joined.fake.paused and tray.pause_action.text() == "Pause all jobs")
    joined.until(lambda: {joined.fake.jobs[number].state for number in (36, 37)} == {JobState.RUNNING})


def test_the_menu_opens_and_quits(joined: Stage, tray: Tray) -> None:
    said: list[str] = []
    tray.opened.connect(lambda: said.append("open"))
    tray.quit_asked.connect(lambda: said.append("quit"))
    for action in (tray.open_action, tray.said, tray.quit_action):
        action.trigger()
    tray.activated.emit(Tray.ActivationReason.Trigger)
    assert said == ["open", "open", "quit", "open"]


@pytest.fixture
def told(joined: Stage) -> list[tuple[str, str]]:
    """What the desktop is told from now on; nobody looks at the window."""
    said: list[tuple[str, str]] = []
    notifier: Notifier = joined.window.notifier
    notifier.told.connect(lambda title, text: said.append((title, text)))
    joined.window.isActiveWindow = lambda: False
    return said


def test_a_job_that_fails_is_told_with_why_and_success_is_quiet(joined: Stage, told: list[tuple[str, str]]) -> None:
    joined.fake.end(36, JobState.SUCCEEDED)
    joined.fake.end(37, JobState.FAILED)
    joined.until(lambda: told)
    ((title, text),) = told
    assert title == f"“{joined.fake.jobs[37].name}” did not succeed"
    problem = joined.fake.jobs[37].problem
    assert problem is not None
    assert text == f"{problem.message} {problem.hint}"


def test_success_is_told_where_it_is_asked_for_and_nothing_where_nothing_is(
    joined: Stage, told: list[tuple[str, str]]
) -> None:
    joined.window.go("settings")
    page = joined.window.page("settings")
    assert isinstance(page, SettingsPage)
    page.notifications.success.click()
    page.notifications.needs.click()
    joined.fake.end(37, JobState.FAILED)
    joined.fake.end(36, JobState.SUCCEEDED)
    joined.until(lambda: told)
    assert [title for title, _text in told] == [f"“{joined.fake.jobs[36].name}” is done"]


def test_what_waited_in_vain_is_not_told_beside_the_job_that_failed(joined: Stage, told: list[tuple[str, str]]) -> None:
    broken = Problem(code="chain.broken", message="It waits in vain.", hint="")
    joined.fake.change(38, state=JobState.NEEDS_USER, problem=broken)
    joined.fake.end(37, JobState.FAILED)
    joined.until(lambda: told)
    assert [title for title, _text in told] == [f"“{joined.fake.jobs[37].name}” did not succeed"]


def test_a_scheduled_run_that_could_not_be_started_is_told_once_and_leads_to_the_schedules(
    joined: Stage, told: list[tuple[str, str]]
) -> None:
    problem = {"code": "account.gone", "message": "The account is not there any more.", "hint": "Choose another."}
    run = a_run(datetime.now(UTC), state="refused", problem=problem)
    joined.fake.schedules.missed = [run]
    joined.fake.post(SavedChanged())
    joined.until(lambda: told)
    joined.fake.schedules.missed = [run, {**run, "id": 2, "name": "Another"}]
    joined.fake.post(SavedChanged())
    joined.until(lambda: len(told) > 1)
    why = "The account is not there any more. Choose another."
    assert told == [(f"“{run['name']}” could not be started", why), ("“Another” could not be started", why)]
    joined.window.notifier.asked.emit(SCHEDULES)
    assert joined.window.pages.currentWidget() is joined.window.page("schedules")


def test_nothing_is_told_while_the_window_is_in_use(joined: Stage, told: list[tuple[str, str]]) -> None:
    joined.window.isActiveWindow = lambda: True
    joined.fake.end(37, JobState.FAILED)
    joined.until(lambda: 37 not in joined.window.backend.jobs.active)
    assert told == []


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Generator[NotificationService]:
    with session_bus(dict(os.environ)) as address:
        monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
        made = NotificationService(address)
        yield made
        made.end()


def test_without_a_tray_the_desktops_own_service_shows_it_and_a_click_opens_the_job(
    service: NotificationService, joined: Stage, told: list[tuple[str, str]]
) -> None:
    problem = Problem(code="drive.missing", message="A <b>drive</b> & more is missing.", hint="")
    joined.fake.change(37, state=JobState.FAILED, problem=problem)
    joined.until(lambda: service.shown)
    (shown,) = service.shown
    assert (shown.title, shown.text) == (told[0][0], "A &lt;b&gt;drive&lt;/b&gt; &amp; more is missing.")
    service.click(shown.number)
    jobs = joined.window.page("jobs")
    assert isinstance(jobs, JobsPage)
    joined.until(lambda: joined.window.pages.currentWidget() is jobs)
    joined.until(lambda: jobs.details.detail is not None and jobs.details.detail.job.id == 37)


def test_with_neither_tray_nor_service_the_window_is_marked_and_nothing_fails(
    joined: Stage, told: list[tuple[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    marked: list[object] = []
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/bus")
    monkeypatch.setattr("desktop.ui.tray.notifying.QApplication.alert", lambda window: marked.append(window))
    joined.fake.end(37, JobState.FAILED)
    joined.until(lambda: len(marked) == 2)
    assert told

"""Settings: how much history is kept, and when the desktop says something."""

import pytest

from backend.core.errors import UserError
from desktop.ui.preferences import Preferences
from desktop.ui.settings_page import SettingsPage
from tests.gui.conftest import Stage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def settings(stage: Stage) -> SettingsPage:
    stage.window.go("settings")
    page = stage.window.page("settings")
    assert isinstance(page, SettingsPage)
    stage.until(page.history.isEnabled)
    return page


def test_how_long_jobs_stay_is_shown_and_changed(joined: Stage) -> None:
    history = settings(joined).history
    assert (history.months.value(), history.jobs.value()) == (12, 100_000)
    assert not history.change_button.isEnabled()
    history.months.setValue(24)
    history.change_button.click()
    joined.until(lambda: joined.fake.history == {"months": 24, "jobs": 100_000})
    joined.until(lambda: not history.change_button.isEnabled())
    history.jobs.setValue(5000)
    assert "leave the list for good" in history.note.text()
    assert joined.fake.history["jobs"] == 100_000
    history.change_button.click()
    joined.until(lambda: joined.fake.history == {"months": 24, "jobs": 5000})


def test_a_refused_change_is_said_beside_it(joined: Stage) -> None:
    history = settings(joined).history
    joined.fake.refusal = UserError("record.busy", "The list is being copied.", "Try again in a minute.")
    history.months.setValue(3)
    history.change_button.click()
    joined.until(lambda: history.trouble.text() == "The list is being copied. Try again in a minute.")
    joined.fake.refusal = None
    history.look()
    joined.until(lambda: history.trouble.isHidden() and history.months.value() == 12)


def test_what_the_desktop_says_is_remembered(joined: Stage) -> None:
    card = settings(joined).notifications
    assert (card.needs.isChecked(), card.success.isChecked()) == (True, False)
    card.needs.click()
    card.success.click()
    joined.preferences.flush()
    again = Preferences(joined.folder)
    assert (again.tells_of_needs, again.tells_of_success) == (False, True)

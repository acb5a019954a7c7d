"""What a job has done is undone with one button in its details."""

import pytest

from backend.core.states import JobState
from backend.core.views import Undo
from tests.gui.conftest import Stage
from tests.gui.test_jobs_page import choose

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_one_press_starts_the_job_that_undoes_it_and_shows_it(joined: Stage) -> None:
    page = joined.jobs_page()
    button = page.details.overview.undo_button
    joined.fake.end(36, JobState.SUCCEEDED)
    joined.fake.change(36, undo=Undo(kind="bring-back", params={"quarantine": "a1"}))
    joined.fake.end(37, JobState.SUCCEEDED)
    choose(joined, page, 36)
    joined.until(lambda: button.isVisibleTo(page) and button.accessibleName() == "Bring-back")
    button.click()
    joined.until(lambda: joined.fake.started)
    (sent,) = joined.fake.started
    assert (sent["kind"], sent["params"]) == ("bring-back", {"quarantine": "a1"})
    joined.until(lambda: page.details.detail is not None and page.details.detail.job.kind == "bring-back")
    assert not button.isVisibleTo(page)

"""The welcome at the first start: there until it is closed or a first job is there, and never again."""

from pathlib import Path

import pytest

from backend.core.states import JobState
from desktop.ui.home import HomePage
from desktop.ui.new_job import NewJob
from desktop.ui.preferences import Preferences
from desktop.ui.welcome import Welcome
from tests.gui.conftest import Stage

pytestmark = [
    pytest.mark.qt_log_ignore("propagateSizeHints"),
    # anyio leaves a coroutine unawaited when it is cancelled while it connects.
    pytest.mark.filterwarnings("ignore:coroutine 'connect_tcp:RuntimeWarning"),
]


@pytest.fixture
def first(stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The first start: no jobs, and documents of its own."""
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(tmp_path / "Documents"))
    stage.fake.jobs.clear()
    stage.fake.start()
    stage.window.show()
    stage.begin()
    stage.until(lambda: welcome_of(stage) is not None)
    return stage


def welcome_of(stage: Stage) -> Welcome | None:
    found = stage.window.home.welcome
    return found if found is not None and found.isVisible() else None


def shown(stage: Stage) -> Welcome:
    found = welcome_of(stage)
    assert found is not None
    return found


def comes_again(stage: Stage) -> bool:
    stage.preferences.flush()
    return not Preferences(stage.folder).welcomed


def test_the_samples_are_laid_out_and_a_form_is_filled_in_with_them(first: Stage, tmp_path: Path) -> None:
    shown(first).start.click()
    page = first.window.page("new")
    assert isinstance(page, NewJob)
    first.until(lambda: page.form is not None and page.form.form is not None)
    assert page.form is not None
    assert page.form.form is not None
    answers = page.form.form.values()
    samples = tmp_path / "Documents" / "Deskhand samples"
    assert (answers["title"], answers["folder"]) == ("Sales by region", str(samples))
    assert (samples / "sales.csv").read_text("utf-8").startswith("Order no,")
    assert comes_again(first)


def test_closed_it_is_gone_for_good(first: Stage) -> None:
    shown(first).closing.click()
    assert welcome_of(first) is None
    assert not comes_again(first)
    again = HomePage(Preferences(first.folder))
    again.fill(first.window.backend, first.window.doer)
    first.window.backend.job_types_known.emit()
    assert again.welcome is None
    again.deleteLater()


def test_the_first_job_makes_it_go_for_good(first: Stage) -> None:
    first.fake.add(state=JobState.WAITING)
    first.until(lambda: welcome_of(first) is None)
    assert not comes_again(first)


def test_who_has_jobs_already_is_not_welcomed(joined: Stage) -> None:
    joined.until(lambda: not comes_again(joined))
    assert welcome_of(joined) is None


def test_documents_that_cannot_be_written_are_said_in_words(first: Stage, tmp_path: Path) -> None:
    (tmp_path / "Documents").write_text("a file where the folder should be")
    shown(first).start.click()
    first.until(first.window.notice.isVisible)
    assert "could not be put into" in first.window.notice.message.text()
    assert shown(first).start.isEnabled()

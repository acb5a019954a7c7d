"""Jobs that wait for others, in the window: what is said of them, and what is asked."""

import pytest
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton, QWidget

from backend.core.states import JobState
from backend.core.views import Link, Problem
from desktop.state.standing import Chip, Deed
from desktop.ui.jobs.page import JobsPage
from desktop.ui.new_job import NewJob
from tests.gui.conftest import Stage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

FIRST, SECOND = 37, 41


def texts(widget: QWidget) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisible() and label.text()]


def button(widget: QWidget, name: str) -> QPushButton:
    return next(one for one in widget.findChildren(QPushButton) if one.accessibleName() == name)


@pytest.fixture
def page(joined: Stage) -> JobsPage:
    """The jobs, of which the newest waits for the 37th."""
    page = joined.jobs_page()
    name = joined.fake.jobs[FIRST].name
    link = Link(job=FIRST, name=name, state=JobState.RUNNING, when="succeeded", settled=False)
    files = [{"from_job": FIRST, "files": "*.pdf"}]
    joined.fake.add(
        JobState.BLOCKED, name="Letter", waits_for=[FIRST], starts_after=[link], kind="mailing", params={"files": files}
    )
    back = Link(job=SECOND, name="Letter", state=JobState.BLOCKED, when="succeeded", settled=False)
    joined.fake.change(FIRST, followed_by=[back])
    joined.until(lambda: page.model.listing.place(SECOND) is not None)
    return page


def stop(stage: Stage, page: JobsPage, number: int) -> QMessageBox:
    assert page.table.select_job(number)
    page.deeds[Deed.STOP].trigger()
    stage.until(lambda: stage.window.findChild(QMessageBox) is not None)
    box = stage.window.findChild(QMessageBox)
    assert isinstance(box, QMessageBox)
    return box


def test_the_details_say_what_is_waited_for_and_lead_there(joined: Stage, page: JobsPage) -> None:
    name = joined.fake.jobs[FIRST].name
    page.table.select_job(SECOND)
    chain = page.details.overview.chain
    joined.until(lambda: f"“{name}” has succeeded (Running)" in texts(chain))
    assert "Starts as soon as" in texts(chain)
    button(chain, f"Show “{name}”").click()
    joined.until(lambda: page.details.job_id == FIRST)
    joined.until(lambda: any("“Letter”, if this succeeds" in text for text in texts(chain)))


def test_the_answers_say_whose_files_will_be_taken(joined: Stage, page: JobsPage) -> None:
    page.table.select_job(SECOND)
    page.details.tabs.setCurrentIndex(2)
    joined.until(lambda: f"What job #{FIRST} makes (*.pdf)" in texts(page.details.answers))


def test_it_is_listed_as_waiting(joined: Stage, page: JobsPage) -> None:
    page.chips.choose(Chip.WAITING)
    joined.until(lambda: SECOND in [job.id for job in page.model.listing.rows])


@pytest.mark.parametrize(("answer", "becomes"), [("Stop them, too", "stopped"), ("Keep them", "blocked")])
def test_stopping_the_first_asks_what_becomes_of_the_rest(
    joined: Stage, page: JobsPage, answer: str, becomes: str
) -> None:
    box = stop(joined, page, FIRST)
    assert joined.fake.jobs[FIRST].name in box.text()
    assert joined.fake.jobs[FIRST].state is JobState.RUNNING
    next(one for one in box.buttons() if one.text() == answer).click()
    joined.until(lambda: joined.fake.jobs[FIRST].state is JobState.STOPPED)
    assert joined.fake.jobs[SECOND].state == becomes


def test_after_a_failure_the_one_before_can_be_tried_again_from_here(joined: Stage, page: JobsPage) -> None:
    failed = joined.fake.end(FIRST, JobState.FAILED)
    link = Link(job=FIRST, name=failed.name, state=JobState.FAILED, when="succeeded", settled=False)
    problem = Problem(code="chain.broken", message=f"'{failed.name}' did not succeed.", hint="Try that one again.")
    joined.fake.change(SECOND, state=JobState.NEEDS_USER, problem=problem, starts_after=[link])
    page.table.select_job(SECOND)
    chain = page.details.overview.chain
    joined.until(lambda: any("Did not work" in text for text in texts(chain)))
    assert not page.deeds[Deed.RETRY].isEnabled()
    button(chain, f"Try “{failed.name}” again").click()
    joined.until(lambda: joined.fake.jobs[FIRST].state is JobState.WAITING)


def test_a_changed_job_takes_with_it_what_waits_for_the_one_before(joined: Stage, page: JobsPage) -> None:
    joined.fake.end(FIRST, JobState.FAILED)
    back = Link(job=SECOND, name="Letter", state=JobState.NEEDS_USER, when="succeeded", settled=False)
    gone = Link(job=3, name="Not needed", state=JobState.STOPPED, when="succeeded", settled=False)
    joined.fake.change(FIRST, followed_by=[back, gone])
    page.table.select_job(FIRST)
    joined.until(page.deeds[Deed.CHANGE].isEnabled)
    page.deeds[Deed.CHANGE].trigger()
    joined.until(lambda: isinstance(joined.window.pages.currentWidget(), NewJob))
    shown = joined.window.pages.currentWidget()
    assert isinstance(shown, NewJob)
    assert shown.form is not None
    assert shown.form.followers.text() == "“Letter” waits for this job. It will follow when this one is started."
    shown.form.footer.start_button.click()
    joined.until(lambda: bool(joined.fake.started))
    assert joined.fake.started[-1]["instead_of"] == FIRST
    joined.window.new_job()
    shown.open_kind(joined.window.backend.job_types[0])
    assert not shown.form.followers.text()

"""The recipients of a mailing in the details of its job: what is said, followed, filtered and found."""

import itertools
import time
from collections.abc import Callable

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtTest import QTest

from backend.core.events import JobProgressed
from backend.core.paths import DataPaths
from backend.core.states import JobState
from backend.core.views import Progress
from backend.lib.mail.ledger import Ledger
from desktop.ui.new_job import NewJob
from desktop.ui.recipients.view import RecipientsView
from tests.gui.conftest import Stage
from tests.helpers.mail_ledgers import ledger_place, note, people

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

MAILING = 36
"""A job that is running."""


def ledger_for(stage: Stage, count: int) -> Ledger:
    ledger = Ledger(ledger_place(DataPaths(stage.folder), MAILING))
    ledger.prepare(people(count), "example.com")
    stage.fake.change(MAILING, has_recipients=True)
    return ledger


def opened(stage: Stage) -> RecipientsView:
    page = stage.jobs_page()
    stage.window.resize(1280, 800)
    assert page.table.select_job(MAILING)
    view, tabs = page.details.recipients, page.details.tabs
    stage.until(lambda: tabs.isTabVisible(tabs.indexOf(view)))
    tabs.setCurrentWidget(view)
    stage.until(lambda: view.model.rowCount() > 0)
    return view


def shown(view: RecipientsView) -> list[str]:
    return [view.model.index(row, 0).data() for row in range(view.model.rowCount())]


def come_on(stage: Stage) -> None:
    stage.fake.post(JobProgressed(id=MAILING, progress=Progress(done=1, total=5, unit="letters")))


def test_each_recipient_is_shown_with_the_servers_words_and_followed_live(joined: Stage) -> None:
    with ledger_for(joined, 5) as ledger:
        note(ledger, ("sent", "250 ok"), ("refused", "550 no such user"))
        view = opened(joined)
        assert shown(view)[:3] == [
            "Person 2 <p2@example.com>, Sent · 250 ok",
            "Person 3 <p3@example.com>, Refused · 550 no such user",
            "Person 4 <p4@example.com>, Waiting",
        ]
        assert view.summary.text() == "Waiting 3 · Sent 1 · Refused 1"
        view.rows.selectRow(1)
        assert view.whole.text().splitlines()[1:] == ["Row 3 of the list", "Refused", "550 no such user"]
        note(ledger, ("unknown", "the connection was lost"))
        come_on(joined)
        joined.until(lambda: shown(view)[2] == "Person 4 <p4@example.com>, Not known · the connection was lost")
        assert view.summary.text() == "Waiting 2 · Sent 1 · Refused 1 · Not known 1"


def test_a_list_that_comes_to_be_while_the_job_runs_is_offered(joined: Stage) -> None:
    page = joined.jobs_page()
    page.table.select_job(MAILING)
    joined.until(lambda: page.details.detail is not None)
    at = page.details.tabs.indexOf(page.details.recipients)
    assert not page.details.tabs.isTabVisible(at)
    joined.fake.jobs[MAILING] = joined.fake.jobs[MAILING].model_copy(update={"has_recipients": True})
    come_on(joined)
    joined.until(lambda: page.details.tabs.isTabVisible(at))


def test_a_state_can_be_chosen_and_whoever_leaves_it_goes(joined: Stage) -> None:
    with ledger_for(joined, 4) as ledger:
        view = opened(joined)
        view.filter.setCurrentIndex(view.filter.findText("Waiting (4)"))
        view.filter.activated.emit(view.filter.currentIndex())
        joined.until(lambda: not view.model.is_loading and len(shown(view)) == 4)
        note(ledger, ("sent", "250 ok"), ("sent", "250 ok"))
        come_on(joined)
        joined.until(
            lambda: shown(view) == ["Person 4 <p4@example.com>, Waiting", "Person 5 <p5@example.com>, Waiting"]
        )
        assert view.filter.currentText() == "Waiting (2)"


def test_a_search_finds_addresses_names_and_answers(joined: Stage) -> None:
    with ledger_for(joined, 30) as ledger:
        note(ledger, ("refused", "550 mailbox full"))
        view = opened(joined)
        QTest.keyClicks(view.search, "mailbox full")
        joined.until(lambda: shown(view) == ["Person 2 <p2@example.com>, Refused · 550 mailbox full"])
        view.search.setText("person 31")
        joined.until(lambda: shown(view) == ["Person 31 <p31@example.com>, Waiting"])
        view.search.setText("nobody of this name")
        joined.until(lambda: shown(view) == [])
        assert view.note.text() == "Nobody here fits."


def test_what_is_shown_is_saved_as_a_file(joined: Stage) -> None:
    with ledger_for(joined, 3) as ledger:
        note(ledger, ("refused", "550 no"))
        view = opened(joined)
        view.filter.setCurrentIndex(view.filter.findText("Refused (1)"))
        view.save_button.click()
        assert view.saving.files is not None
        view.saving.files.fileSelected.emit(str(joined.folder / "refused.csv"))
        view.saving.files.close()
        joined.until(lambda: view.note.text() == "1 letter saved in refused.csv.")
    saved = (joined.folder / "refused.csv").read_text("utf-8-sig").splitlines()
    assert [line.split(",")[1] for line in saved[1:]] == ["p2@example.com"]


def test_letters_of_which_nobody_knows_are_settled_once_the_job_is_over(joined: Stage) -> None:
    with ledger_for(joined, 3) as ledger:
        note(ledger, ("unknown", "lost"), ("unknown", "lost"), ("sent", "250 ok"))
    view = opened(joined)
    joined.until(view.unknown.isVisible)
    assert not view.unknown.offer.isVisible()
    joined.fake.end(MAILING, JobState.WARNED)
    joined.until(view.unknown.offer.isVisible)
    view.rows.selectRow(1)
    joined.until(lambda: bool(view.rows.chosen()))
    view.unknown.again.trigger()
    box = view.unknown.question
    assert box is not None
    assert box.text() == "Send 1 letter again?"
    next(one for one in box.buttons() if one.text() == "Send again").click()
    joined.until(lambda: joined.fake.decided == [{"what": "send_again", "ids": [2]}])
    view.rows.clearSelection()
    joined.fake.end(MAILING, JobState.WARNED)
    joined.until(lambda: view.unknown.offer.isVisible() and view.unknown.offer.isEnabled())
    view.unknown.arrived.trigger()
    joined.until(lambda: joined.fake.decided[1:] == [{"what": "sent", "ids": None}])
    joined.fake.end(MAILING, JobState.WARNED)
    joined.until(lambda: view.unknown.offer.isVisible() and view.unknown.offer.isEnabled())
    view.unknown.look.trigger()
    joined.until(lambda: view.note.text() == "1 of 2 letters are in the Sent folder and count as sent.")


def test_those_refused_are_sent_to_again_from_a_form_with_the_same_letter(joined: Stage) -> None:
    with ledger_for(joined, 2) as ledger:
        note(ledger, ("refused", "550 no"), ("sent", "250 ok"))
    joined.fake.change(MAILING, kind="report", params={"source": "/home/ada/list.csv"})
    view = opened(joined)
    assert not view.again_button.isVisible()
    joined.fake.end(MAILING, JobState.WARNED)
    joined.until(view.again_button.isVisible)
    asked: list[tuple[int, object]] = []
    joined.window.doer.change_with_asked.connect(lambda job, answers: asked.append((job, answers)))
    view.again_button.click()
    assert asked == [(MAILING, {"again_of": MAILING})]
    joined.until(lambda: isinstance(joined.window.pages.currentWidget(), NewJob))
    form = joined.window.pages.currentWidget()
    assert isinstance(form, NewJob)
    assert form.form is not None
    assert form.form.form is not None
    assert form.form.form.values()["source"] == "/home/ada/list.csv"


def longest_pause(stage: Stage, work: Callable[[], object]) -> float:
    """How long the loop of the window stood still at most, in seconds, while this was done."""
    beats = [time.monotonic()]
    timer = QTimer(interval=5)
    timer.timeout.connect(lambda: beats.append(time.monotonic()))
    timer.start()
    work()
    timer.stop()
    beats.append(time.monotonic())
    return max(later - earlier for earlier, later in itertools.pairwise(beats))


@pytest.mark.alone
def test_the_end_of_a_hundred_thousand_is_reached_without_a_stall(joined: Stage) -> None:
    with ledger_for(joined, 100_000):
        view = opened(joined)
        assert (view.model.rowCount(), len(view.model.list.rows)) == (100_000, 100)

        def go_down() -> None:
            view.rows.scrollToBottom()
            joined.until(lambda: view.model.recipient_at(99_999) is not None)

        assert longest_pause(joined, go_down) < 0.5
        assert [one.row for one in view.model.list.rows] == list(range(2, 100_002))

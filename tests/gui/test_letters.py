"""The letters of a job beside its form: one after another, searched, and one sent to oneself."""

from collections.abc import Callable

import pytest

from desktop.ui.letters.asking import FormLetters
from desktop.ui.letters.viewer import LetterViewer
from desktop.ui.new_job import NewJob
from tests.gui.conftest import Stage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

ANSWERS = {"source": "/a.csv", "folder": "/b"}
Opened = Callable[..., FormLetters]


@pytest.fixture
def opened(joined: Stage) -> Opened:
    def open_form(*people: str) -> FormLetters:
        joined.fake.letters.people = list(people)
        joined.window.home.cards.cards[0].click()
        form = joined.window.page("new")
        assert isinstance(form, NewJob)
        assert form.form is not None
        assert form.form.form is not None
        form.form.form.set_values(ANSWERS)
        joined.until(lambda: form.form is not None and "9 pages" in form.form.panel.brief.text(), "a rehearsal")
        return form.letters

    return open_form


def shown(viewer: LetterViewer) -> tuple[str, str, str]:
    """What is read: which one, the subject, the body."""
    return viewer.count.text(), viewer.line("subject"), viewer.text.toPlainText()


def test_letters_follow_one_another_across_pages_and_back(joined: Stage, opened: Opened) -> None:
    viewer = opened(*(f"Guest {n}" for n in range(1, 46))).viewer
    assert not viewer.isHidden()
    assert shown(viewer) == ("Letter 1 of 45", "For Guest 1", "Dear Guest 1,\nhello.")
    assert not viewer.previous.isEnabled()
    for _ in range(19):
        viewer.next.click()
    assert joined.fake.letters.looks == []
    viewer.next.click()
    joined.until(lambda: shown(viewer)[1] == "For Guest 21")
    assert joined.fake.letters.looks == [(20, "")]
    viewer.previous.click()
    assert shown(viewer)[0] == "Letter 20 of 45"


def test_a_search_finds_recipients_and_says_when_there_are_none(joined: Stage, opened: Opened) -> None:
    viewer = opened("Anna", "Bert", "Hanna").viewer
    viewer.search.setText("anna")
    joined.until(lambda: shown(viewer)[0] == "Letter 1 of 2")
    viewer.next.click()
    assert shown(viewer)[1] == "For Hanna"
    assert not viewer.next.isEnabled()
    viewer.search.setText("zoe")
    joined.until(lambda: viewer.count.text() == "Nobody is found.")
    assert viewer.text.isHidden()
    assert viewer.try_button.isHidden()


def test_another_answer_stays_at_the_same_recipient(joined: Stage, opened: Opened) -> None:
    letters = opened(*(f"Guest {n}" for n in range(1, 46)))
    viewer = letters.viewer
    for _ in range(4):
        viewer.next.click()
    form = letters.page.form
    assert form is not None
    form.set_values({**ANSWERS, "source": "/c.csv"})
    joined.until(lambda: ("POST", "/job-types/report/rehearsal") in joined.fake.requests[-1:], "asked again")
    joined.until(lambda: shown(viewer)[0] == "Letter 5 of 45")
    assert not viewer.isHidden()


def test_a_letter_that_cannot_be_written_says_why_and_can_be_passed(joined: Stage, opened: Opened) -> None:
    joined.fake.letters.unreadable = {"Bert"}
    viewer = opened("Anna", "Bert", "Cleo").viewer
    viewer.next.click()
    assert viewer.problem.message.text() == "Row 3 of the list cannot be filled in."
    assert not viewer.try_button.isVisibleTo(viewer)
    viewer.next.click()
    joined.until(lambda: shown(viewer)[1] == "For Cleo")
    assert not viewer.problem.isVisibleTo(viewer)


def test_one_letter_goes_to_oneself_and_a_refusal_is_told(joined: Stage, opened: Opened) -> None:
    viewer = opened("Anna", "Bert").viewer
    viewer.try_button.click()
    joined.until(lambda: viewer.answer.text() == "Sent to office@example.com.")
    assert joined.fake.letters.tried == [0]
    viewer.next.click()
    assert not viewer.answer.isVisibleTo(viewer)
    viewer.try_button.click()
    joined.until(lambda: viewer.trouble.message.text() == "The mail server did not take the letter.")
    assert viewer.trouble.hint.text() == "Try again later."
    assert viewer.try_button.text() == "Send this one to myself"


def test_rich_text_is_shown_as_it_will_look(joined: Stage, opened: Opened) -> None:
    joined.fake.letters.html = True
    viewer = opened("Anna").viewer
    assert viewer.text.toPlainText() == "Dear Anna, see this."


def test_a_job_without_letters_shows_none(joined: Stage, opened: Opened) -> None:
    viewer = opened().viewer
    assert viewer.isHidden()

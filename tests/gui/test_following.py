"""*Then...* in the form: what follows a job is added, changed, removed, sent along and kept."""

from typing import Any

import pytest
from PySide6.QtWidgets import QMessageBox
from pytestqt.qtbot import QtBot

from backend.core.errors import UserError
from backend.jobtypes import job_types
from backend.jobtypes.contract import JobType
from desktop.ui.following.dialog import FollowUpDialog
from desktop.ui.following.source import OWN, TAKING, SourceControl, taking_from, with_results
from desktop.ui.forms.form import JobForm
from desktop.ui.forms.offered import PickControl
from desktop.ui.forms.page import NewJobPage
from desktop.ui.forms.schema import read_fields
from desktop.ui.new_job import NewJob
from tests.gui.conftest import Stage
from tests.gui.test_saved_jobs import open_report

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
TAKERS = [
    kind for kind in job_types().values() if kind.name in ("report", "mailing", "archive", "combine", "run-program")
]


def filled(stage: Stage) -> tuple[NewJob, NewJobPage]:
    form = open_report(stage)
    page = form.form
    assert page is not None
    assert page.form is not None
    page.form.set_values({"source": "/a.csv", "folder": "/b"})
    return form, page


def opened(form: NewJob) -> FollowUpDialog:
    form.following.button.click()
    dialog = form.following.dialog
    assert dialog is not None
    return dialog


def add_mailing(form: NewJob, subject: str = "The figures") -> None:
    dialog = opened(form)
    dialog.kind.setCurrentIndex(dialog.kind.findData("mailing"))
    assert dialog.form is not None
    dialog.form.book.frames["subject"].control.set_value(subject)
    dialog.add_button.click()


def test_what_follows_takes_the_results_and_is_sent_with_the_job(joined: Stage) -> None:
    form, page = filled(joined)
    add_mailing(form)
    (row,) = form.following.chain.rows
    assert row.title.text() == "Then: Mailing"
    assert row.said.text() == "if “Report” succeeds · takes what “Report” makes"
    page.footer.start_button.click()
    joined.until(lambda: joined.fake.started)
    (follow_up,) = joined.fake.started[0]["follow_ups"]
    assert follow_up == {
        "kind": "mailing",
        "name": "",
        "when": "succeeded",
        "params": {"subject": "The figures", "attachments": [{"from_step": 0, "files": "*"}]},
    }


def test_a_later_step_takes_some_files_of_an_earlier_one_and_runs_in_any_case(joined: Stage) -> None:
    form, page = filled(joined)
    add_mailing(form)
    dialog = opened(form)
    dialog.kind.setCurrentIndex(dialog.kind.findData("mailing"))
    dialog.when.setCurrentIndex(dialog.when.findData("ended"))
    dialog.name_edit.setText("To the boss")
    assert dialog.form is not None
    source = dialog.form.book.frames["attachments"].control
    assert isinstance(source, SourceControl)
    assert [source.source.itemText(n) for n in range(3)] == [
        "What “Mailing” makes",
        "What “Report” makes",
        "Files of my own",
    ]
    source.source.setCurrentIndex(1)
    source.which.setCurrentIndex(source.which.findData("*.pdf"))
    dialog.form.book.frames["subject"].control.set_value("And again")
    dialog.add_button.click()
    row = form.following.chain.rows[1]
    assert row.title.text() == "Then: To the boss"
    assert row.said.text() == "in any case · takes *.pdf of what “Report” makes"
    draft = page.checked_draft()
    assert draft is not None
    assert draft.follow_ups[1].params["attachments"] == [{"from_step": 0, "files": "*.pdf"}]


def test_a_follow_up_is_changed_to_files_of_ones_own_and_removed(joined: Stage) -> None:
    form, _page = filled(joined)
    add_mailing(form)
    form.following.chain.rows[0].change_button.click()
    dialog = form.following.dialog
    assert dialog is not None
    assert dialog.form is not None
    source = dialog.form.book.frames["attachments"].control
    assert isinstance(source, SourceControl)
    assert source.own.isHidden()
    source.source.setCurrentIndex(source.source.findData(OWN))
    assert not source.own.isHidden()
    source.own.set_value(["/letter.pdf"])
    dialog.add_button.click()
    (follow_up,) = form.following.chain.follow_ups
    assert follow_up.params == {"subject": "The figures", "attachments": ["/letter.pdf"]}
    form.following.chain.rows[0].remove_button.click()
    assert form.following.chain.isHidden()


def test_a_follow_up_with_something_missing_is_not_added_and_says_what(joined: Stage) -> None:
    form, _page = filled(joined)
    dialog = opened(form)
    dialog.kind.setCurrentIndex(dialog.kind.findData("mailing"))
    dialog.add_button.click()
    assert dialog.form is not None
    assert dialog.form.book.frames["subject"].complaint.words.text() == "Please fill this in."
    assert form.following.chain.follow_ups == []
    dialog.reject()


def test_choices_that_hang_on_a_file_to_come_say_so_and_ask_nothing(joined: Stage) -> None:
    form, _page = filled(joined)
    report = joined.window.backend.job_types[0].raw
    column = {"title": "Column", "type": "string", "default": "", "x-kind": "column", "x-depends-on": ["source"]}
    report["params_schema"]["properties"]["column"] = column
    dialog = opened(form)
    assert dialog.kind.currentData() == "report"
    assert dialog.form is not None
    pick = dialog.form.book.frames["column"].control
    assert isinstance(pick, PickControl)
    assert pick.combo.placeholderText() == "Known once the file is there"
    assert not pick.combo.isEnabled()
    dialog.reject()


def test_what_the_backend_finds_wrong_is_said_at_the_step_and_at_its_field(joined: Stage) -> None:
    form, page = filled(joined)
    add_mailing(form)
    fields = {"follow_ups.0.params.subject": "Too short."}
    joined.fake.refusal = UserError("answers.invalid", "Some answers are not right.", "Look.", fields=fields)
    page.footer.start_button.click()
    joined.until(lambda: form.following.chain.rows[0].wrong.text() == "Too short.")
    assert page.card.isHidden()
    form.following.chain.rows[0].change_button.click()
    dialog = form.following.dialog
    assert dialog is not None
    assert dialog.form is not None
    assert dialog.form.book.frames["subject"].complaint.words.text() == "Too short."
    dialog.reject()


def test_what_follows_is_kept_with_a_saved_job_and_asked_about_before_it_is_lost(joined: Stage) -> None:
    form, page = filled(joined)
    add_mailing(form)
    form.keeping.button.click()
    assert form.keeping.dialog is not None
    form.keeping.dialog.accept()
    joined.until(lambda: joined.fake.saved)
    assert joined.fake.saved[1]["follow_ups"][0]["kind"] == "mailing"
    page.footer.cancel_button.click()
    assert isinstance(page.question, QMessageBox)
    page.question.reject()
    open_report(joined)
    assert form.following.chain.follow_ups == []


@pytest.mark.parametrize("kind", TAKERS, ids=lambda kind: kind.name)
def test_a_form_of_every_kind_can_take_files_of_the_step_before(kind: JobType[Any], qtbot: QtBot) -> None:
    specs = read_fields(kind.params.model_json_schema())
    form = JobForm(specs, make=taking_from(["Report"]))
    qtbot.addWidget(form)
    begun = with_results(specs, 0)
    form.set_values(begun)
    assert begun.items() <= form.values().items()
    taking = {frame.spec.name for frame in form.book.shown() if frame.spec.kind in TAKING}
    assert taking
    for name in taking:
        control = form.book.frames[name].control
        assert isinstance(control, SourceControl)
        control.source.setCurrentIndex(control.source.findData(0))
    assert not {problem.path for problem in form.problems()} & taking
    # A program, or what else is no kind of file that jobs make, is never taken by itself.
    assert kind.name != "run-program" or begun == {}

"""Saved jobs are edited, copied, and carried from one computer to another in a file."""

import json
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QFileDialog, QLabel

from desktop.ui.new_job import NewJob
from desktop.ui.saved.carrying import Carrying
from desktop.ui.saved.choosing import ChoosingDialog
from desktop.ui.saved.strip import SavedRow
from desktop.ui.settings_page import SettingsPage
from tests.gui.conftest import Stage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints", r"raise\(\)")
ANSWERS = {"source": "/a.csv", "folder": "/b", "chart": "none", "total": True, "title": ""}
FOLLOWS = {"kind": "mailing", "params": {"subject": "Here", "attachments": []}, "name": "Tell", "when": "ended"}


def keep(stage: Stage, name: str = "Month end", **more: object) -> SavedRow:
    number = len(stage.fake.saved) + 1
    stage.fake.saved[number] = {"id": number, "name": name, "kind": "report", "params": ANSWERS, **more}
    strip = stage.window.home.saved
    strip.look()
    stage.until(lambda: number in strip.rows)
    return strip.rows[number]


def test_a_saved_job_is_edited_with_what_follows_it_and_saved_over(joined: Stage) -> None:
    row = keep(joined, priority="high", follow_ups=[FOLLOWS])
    assert row.said.text() == "Report, then Mailing"
    row.edit_button.click()
    form = joined.window.page("new")
    assert isinstance(form, NewJob)
    assert joined.window.pages.currentWidget() is form
    page = form.form
    assert page is not None
    assert page.form is not None
    assert page.form.values()["chart"] == "none"
    assert (page.footer.job_name(), page.footer.job_priority()) == ("Month end", "high")
    assert form.following.chain.rows[0].title.text() == "Then: Tell"
    assert form.keeping.button.text() == "Save changes"
    page.form.set_values({**ANSWERS, "chart": "bars"})
    page.footer.name.setText("Quarter end")
    form.keeping.button.click()
    joined.until(lambda: joined.fake.saved[1]["name"] == "Quarter end")
    assert joined.fake.saved[1]["params"]["chart"] == "bars"
    assert joined.fake.saved[1]["follow_ups"] == [FOLLOWS]
    joined.until(lambda: joined.window.pages.currentWidget() is joined.window.home)
    joined.until(lambda: "“Quarter end” is saved." in joined.window.notice.message.text())
    joined.window.new_job()
    form.open_kind(joined.window.backend.job_types[0])
    assert form.keeping.button.text() == "Save as..."


def test_a_saved_job_of_a_kind_that_is_not_known_here_says_so(joined: Stage) -> None:
    row = keep(joined, kind="dance")
    row.edit_button.click()
    assert "not there any more" in joined.window.notice.message.text()
    assert joined.window.pages.currentWidget() is joined.window.home


def choosing(stage: Stage, carrying: Carrying) -> ChoosingDialog:
    stage.until(lambda: carrying.dialog is not None)
    assert carrying.dialog is not None
    return carrying.dialog


def test_the_chosen_saved_jobs_are_written_into_a_file(joined: Stage, tmp_path: Path) -> None:
    keep(joined)
    keep(joined, "Sales")
    strip = joined.window.home.saved
    strip.export_button.click()
    dialog = choosing(joined, strip.carrying())
    assert [box.text() for box in dialog.boxes] == ["Month end", "Sales"]
    dialog.boxes[0].setChecked(False)
    dialog.go_button.click()
    files = strip.carrying().files
    assert isinstance(files, QFileDialog)
    target = tmp_path / "jobs.json"
    files.fileSelected.emit(str(target))
    joined.until(target.is_file)
    assert [job["name"] for job in json.loads(target.read_text("utf-8"))["jobs"]] == ["Sales"]
    joined.until(lambda: str(target) in joined.window.notice.message.text())
    files.reject()


def texts(dialog: ChoosingDialog) -> str:
    return "\n".join(label.text() for label in dialog.findChildren(QLabel))


def test_a_file_is_looked_at_and_what_is_missing_is_said_with_what_to_do(joined: Stage, tmp_path: Path) -> None:
    jobs = [{"name": name, "kind": "report", "params": ANSWERS, "schedules": [{}]} for name in ("One", "Two")]
    file = tmp_path / "jobs.json"
    file.write_text(json.dumps({"format": "deskhand-saved-jobs", "version": 1, "jobs": jobs}))
    lack = {"field": "source", "title": "Spreadsheet", "sentence": "'/a.csv' is not there.", "hint": "Choose another."}
    joined.fake.lack = lack
    joined.window.go("settings")
    page = joined.window.page("settings")
    assert isinstance(page, SettingsPage)
    carrying = page.saved_jobs.carrying
    page.saved_jobs.import_button.click()
    assert isinstance(carrying.files, QFileDialog)
    carrying.files.fileSelected.emit(str(file))
    dialog = choosing(joined, carrying)
    said = texts(dialog)
    assert "Spreadsheet: '/a.csv' is not there. Choose another." in said
    assert "Report · with its schedule, which begins paused" in said
    dialog.boxes[0].setChecked(False)
    dialog.go_button.click()
    joined.until(lambda: [one["name"] for one in joined.fake.saved.values()] == ["Two (2)"])
    joined.until(lambda: "“Two (2)” can be run from Home." in joined.window.notice.message.text())
    carrying.files.reject()


@pytest.mark.parametrize("content", [b"PK\x03\x04 no text \xff", b"[1, 2]", b'{"format": "another"}', b"[" * 100_000])
def test_a_file_of_another_kind_is_refused_in_words(joined: Stage, tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "other.json"
    file.write_bytes(content)
    carrying = joined.window.home.saved.carrying()
    carrying.read(file)
    joined.until(lambda: "This is not a file of saved jobs." in joined.window.notice.message.text())
    assert carrying.dialog is None


def test_a_file_that_cannot_be_written_is_said(joined: Stage, tmp_path: Path) -> None:
    keep(joined)
    joined.window.home.saved.carrying().write(tmp_path / "missing" / "jobs.json", [1])
    joined.until(lambda: "could not be read or written" in joined.window.notice.message.text())


def test_with_nothing_saved_there_is_nothing_to_export(joined: Stage) -> None:
    carrying = joined.window.home.saved.carrying()
    carrying.export()
    joined.until(lambda: "There are no saved jobs yet." in joined.window.notice.message.text())


def test_none_ticked_cannot_be_taken(joined: Stage) -> None:
    keep(joined)
    carrying = joined.window.home.saved.carrying()
    carrying.export()
    dialog = choosing(joined, carrying)
    dialog.boxes[0].setChecked(False)
    assert isinstance(dialog.go_button, QAbstractButton)
    assert not dialog.go_button.isEnabled()
    dialog.reject()

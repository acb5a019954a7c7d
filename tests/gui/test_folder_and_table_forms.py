"""The forms for cleaning up and for combining tables, filled in as a person would; the real job types answer."""

import os
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QTableView
from pytestqt.qtbot import QtBot

from backend.jobtypes import clean_up, combine
from backend.jobtypes.contract import JobType
from desktop.ui.forms.offered import PickControl
from desktop.ui.forms.page import NewJobPage
from desktop.ui.forms.paths import FilesControl, OnePathControl
from desktop.ui.forms.rows import RowsControl
from desktop.ui.forms.switches import ChoiceControl
from desktop.ui.forms.texts import TextControl
from tests.helpers.form_driving import Json, frame, on_loop, open_page, said, type_into, until
from tests.helpers.real_asker import RealAsker

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def described(job_type: JobType[Any]) -> Json:
    schema = job_type.params.model_json_schema()
    return {
        "name": job_type.name,
        "title": job_type.title,
        "params_schema": schema,
        "has_options": job_type.options is not None,
        "can_rehearse": job_type.rehearse is not None,
    }


def choose(page: NewJobPage, name: str, label: str) -> None:
    """Presses the segment of that name, or picks it from the list."""
    control = frame(page, name).control
    assert isinstance(control, ChoiceControl)
    pick(control, label)


def pick(control: ChoiceControl, label: str) -> None:
    if control.combo is not None:
        control.combo.setCurrentText(label)
        assert control.combo.currentText() == label
        return
    (segment,) = [each for each in control.findChildren(QAbstractButton) if each.text() == label]
    segment.click()


def texts(page: NewJobPage) -> list[str]:
    """What can be read on the page: labels, and the cells of tables and lists."""
    shown = [each.text() for each in page.findChildren(QLabel) if each.isVisibleTo(page)]
    for view in page.findChildren(QTableView):
        model = view.model()
        if not view.isVisibleTo(page):
            continue
        for row in range(model.rowCount()):
            shown += [str(model.index(row, at).data()) for at in range(model.columnCount())]
        shown += [str(model.headerData(at, Qt.Orientation.Horizontal)) for at in range(model.columnCount())]
    return shown


def put_path(page: NewJobPage, name: str, path: Path) -> None:
    control = frame(page, name).control
    assert isinstance(control, OnePathControl)
    control.edit.setText(str(path))


def test_the_form_for_cleaning_up_asks_for_what_each_choice_needs_and_lists_the_files(
    qtbot: QtBot, tmp_path: Path
) -> None:
    folder, zips = tmp_path / "shared", tmp_path / "zips"
    folder.mkdir()
    zips.mkdir()
    for name in ("old.tmp", "old.doc"):
        (folder / name).write_text("old")
        os.utime(folder / name, (0, 0))
    (folder / "new.tmp").write_text("new")
    asker = RealAsker(clean_up.JOB_TYPE)

    async def story() -> None:
        page = open_page(qtbot, asker, described(clean_up.JOB_TYPE))
        put_path(page, "folder", folder)
        type_into(page, "names", "*.tmp")
        await until(lambda: any("old.tmp" in shown for shown in texts(page)))
        assert not any("old.doc" in shown or "new.tmp" in shown for shown in texts(page))
        assert page.form is not None
        assert page.form.book.is_shown("keep_days")
        choose(page, "to", "Into a ZIP file")
        assert page.form.book.is_shown("archive")
        assert not page.form.book.is_shown("keep_days")
        assert "archive" in {problem.path for problem in page.form.problems()}
        put_path(page, "archive", zips)
        assert not page.form.problems()
        choose(page, "find", "Files that are there twice")
        assert page.form.book.is_shown("keep")
        choose(page, "find", "Empty folders")
        assert not page.form.book.is_shown("megabytes")
        choose(page, "find", "Files")
        before = len(asker.rehearsals)
        put_path(page, "folder", Path.home())
        await until(lambda: len(asker.rehearsals) > before)
        await until(lambda: said(frame(page, "folder")))
        put_path(page, "folder", folder)
        await until(lambda: any("old.tmp" in shown for shown in texts(page)))
        answers = clean_up.JOB_TYPE.params.model_validate(page.form.values())
        assert (answers.folder, answers.names, answers.to, answers.archive) == (folder, "*.tmp", "archive", zips)

    on_loop(story())
    assert {path.name for path in folder.iterdir()} == {"old.tmp", "old.doc", "new.tmp"}


def test_the_form_for_combining_offers_the_columns_and_shows_what_the_steps_make_of_the_rows(
    qtbot: QtBot, tmp_path: Path
) -> None:
    north, south = tmp_path / "north.csv", tmp_path / "south.csv"
    north.write_text("Shop,Amount\nHamburg,1\nHamburg,1\n", "utf-8")
    south.write_text("Shop,Amount\nMünchen,2\n", "utf-8")
    asker = RealAsker(combine.JOB_TYPE)

    async def story() -> None:
        page = open_page(qtbot, asker, described(combine.JOB_TYPE))
        files = frame(page, "files").control
        assert isinstance(files, FilesControl)
        files.take([str(north), str(south)])
        put_path(page, "folder", tmp_path)
        await until(lambda: any("München" in shown for shown in texts(page)))
        steps = frame(page, "steps").control
        assert isinstance(steps, RowsControl)
        steps.add_button.click()
        do = frame(page, "steps", 0, "do").control
        assert isinstance(do, ChoiceControl)
        pick(do, "Rename")
        column = frame(page, "steps", 0, "column").control
        assert isinstance(column, PickControl)
        await until(lambda: column.combo.findText("Shop") >= 0)
        column.combo.setCurrentIndex(column.combo.findText("Shop"))
        column.combo.activated.emit(column.combo.currentIndex())
        name = frame(page, "steps", 0, "name").control
        assert isinstance(name, TextControl)
        name.edit.setText("Branch")
        await until(lambda: any("Branch" in shown for shown in texts(page)))
        assert page.form is not None
        answers = combine.JOB_TYPE.params.model_validate(page.form.values())
        assert answers.files == [north, south]
        assert [(step.do, step.column, step.name) for step in answers.steps] == [("rename", "Shop", "Branch")]
        name.edit.setText("Amount")
        await until(lambda: "There is a column 'Amount' already." in " ".join(texts(page)))

    on_loop(story())

"""Answers that are files and folders: dropped, browsed for, remembered."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from desktop.ui.forms.paths import FilesControl, OnePathControl, PathControl
from desktop.ui.forms.recent import keep_recent_in, recent_paths
from tests.helpers.form_driving import control, spec

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture(autouse=True)
def _remember_nothing() -> None:
    keep_recent_in(None)


def _drop(target: PathControl, paths: list[Path]) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    button, key = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QDragEnterEvent(QPoint(5, 5), Qt.DropAction.CopyAction, mime, button, key))
    QApplication.sendEvent(target, QDropEvent(QPointF(5, 5), Qt.DropAction.CopyAction, mime, button, key))


def test_a_file_is_dropped_on_its_field_and_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x")
    made = control("source", OnePathControl)
    qtbot.addWidget(made)
    _drop(made, [file])
    assert made.value() == str(file)
    assert recent_paths("file-in") == [str(file)]
    assert [action.text() for action in made.recent_button.menu().actions()] == [str(file)]


def test_a_file_that_does_not_fit_is_refused_with_a_word(qtbot: QtBot, tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_text("x")
    made = control("source", OnePathControl)
    qtbot.addWidget(made)
    _drop(made, [file])
    assert made.value() is None
    assert made.drop_words.text() == "That does not fit here. Drop one of: .csv"
    folder = control("folder", OnePathControl)
    qtbot.addWidget(folder)
    _drop(folder, [file])
    assert folder.drop_words.text() == "That is not a folder. Drop a folder here."


def test_files_are_added_once_and_removed(qtbot: QtBot, tmp_path: Path) -> None:
    files = [tmp_path / "a.csv", tmp_path / "b.csv"]
    for file in files:
        file.write_text("x")
    made = control("files", FilesControl)
    qtbot.addWidget(made)
    _drop(made, files)
    _drop(made, files[:1])
    assert made.value() == [str(file) for file in files]
    made.list.setCurrentRow(0)
    made.remove_button.click()
    assert made.value() == [str(files[1])]


def test_browsing_does_not_block_and_takes_what_is_chosen(qtbot: QtBot, tmp_path: Path) -> None:
    QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs)
    try:
        file = tmp_path / "a.csv"
        file.write_text("x")
        made = control("source", OnePathControl)
        qtbot.addWidget(made)
        made.set_value(str(tmp_path / "old.csv"))
        made.browse_button.click()
        dialog = made.dialog
        assert isinstance(dialog, QFileDialog)
        assert dialog.isVisible()
        assert dialog.nameFilters() == ["Files that fit (*.csv)", "All files (*)"]
        dialog.findChildren(QLineEdit)[0].setText(str(file))
        dialog.accept()
        assert made.value() == str(file)
        assert made.dialog is None
    finally:
        QApplication.setAttribute(Qt.ApplicationAttribute.AA_DontUseNativeDialogs, False)


def test_recent_paths_outlast_the_window_in_a_file(tmp_path: Path, qtbot: QtBot) -> None:
    keep_recent_in(tmp_path / "window.ini")
    made = control("source", OnePathControl)
    qtbot.addWidget(made)
    for name in ("a", "b", "a"):
        made.take([f"/x/{name}.csv"])
    assert recent_paths("file-in") == ["/x/a.csv", "/x/b.csv"]
    assert spec("source").kind == "file-in"

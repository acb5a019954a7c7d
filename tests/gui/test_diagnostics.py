"""Collect diagnostics: everything is shown before it is saved, and what is saved is what was shown."""

import zipfile
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from desktop.ui.diagnostics import Diagnostics
from desktop.ui.settings_page import SettingsPage
from tests.gui.conftest import Stage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def collected(stage: Stage) -> Diagnostics:
    """The dialog, opened from the settings, with everything in it."""
    logs = stage.folder / "logs"
    logs.mkdir(exist_ok=True)
    (logs / "worker.log").write_text("mail to jane.doe@acme.example failed\nthe disk is full\n")
    stage.window.go("settings")
    page = stage.window.page("settings")
    assert isinstance(page, SettingsPage)
    page.diagnostics.opening.click()
    (dialog,) = stage.window.findChildren(Diagnostics)
    stage.until(dialog.save_button.isEnabled)
    return dialog


def away(dialog: Diagnostics) -> None:
    dialog.close()
    QApplication.sendPostedEvents(dialog, QEvent.Type.DeferredDelete)


def test_every_file_can_be_read_before_and_is_saved_as_it_was_shown(joined: Stage, tmp_path: Path) -> None:
    dialog = collected(joined)
    shown: dict[str, str] = {}
    for row in range(dialog.names.count()):
        dialog.names.setCurrentRow(row)
        shown[dialog.names.item(row).text().rpartition(" (")[0]] = dialog.text.toPlainText()
    assert "mail to <e-mail> failed\nthe disk is full\n" in shown["logs/worker.log.txt"]
    assert "Qt: 6." in shown["versions.txt"]
    assert "e-mail addresses: 1" in dialog.taken_out.text()
    target = tmp_path / "given away.zip"
    dialog.save_as(target)
    joined.until(target.exists)
    joined.until(lambda: str(target) in dialog.taken_out.text())
    with zipfile.ZipFile(target) as archive:
        assert {name: archive.read(name).decode() for name in archive.namelist()} == shown
    away(dialog)


def test_a_folder_that_cannot_be_written_is_said_and_another_can_be_chosen(joined: Stage, tmp_path: Path) -> None:
    dialog = collected(joined)
    dialog.save_as(tmp_path / "missing" / "x.zip")
    joined.until(lambda: not dialog.said.isHidden())
    assert "could not be written" in dialog.said.text()
    joined.until(dialog.save_button.isEnabled)
    dialog.save_as(tmp_path / "x.zip")
    joined.until((tmp_path / "x.zip").exists)
    joined.until(dialog.said.isHidden)
    away(dialog)


def test_they_can_be_collected_where_the_backend_does_not_answer(stage: Stage) -> None:
    stage.window.show()
    dialog = collected(stage)
    names = [dialog.names.item(row).text() for row in range(dialog.names.count())]
    dialog.names.setCurrentRow(next(row for row, name in enumerate(names) if name.startswith("jobs.txt")))
    assert "did not answer" in dialog.text.toPlainText()
    away(dialog)

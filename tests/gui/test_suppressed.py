"""The list of those who get no mail, in its window, over the real routes and a real record."""

from pathlib import Path

import pytest
from PySide6.QtTest import QTest

from backend.store import suppressed
from backend.store.record import Record
from desktop.ui.accounts.suppressed import SuppressedDialog
from tests.gui.conftest import Stage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def dialog(stage: Stage, record: Record) -> SuppressedDialog:
    """The list, opened over an empty record."""
    stage.fake.record = record
    stage.open()
    made = SuppressedDialog(stage.window.backend, stage.window)
    made.open()
    stage.until(lambda: made.note.text() == "Nobody yet.")
    return made


def shown(dialog: SuppressedDialog) -> list[str]:
    return [dialog.list.item(row).text().split(" · ")[0] for row in range(dialog.list.count())]


def test_addresses_are_added_found_and_taken_off(stage: Stage, dialog: SuppressedDialog, record: Record) -> None:
    QTest.keyClicks(dialog.new_edit, "bob@example.com; Anna@example.com nonsense")
    dialog.add_button.click()
    stage.until(lambda: shown(dialog) == ["Anna@example.com", "bob@example.com"])
    assert dialog.said.text() == "2 added. No addresses: nonsense"
    assert dialog.new_edit.text() == "nonsense"
    dialog.search.setText("bob")
    stage.until(lambda: shown(dialog) == ["bob@example.com"])
    assert not dialog.remove_button.isEnabled()
    dialog.list.item(0).setSelected(True)
    dialog.remove_button.click()
    stage.until(lambda: shown(dialog) == [])
    assert suppressed.keys(record) == {"anna@example.com"}
    dialog.close()


def test_a_long_list_is_shown_from_its_beginning_and_written_whole(
    stage: Stage, dialog: SuppressedDialog, record: Record, tmp_path: Path
) -> None:
    many = [(f"p{n:04}@example.com", f"p{n:04}@example.com") for n in range(1500)]
    assert suppressed.add(record, many, "left") == 1500
    dialog.look()
    stage.until(lambda: dialog.list.count() == 200)
    assert dialog.note.text().startswith("The first 200 of ")
    dialog.write()
    assert dialog.files is not None
    dialog.files.fileSelected.emit(str(tmp_path / "gone.csv"))
    dialog.files.close()
    stage.until(lambda: dialog.said.text().endswith("written to gone.csv."))
    assert len((tmp_path / "gone.csv").read_text("utf-8-sig").splitlines()) == 1501
    dialog.close()

"""What the window says of the record: that it was damaged, or made by a newer program."""

from pathlib import Path

from backend.core.clock import now
from backend.store.migrate import migrate
from backend.store.record import Record
from backend.store.rescue import Rescue
from desktop.client.launcher import Launcher
from tests.gui.conftest import Stage


def test_a_damaged_record_is_told_until_it_is_read(stage: Stage) -> None:
    damaged = "/home/ada/damaged/deskhand.sqlite3"
    rescue = Rescue(at=now(), copied_at=now(), damaged=damaged, missing=["Payroll", "Invoices"], unsure=3)
    stage.fake.rescue = rescue.model_dump(mode="json")
    window = stage.open().window
    stage.until(window.rescue.isVisible)
    assert "taken from the copy of Today" in window.rescue.message.text()
    hint = window.rescue.hint.text()
    assert "“Payroll”, “Invoices”" in hint
    assert "3 jobs to look after" in hint
    assert damaged in hint
    window.rescue.action.click()
    stage.until(window.rescue.isHidden)
    assert stage.fake.rescue is None


def test_nothing_is_said_of_a_record_that_is_whole(joined: Stage) -> None:
    joined.until(lambda: ("GET", "/record") in joined.fake.requests)
    joined.settle()
    assert joined.window.rescue.isHidden()


def test_a_record_of_a_newer_program_is_refused_kindly_and_left_alone(stage: Stage, tmp_path: Path) -> None:
    folder = tmp_path / "newer"
    folder.mkdir()
    record = Record(f"sqlite:///{folder / 'deskhand.sqlite3'}")
    migrate(record, folder / "copies")
    with record.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    record.close()
    before = (folder / "deskhand.sqlite3").read_bytes()
    stage.window.show()
    launcher = Launcher(folder)
    stage.window.backend.begin(folder, launcher)
    stage.until(lambda: "newer version" in stage.window.standing.message.text())
    assert "Install that version again" in stage.window.standing.hint.text()
    assert launcher.exit_status() == 4
    assert (folder / "deskhand.sqlite3").read_bytes() == before

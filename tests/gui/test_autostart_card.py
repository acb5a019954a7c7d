"""Settings: the switch for starting with the computer."""

from pathlib import Path

from pytestqt.qtbot import QtBot

from desktop.client.autostart import DesktopEntry
from desktop.ui.autostart_card import AutostartCard


def test_the_switch_writes_and_removes_the_entry_and_shows_what_is_in_force(qtbot: QtBot, tmp_path: Path) -> None:
    entry = DesktopEntry(tmp_path / "autostart" / "deskhand.desktop")
    card = AutostartCard(entry)
    qtbot.addWidget(card)
    assert not card.switch.isChecked()
    card.switch.click()
    assert "--background" in entry.path.read_text()
    again = AutostartCard(entry)
    qtbot.addWidget(again)
    assert again.switch.isChecked()
    again.switch.click()
    assert not entry.path.exists()


def test_what_cannot_be_written_is_said_and_the_switch_goes_back(qtbot: QtBot, tmp_path: Path) -> None:
    (tmp_path / "autostart").write_text("a file where the folder should be")
    card = AutostartCard(DesktopEntry(tmp_path / "autostart" / "deskhand.desktop"))
    qtbot.addWidget(card)
    card.switch.click()
    assert not card.switch.isChecked()
    assert "could not be changed" in card.said.text()
    assert not card.said.isHidden()

"""About: whose work comes with the program."""

from pytestqt.qtbot import QtBot

from desktop.ui.about import About


def test_every_licence_can_be_chosen_and_read(qtbot: QtBot) -> None:
    about = About(None)
    qtbot.addWidget(about)
    assert about.names.count() > 60
    names = [about.names.item(row).text() for row in range(about.names.count())]
    qt = next(row for row, name in enumerate(names) if name.startswith("PySide6"))
    about.names.setCurrentRow(qt)
    assert "LGPL-3.0" in about.terms.text()
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in about.text.toPlainText()

"""Settings: starting with the computer."""

from PySide6.QtCore import QCoreApplication, QSignalBlocker
from PySide6.QtWidgets import QWidget

from desktop.client.autostart import Autostart, own_start
from desktop.ui.forms.switches import Switch
from desktop.ui.pieces import label
from desktop.ui.settings_cards import SettingsCard


class AutostartCard(SettingsCard):
    """Shows what is in force, also where it was changed in the system's own settings."""

    def __init__(self, way: Autostart, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("AutostartCard", "Start with the computer"), parent)
        self._way = way
        self.switch = Switch(self.tr("Start Deskhand when I sign in"))
        self.switch.toggled.connect(self._set)
        self.said = label(tone="danger")
        self.said.hide()
        self.box.addWidget(self.switch)
        self.box.addWidget(
            label(
                self.tr("It waits in the background, so that scheduled jobs run although you have not opened it."),
                "muted",
                points=-1,
            )
        )
        self.box.addWidget(self.said)
        self._show()

    def _show(self) -> None:
        try:
            is_on = self._way.is_on()
        except OSError as error:
            is_on = False
            self._fail(self.tr("It cannot be read whether Deskhand starts with the computer."), error)
        with QSignalBlocker(self.switch):
            self.switch.setChecked(is_on)

    def _set(self, on: bool) -> None:
        self.said.hide()
        try:
            if on:
                self._way.turn_on(own_start())
            else:
                self._way.turn_off()
        except OSError as error:
            self._fail(self.tr("This could not be changed."), error)
        self._show()

    def _fail(self, what: str, error: OSError) -> None:
        hint = self.tr("Look whether you may write to {file}.").format(file=error.filename or "")
        self.said.setText(f"{what} {hint} ({error.strerror})")
        self.said.show()

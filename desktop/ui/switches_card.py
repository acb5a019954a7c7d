"""Card of the settings: kinds of jobs that are off until they are switched on."""

from functools import partial

from PySide6.QtCore import QCoreApplication, QSignalBlocker
from PySide6.QtWidgets import QWidget

from desktop.client.problems import ApiError
from desktop.client.shapes import KindSwitch
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.forms.switches import Switch
from desktop.ui.language import said
from desktop.ui.pieces import label
from desktop.ui.settings_cards import SettingsCard


class SwitchesCard(SettingsCard):
    """A switch for each, with what speaks for caution. Hidden while there is none."""

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("SwitchesCard", "Jobs that need your consent"), parent)
        self._backend = backend
        self.switches: dict[str, Switch] = {}
        self.said = label(tone="danger")
        self.said.hide()
        self.box.addWidget(self.said)
        self.hide()
        backend.connected.connect(self.look)
        if backend.is_connected:
            self.look()

    def look(self) -> None:
        """Asks how the switches stand."""
        self._backend.ask(self._backend.api.switches, self._show_all)

    def _show_all(self, found: list[KindSwitch]) -> None:
        for each in found:
            if each.name not in self.switches:
                self._add(each)
            self._show(each)
        self.setVisible(bool(self.switches))

    def _add(self, each: KindSwitch) -> None:
        title, caution = said(each.title), said(each.caution)
        made = Switch(title.replace("&", "&&"))
        made.setAccessibleName(title)
        made.setAccessibleDescription(caution)
        made.toggled.connect(partial(self._choose, each.name))
        self.switches[each.name] = made
        self.box.insertWidget(self.box.count() - 1, made)
        self.box.insertWidget(self.box.count() - 1, label(caution, "muted", points=-1))

    def _show(self, each: KindSwitch) -> None:
        with QSignalBlocker(self.switches[each.name]):
            self.switches[each.name].setChecked(each.on)
        self.switches[each.name].update()

    def _choose(self, name: str, on: bool) -> None:
        call(self, lambda: self._backend.api.switch(name, on), self._took, self._failed, busy=self.switches[name])

    def _took(self, each: KindSwitch) -> None:
        self.said.hide()
        self._show(each)
        self._backend.ask_job_types()

    def _failed(self, problem: ApiError) -> None:
        self.said.setText(" ".join(words.problem_words(problem)).strip())
        self.said.show()
        self.look()

"""Cards of the settings: what is told on the desktop, and saved jobs carried from and to other computers."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from desktop.ui.backend import Backend
from desktop.ui.forms.switches import Switch
from desktop.ui.pieces import button, label
from desktop.ui.preferences import Preferences
from desktop.ui.saved.carrying import Carrying

WIDEST = 720


class SettingsCard(QFrame):
    """A card with a title; `box` takes what is in it."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self.setMaximumWidth(WIDEST)
        self.box = QVBoxLayout(self)
        self.box.setContentsMargins(18, 14, 18, 16)
        self.box.setSpacing(8)
        self.box.addWidget(label(title, points=1, bold=True))


class NotificationsCard(SettingsCard):
    """When the desktop is to say something while the window is not in use."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("NotificationsCard", "Notifications"), parent)
        self._preferences = preferences
        self.needs: QCheckBox = Switch(self.tr("Tell me when a job needs me or did not succeed"))
        self.success: QCheckBox = Switch(self.tr("Tell me also when a job is done"))
        self.needs.setChecked(preferences.tells_of_needs)
        self.success.setChecked(preferences.tells_of_success)
        self.needs.toggled.connect(self._choose)
        self.success.toggled.connect(self._choose)
        self.box.addWidget(self.needs)
        self.box.addWidget(self.success)
        self.box.addWidget(
            label(self.tr("Said by your desktop while this window is closed or behind others."), "muted", points=-1)
        )

    def _choose(self) -> None:
        self._preferences.tells_of_needs = self.needs.isChecked()
        self._preferences.tells_of_success = self.success.isChecked()


class CarryingCard(SettingsCard):
    """Saved jobs into a file, and out of one."""

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("CarryingCard", "Saved jobs on another computer"), parent)
        self.carrying = Carrying(backend, self)
        said = self.tr("A file takes saved jobs and their schedules to another computer. Passwords stay here.")
        self.box.addWidget(label(said, "muted", points=-1))
        line = QHBoxLayout()
        line.setSpacing(8)
        self.export_button = button(self.tr("Export..."), self.carrying.export, icon_name="upload")
        self.import_button = button(self.tr("Import..."), self.carrying.bring_in, icon_name="download")
        line.addWidget(self.export_button)
        line.addWidget(self.import_button)
        line.addStretch(1)
        self.box.addLayout(line)

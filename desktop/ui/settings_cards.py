"""Cards of the settings: what is told on the desktop, how much history is kept, and saved jobs in files."""

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import call
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


class HistoryCard(SettingsCard):
    """How long jobs that have ended stay on the list."""

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("HistoryCard", "How long jobs stay on the list"), parent)
        self._backend = backend
        self._known = {"months": 0, "jobs": 0}
        self.months = self._number(1, 1200, self.tr("For how many months"))
        self.jobs = self._number(100, 10_000_000, self.tr("At most so many jobs"))
        self.jobs.setSingleStep(1000)
        self.jobs.setGroupSeparatorShown(True)
        for number in (self.months, self.jobs):
            number.valueChanged.connect(self._compare)
        self.note = label(tone="muted", points=-1)
        self.box.addWidget(self.note)
        self.change_button = button(self.tr("Change"), self._set)
        self.box.addWidget(self.change_button)
        self.trouble = label(tone="danger")
        self.trouble.hide()
        self.box.addWidget(self.trouble)
        self.setEnabled(False)
        backend.connected.connect(self.look)
        self.look()

    def _number(self, least: int, most: int, text: str) -> QSpinBox:
        made = QSpinBox()
        made.setRange(least, most)
        made.setMinimumSize(120, 30)
        made.setKeyboardTracking(False)
        made.setAccessibleName(text)
        said = label(text, wrap=False)
        said.setBuddy(made)
        said.setMinimumWidth(180)
        line = QHBoxLayout()
        line.addWidget(said)
        line.addWidget(made)
        line.addStretch(1)
        self.box.addLayout(line)
        return made

    def look(self) -> None:
        """Asks what is in force."""
        if self._backend.is_connected:
            self._backend.ask(lambda: self._backend.api.ask("GET", "/record"), lambda said: self._show(said["history"]))

    @property
    def _wanted(self) -> dict[str, int]:
        return {"months": self.months.value(), "jobs": self.jobs.value()}

    def _show(self, history: dict[str, int]) -> None:
        self._known = history
        self.months.setValue(history["months"])
        self.jobs.setValue(history["jobs"])
        self.trouble.hide()
        self.setEnabled(True)
        self._compare()

    def _compare(self) -> None:
        """Nothing leaves the list by a slip of the wheel: it is said what would be, and a button does it."""
        self.change_button.setEnabled(self._wanted != self._known)
        if any(self._wanted[name] < number for name, number in self._known.items()):
            self.note.setText(self.tr("Jobs beyond that leave the list for good, with their logs. Their files stay."))
        else:
            self.note.setText(
                self.tr("Older ones leave the list, with their logs. Files that they made stay where they are.")
            )

    def _set(self) -> None:
        wanted = self._wanted
        call(
            self,
            lambda: self._backend.api.ask("PUT", "/record/history", body=wanted),
            self._show,
            self._fail,
            busy=self.change_button,
        )

    def _fail(self, problem: ApiError) -> None:
        self.trouble.setText(" ".join(words.problem_words(problem)).strip())
        self.trouble.show()

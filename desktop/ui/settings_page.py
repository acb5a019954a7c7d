"""Settings: what this window and this queue can be told."""

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QRadioButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.client.autostart import autostart
from desktop.client.problems import ApiError
from desktop.client.shapes import Queue
from desktop.ui import words
from desktop.ui.autostart_card import AutostartCard
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.diagnostics import DiagnosticsCard
from desktop.ui.language_card import LanguageCard
from desktop.ui.pieces import button, card, label, scrolling
from desktop.ui.preferences import Preferences
from desktop.ui.settings_cards import CarryingCard, HistoryCard, NotificationsCard
from desktop.ui.switches_card import SwitchesCard
from desktop.ui.theme import Appearance, Theme


class SettingsPage(QWidget):
    """Each card is one matter."""

    def __init__(
        self, backend: Backend, theme: Theme, preferences: Preferences, folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._backend = backend
        self._theme = theme
        self._preferences = preferences
        self.appearances: dict[Appearance, QRadioButton] = {
            "system": QRadioButton(self.tr("As the computer has it")),
            "light": QRadioButton(self.tr("Light")),
            "dark": QRadioButton(self.tr("Dark")),
        }
        self.slots = QSpinBox()
        self.paused = QRadioButton(self.tr("Start nothing new; what is running goes on"))
        self.going = QRadioButton(self.tr("Start waiting jobs as soon as there is room"))
        self._said = label(tone="danger")
        self._said.hide()
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(28, 22, 28, 22)
        layout.setSpacing(14)
        layout.addWidget(label(self.tr("Settings"), points=8, bold=True))
        layout.addWidget(self._appearance_card())
        self.language = LanguageCard(preferences)
        layout.addWidget(self.language)
        layout.addWidget(self._queue_card())
        self.history = HistoryCard(backend)
        layout.addWidget(self.history)
        self.notifications = NotificationsCard(preferences)
        layout.addWidget(self.notifications)
        self.saved_jobs = CarryingCard(backend)
        layout.addWidget(self.saved_jobs)
        if (way := autostart()) is not None:
            self.autostart = AutostartCard(way)
            layout.addWidget(self.autostart)
        self.switches = SwitchesCard(backend)
        layout.addWidget(self.switches)
        layout.addWidget(self._places_card(folder))
        self.diagnostics = DiagnosticsCard(backend, folder)
        layout.addWidget(self.diagnostics)
        layout.addWidget(self._about_card())
        layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(page))
        backend.counted.connect(self._show_queue)
        self._show_queue()

    def _card(self, title: str) -> tuple[QFrame, QVBoxLayout]:
        made = card()
        made.setMaximumWidth(720)
        layout = QVBoxLayout(made)
        layout.setContentsMargins(18, 14, 18, 16)
        layout.setSpacing(8)
        layout.addWidget(label(title, points=1, bold=True))
        return made, layout

    def _appearance_card(self) -> QFrame:
        made, layout = self._card(self.tr("Appearance"))
        group = QButtonGroup(self)
        for appearance, choice in self.appearances.items():
            group.addButton(choice)
            choice.setChecked(appearance == self._preferences.appearance)
            choice.toggled.connect(partial(self._choose, appearance))
            layout.addWidget(choice)
        return made

    def _choose(self, appearance: Appearance, on: bool) -> None:
        if not on:
            return
        self._preferences.appearance = appearance
        self._theme.set_appearance(appearance)

    def _queue_card(self) -> QFrame:
        made, layout = self._card(self.tr("Running jobs"))
        self.slots.setRange(1, 32)
        self.slots.setMinimumSize(72, 30)
        self.slots.setAccessibleName(self.tr("How many jobs run at once"))
        self.slots.setKeyboardTracking(False)
        self.slots.valueChanged.connect(self._set_slots)
        row = QHBoxLayout()
        words_ = label(self.tr("How many jobs run at &once"), wrap=False)
        words_.setTextFormat(Qt.TextFormat.AutoText)
        words_.setBuddy(self.slots)
        row.addWidget(words_)
        row.addWidget(self.slots)
        row.addStretch(1)
        layout.addLayout(row)
        layout.addWidget(
            label(
                self.tr("More at once is not always faster: they share the disk and the processor."), "muted", points=-1
            )
        )
        group = QButtonGroup(self)
        for choice in (self.going, self.paused):
            group.addButton(choice)
            layout.addWidget(choice)
        self.paused.toggled.connect(self._set_paused)
        layout.addWidget(self._said)
        return made

    def _show_queue(self) -> None:
        queue = self._backend.jobs.queue
        for control in (self.slots, self.going, self.paused):
            control.setEnabled(self._backend.is_connected)
            control.blockSignals(True)
        if not self.slots.hasFocus() or self.slots.value() != queue.slots:
            self.slots.setValue(queue.slots)
        self.paused.setChecked(queue.paused)
        self.going.setChecked(not queue.paused)
        for control in (self.slots, self.going, self.paused):
            control.blockSignals(False)

    def _set_slots(self, slots: int) -> None:
        call(self, lambda: self._backend.api.set_queue(slots=slots), self._took, self._failed)

    def _set_paused(self, paused: bool) -> None:
        call(self, lambda: self._backend.api.set_queue(paused=paused), self._took, self._failed)

    def _took(self, queue: Queue) -> None:
        self._said.hide()
        self._backend.jobs.queue = queue
        self._backend.counted.emit()

    def _failed(self, problem: ApiError) -> None:
        message, hint = words.problem_words(problem)
        self._said.setText(f"{message} {hint}".strip())
        self._said.show()
        self._show_queue()

    def _places_card(self, folder: Path) -> QFrame:
        made, layout = self._card(self.tr("Where things are kept"))
        layout.addWidget(label(self.tr("The list of jobs, their answers and their logs are in this folder:")))
        where = label(str(folder))
        where.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        layout.addWidget(where)
        layout.addWidget(
            label(self.tr("Result files are where you asked for them, and belong to you alone."), "muted", points=-1)
        )
        layout.addWidget(
            button(
                self.tr("Show the folder"),
                lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))),
                icon_name="folder-open",
            )
        )
        return made

    def _about_card(self) -> QFrame:
        made, layout = self._card(self.tr("About Deskhand"))
        layout.addWidget(
            label(self.tr("Made with the work of many others, each under a licence of its own."), "muted", points=-1)
        )
        self.licences = button(self.tr("Licences..."), self._open_about, icon_name="info")
        layout.addWidget(self.licences)
        return made

    def _open_about(self) -> None:
        from desktop.ui.about import About

        About(self).open()

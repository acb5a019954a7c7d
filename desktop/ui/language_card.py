"""Settings: the language of the window."""

from functools import partial

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QButtonGroup, QRadioButton, QWidget

from desktop.ui.language import OWN_NAMES, Language
from desktop.ui.pieces import label
from desktop.ui.preferences import Preferences
from desktop.ui.settings_cards import SettingsCard


class LanguageCard(SettingsCard):
    """Each language is called by its own name."""

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("LanguageCard", "Language"), parent)
        self._preferences = preferences
        self.choices: dict[Language, QRadioButton] = {"system": QRadioButton(self.tr("As the computer has it"))}
        for language, name in OWN_NAMES.items():
            self.choices[language] = QRadioButton(name)
        group = QButtonGroup(self)
        for language, choice in self.choices.items():
            group.addButton(choice)
            choice.setChecked(language == preferences.language)
            choice.toggled.connect(partial(self._choose, language))
            self.box.addWidget(choice)
        self._later = label(self.tr("Quit Deskhand and open it again to see it in this language."), "muted", points=-1)
        self._later.hide()
        self.box.addWidget(self._later)

    def _choose(self, language: Language, on: bool) -> None:
        if on:
            self._preferences.language = language
            self._later.show()

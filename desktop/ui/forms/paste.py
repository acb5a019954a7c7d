"""Text that fills in the rest of the form: pasted, read by the backend, and never part of the answers."""

import json
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from desktop.ui.forms.control import OfferedControl, OfferState
from desktop.ui.forms.look import GAP, Words
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.forms.texts import text_editor

LINES = 3


class PasteControl(OfferedControl):
    """A field for the text and a button that has it read. What it says stands below: filled in, left out, or why not.

    The text goes when it has been read, since it may hold a password.
    """

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._sent = ""
        self.edit = text_editor(spec, lines=LINES)
        self.edit.textChanged.connect(self._typed)
        self.button = QPushButton(self.tr("Fill in the form"))
        self.button.clicked.connect(self._read)
        self.words = Words("", "muted", points=-0.5)
        self.words.hide()
        foot = QHBoxLayout()
        foot.setSpacing(GAP)
        foot.addWidget(self.button)
        foot.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.edit)
        layout.addLayout(foot)
        layout.addWidget(self.words)
        self._typed()

    def value(self) -> Any:
        return ""

    def set_value(self, value: Any) -> None:
        """Nothing was kept that could be shown."""

    def focus_target(self) -> QWidget:
        return self.edit

    def show_found(self, how: str, what: str, state: OfferState) -> None:
        if what != self._sent:
            return
        self._sent = ""
        self._typed()
        if state.stage == "failed":
            self.words.say(state.words, "danger")
            return
        answers = [(offer.value, offer.label, json.loads(offer.note)) for offer in state.offers if offer.value]
        self.edit.clear()
        self.filled.emit({name: value for name, _, value in answers})
        filled = ", ".join(title for _, title, value in answers if value not in ("", []))
        told = [offer.label for offer in state.offers if not offer.value]
        self.words.say("\n".join([self.tr("Filled in: {fields}.").format(fields=filled), *told]), "muted")

    def _typed(self) -> None:
        self.button.setEnabled(bool(self.edit.toPlainText().strip()) and not self._sent)

    def _read(self) -> None:
        self._sent = self.edit.toPlainText()
        self._typed()
        self.words.say(self.tr("Reading..."), "muted")
        self.asked.emit("pasted", self._sent)

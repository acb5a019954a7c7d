"""Answers picked from what the backend finds in a file: a sheet, a table, a column."""

from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.ui.forms.combo import QuietCombo
from desktop.ui.forms.control import Offer, OfferedControl, OfferState
from desktop.ui.forms.look import GAP, Words
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.forms.ticks import NOTE_ROLE


class PickControl(OfferedControl):
    """One of what is offered. An earlier choice stays while the offers are being asked for, and if still offered.

    Where one is needed and none was chosen, the only one is picked, or the only one that is likely meant.
    """

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._wanted: str | None = None
        self.combo = QuietCombo()
        self.combo.setAccessibleName(spec.title)
        self.combo.setAccessibleDescription(spec.help)
        self.combo.setMaximumWidth(360)
        self.combo.setPlaceholderText(self.tr("Choose"))
        self.combo.activated.connect(self._picked)
        self.words = Words("", "muted", points=-0.5)
        self.words.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.combo)
        layout.addWidget(self.words)
        self._fill()

    def value(self) -> Any:
        return self._wanted or (None if self.spec.nullable else "")

    def set_value(self, value: Any) -> None:
        self._wanted = str(value) if value else None
        self._fill()
        self.changed.emit()

    def focus_target(self) -> QWidget:
        return self.combo

    def missing_words(self) -> str:
        if self.spec.kind == "column":
            return self.tr("Please choose a column.")
        return self.tr("Please choose one.")

    def _take_offers(self, state: OfferState) -> None:
        before = self._wanted
        lost = ""
        if state.stage == "ready":
            values = [offer.value for offer in state.offers]
            if self._wanted is not None and self._wanted not in values:
                lost = self._wanted
                self._wanted = None
            if before is None and self.spec.required:
                likely = [offer.value for offer in state.offers if offer.likely]
                self._wanted = next((only[0] for only in (values, likely) if len(only) == 1), None)
        self._fill()
        self._say(state, lost)
        if self._wanted != before:
            self.changed.emit()

    def _say(self, state: OfferState, lost: str) -> None:
        if state.stage == "asking":
            self.words.say(self.tr("Looking..."), "muted")
        elif state.stage == "failed":
            self.words.say(state.words, "danger")
        elif lost:
            self.words.say(self.tr("'{choice}' is not there any more.").format(choice=lost), "warning")
        else:
            self.words.say("")
        self.combo.setEnabled(state.stage != "hint")
        self.combo.setPlaceholderText(state.words if state.stage == "hint" else self.tr("Choose"))

    def _fill(self) -> None:
        combo = self.combo
        combo.blockSignals(True)
        combo.clear()
        if not self.spec.must_be_filled and self._state.stage != "hint":
            combo.addItem(self.spec.empty or self.tr("None"), "")
        for offer in self._shown_offers():
            combo.addItem(offer.label, offer.value)
            combo.setItemData(combo.count() - 1, offer.note, NOTE_ROLE)
        combo.setCurrentIndex(combo.findData(self._wanted or ""))
        combo.view().setMinimumWidth(max(self._popup_width(), combo.minimumWidth()))
        combo.blockSignals(False)

    def _shown_offers(self) -> list[Offer]:
        offers = list(self._state.offers)
        if self._wanted and all(offer.value != self._wanted for offer in offers):
            offers.insert(0, Offer(self._wanted, self._wanted))
        return offers

    def _popup_width(self) -> int:
        metrics = self.combo.fontMetrics()
        widths = [metrics.horizontalAdvance(f"{offer.label}{offer.note}") for offer in self._state.offers]
        return min(max(widths, default=0) + 9 * GAP, 480)

    def _picked(self, index: int) -> None:
        self._wanted = self.combo.itemData(index) or None
        self.words.say("")
        self.changed.emit()

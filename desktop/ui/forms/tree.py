"""Things that lie in one another, as files in folders: opened one by one, searched by name, and ticked."""

from typing import Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from desktop.ui.forms.control import OfferedControl, OfferState
from desktop.ui.forms.look import GAP, Words
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.forms.treelist import OfferTree

SEARCH_DELAY_MS: Final = 400
HEIGHT: Final = 300


class TreeControl(OfferedControl):
    """What was ticked stays ticked while the user looks elsewhere: in another version, or for another name."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._wanted: list[str] = []
        self._sought = ""
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search for a name; a * stands for anything"))
        self.search.setClearButtonEnabled(True)
        self.search.setAccessibleName(self.tr("Search in: {title}").format(title=spec.title))
        self._search_timer = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._search_timer.timeout.connect(self._look_for)
        self.search.textChanged.connect(self._typed)
        self.search.returnPressed.connect(self._look_for)
        self.tree, self.hits = OfferTree(), OfferTree()
        self.hits.setRootIsDecorated(False)
        self.views = QStackedWidget()
        self.views.setFixedHeight(HEIGHT)
        for view, name in ((self.tree, spec.title), (self.hits, self.tr("Found"))):
            view.setAccessibleName(name)
            view.setAccessibleDescription(spec.help)
            view.ticked.connect(self._ticked)
            self.views.addWidget(view)
        self.tree.opened.connect(lambda value: self.asked.emit("within", value))
        self.words = Words("", "muted", points=-0.5)
        self.none_button = QPushButton(self.tr("Untick all"))
        self.none_button.clicked.connect(lambda: self.set_value([]))
        foot = QHBoxLayout()
        foot.setSpacing(GAP)
        foot.addWidget(self.words, 1)
        foot.addWidget(self.none_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.search)
        layout.addWidget(self.views)
        layout.addLayout(foot)
        self._show_state()

    def value(self) -> Any:
        return list(self._wanted)

    def set_value(self, value: Any) -> None:
        self._wanted = [str(one) for one in value] if isinstance(value, list) else []
        self._show_ticks()
        self._show_state()
        self.changed.emit()

    def focus_target(self) -> QWidget:
        return self.search if self.search.isVisibleTo(self) else self

    def missing_words(self) -> str:
        return self.tr("Please tick at least one.")

    def _take_offers(self, state: OfferState) -> None:
        if state.stage == "ready":
            self.tree.fill(state.offers)
            self._show_ticks()
        if self._sought and state.stage == "ready":
            self.asked.emit("search", self._sought)
        self._show_state()

    def show_found(self, how: str, what: str, state: OfferState) -> None:
        if how == "within":
            self.tree.fill_within(what, state)
        elif what == self._sought:
            self.hits.fill(state.offers)
            self._say(state, self.tr("Nothing bears that name."))
        self._show_ticks()

    def _typed(self, text: str) -> None:
        if text.strip():
            self._search_timer.start()
        else:
            self._look_for()

    def _look_for(self) -> None:
        self._search_timer.stop()
        sought = self.search.text().strip()
        if sought == self._sought:
            return
        self._sought = sought
        self.views.setCurrentWidget(self.hits if sought else self.tree)
        if sought:
            self.hits.fill(())
            self._say(OfferState("asking"), "")
            self.asked.emit("search", sought)
        else:
            self._show_state()

    def _ticked(self, value: str, on: bool, inside: list[str]) -> None:
        self._wanted = [one for one in self._wanted if one != value and one not in inside]
        if on:
            self._wanted.append(value)
        self._show_ticks()
        self._show_state()
        self.changed.emit()

    def _show_ticks(self) -> None:
        chosen = set(self._wanted)
        self.tree.show_ticks(chosen)
        self.hits.show_ticks(chosen)

    def _show_state(self) -> None:
        there = bool(self._state.offers) and self._state.stage in ("ready", "asking")
        self.search.setVisible(there)
        self.views.setVisible(there)
        self.none_button.setVisible(there and bool(self._wanted))
        self._say(self._state, self.tr("Nothing to choose from."))

    def _say(self, state: OfferState, nothing: str) -> None:
        if state.stage == "asking":
            self.words.say(self.tr("Looking..."), "muted")
        elif state.stage == "failed":
            self.words.say(state.words, "danger")
        elif state.stage == "hint" or not state.offers:
            self.words.say(state.words or nothing, "muted")
        elif self._wanted:
            self.words.say(self.tr("%n chosen", "", len(self._wanted)), "muted")
        else:
            self.words.say(self.tr("Tick what you want."), "muted")
        self.words.setAlignment(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft)

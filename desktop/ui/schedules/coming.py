"""*Coming up* on Home: the next runs of the schedules."""

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.client.schedules import Schedule, ScheduleCalls
from desktop.state.jobs import Changes
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest
from desktop.ui.icons import pixmap
from desktop.ui.pieces import button, clear, label, section
from desktop.ui.schedules.waiting import waiting_words
from desktop.ui.theme import tokens

MOST = 4
AGAIN_EVERY = 60_000
"""Milliseconds after which the countdowns are said anew."""


class ComingUp(QWidget):
    """A row for each of the next schedules; hidden while nothing comes. `asked`: the page of schedules, please."""

    asked = Signal()

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._asking = Latest(self)
        self._found: list[Schedule] = []
        self.rows: list[str] = []
        self._box = QVBoxLayout()
        self._box.setContentsMargins(16, 8, 12, 8)
        self._box.setSpacing(6)
        self.all_button = button(self.tr("All schedules"), self.asked.emit, kind="link")
        section(self, self.tr("Coming up"), self._box, self.all_button)
        self.hide()
        backend.changed.connect(self._changed)
        self._minute = QTimer(self, interval=AGAIN_EVERY)
        self._minute.timeout.connect(self._say)
        self._minute.start()
        self.look()

    def _changed(self, changes: Changes) -> None:
        if changes.saved or changes.reset:
            self.look()

    def look(self) -> None:
        """Asks for them anew."""
        self._asking.call(lambda: ScheduleCalls(self._backend.api).all(), self._show, lambda _problem: None)

    def _show(self, found: list[Schedule]) -> None:
        waiting = [one for one in found if one.waiting is not None]
        self._found = [*waiting, *(one for one in found if one.next and one.waiting is None)][:MOST]
        self._say()

    def _say(self) -> None:
        clear(self._box)
        self.rows = []
        for one in self._found:
            said = self._words_of(one)
            self.rows.append(f"{one.name}: {said}")
            row = QHBoxLayout()
            row.setSpacing(12)
            picture = QLabel()
            icon = self._backend.kind_icon(one.kind)
            picture.setPixmap(pixmap(icon, tokens().color("muted"), 20, self.devicePixelRatioF()))
            row.addWidget(picture)
            row.addWidget(label(one.name, bold=True), 1)
            row.addWidget(label(said, "warning" if one.waiting else "muted", points=-1, wrap=False))
            self._box.addLayout(row)
        self.setVisible(bool(self._found))

    def _words_of(self, one: Schedule) -> str:
        if one.waiting is not None:
            return waiting_words(one.waiting)
        at = one.next[0].at
        left = words.span_words(max(60.0, (at - words.now()).total_seconds() // 60 * 60))
        return f"{words.moment_words(at)} · " + self.tr("in {span}").format(span=left)

"""Home: what one can get done, what is running, and what happened while one was away."""

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.ui.pieces import label, scrolling
from desktop.ui.preferences import Preferences

if TYPE_CHECKING:
    from datetime import datetime

    from desktop.ui.backend import Backend
    from desktop.ui.cards import KindCards
    from desktop.ui.jobs.deeds import Doer
    from desktop.ui.running_now import RunningNow
    from desktop.ui.saved.strip import SavedStrip
    from desktop.ui.schedules.coming import ComingUp
    from desktop.ui.welcome import Welcome
    from desktop.ui.while_away import WhileAway

SCHEDULES = -1
"""In place of a job's number where the page of schedules is meant."""


class HomePage(QWidget):
    """The first page: a heading at once, and its parts after the first paint, which they would put off."""

    kind_chosen = Signal(object)
    job_asked = Signal(int)
    schedules_asked = Signal()
    form_asked = Signal(object, object)
    started = Signal(object)
    runs_refused = Signal(object)
    cards: "KindCards"
    saved: "SavedStrip"
    running: "RunningNow"
    away: "WhileAway"

    _backend: "Backend"

    def __init__(self, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._preferences = preferences
        self.coming: ComingUp | None = None
        self.welcome: Welcome | None = None
        self._greeting = QVBoxLayout()
        self._ahead = QVBoxLayout()
        self._waiting = label(self.tr("The kinds of jobs appear here in a moment."), "muted")
        page = QWidget()
        self._layout = QVBoxLayout(page)
        self._layout.setContentsMargins(28, 22, 28, 22)
        self._layout.setSpacing(12)
        self._layout.addLayout(self._greeting)
        self._layout.addWidget(label(self.tr("What would you like to get done?"), points=8, bold=True))
        self._layout.addSpacing(4)
        self._layout.addWidget(self._waiting)
        self._layout.addStretch(1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolling(page))

    def fill(self, backend: "Backend", doer: "Doer") -> None:
        """Makes the parts; once, before the backend is joined."""
        from desktop.ui.cards import KindCards
        from desktop.ui.running_now import RunningNow
        from desktop.ui.saved.strip import SavedStrip
        from desktop.ui.while_away import WhileAway

        self._backend = backend
        self.cards = KindCards(self.kind_chosen.emit)
        self.saved = SavedStrip(backend)
        self.saved.started.connect(self.started)
        self.running = RunningNow(backend, doer)
        self.running.asked.connect(self.job_asked)
        self.away = WhileAway(backend, doer, self._preferences.last_looked)
        self.away.asked.connect(self.job_asked)
        self.away.schedules_asked.connect(self.schedules_asked)
        self.away.refused.connect(self.runs_refused)
        at = self._layout.count() - 1
        self._layout.insertWidget(at, self.cards)
        self._layout.insertWidget(at + 1, self.saved)
        self._layout.insertLayout(at + 2, self._ahead)
        self._layout.insertWidget(at + 3, self.running)
        self._layout.insertWidget(at + 4, self.away)
        backend.job_types_known.connect(self._show_kinds)

    def _show_kinds(self) -> None:
        self._waiting.hide()
        self.cards.show_kinds(self._backend.job_types)
        if self.coming is None:
            from desktop.ui.schedules.coming import ComingUp

            self.coming = ComingUp(self._backend)
            self.coming.asked.connect(self.schedules_asked)
            self._ahead.addWidget(self.coming)
            if not self._preferences.welcomed:
                self._welcome()

    def _welcome(self) -> None:
        from desktop.ui.welcome import Welcome

        self.welcome = Welcome(self._backend, self._preferences)
        self.welcome.form_asked.connect(self.form_asked)
        self._greeting.addWidget(self.welcome)

    def look(self, moment: "datetime") -> None:
        """The user looks at the window: what ends from now on is seen as it happens."""
        self._preferences.last_looked = moment

"""A time at which a schedule was due and did not run, or could not, as *While you were away* says it."""

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.client.schedules import Run
from desktop.ui import words
from desktop.ui.icons import pixmap
from desktop.ui.pieces import button, label
from desktop.ui.theme import tokens


class MissedRun(QWidget):
    """Name, when, why, and the way to the schedules, where it can be run now."""

    def __init__(self, run: Run, asked: Callable[[], object]) -> None:
        super().__init__()
        reasons = {
            "off": self.tr("Deskhand was not running"),
            "asleep": self.tr("the computer was asleep"),
            "clock": self.tr("the computer's clock was changed"),
            "zone": self.tr("the computer's time zone was changed"),
        }
        did = self.tr("Did not run") if run.times == 1 else self.tr("Did not run {n} times").format(n=run.times)
        why = reasons.get(run.reason, "")
        if run.problem is not None:
            did, why = self.tr("Could not be started"), f"{run.problem.message} {run.problem.hint}".strip()
        said = [did, words.moment_words(run.due_at), why]
        self.said = " · ".join(part for part in said if part)
        picture = QLabel()
        picture.setPixmap(pixmap("calendar-clock", tokens().color("warning"), 20, self.devicePixelRatioF()))
        text = QVBoxLayout()
        text.setSpacing(1)
        text.addWidget(label(run.name, bold=True))
        text.addWidget(label(self.said, "muted", points=-1))
        self.best = button(self.tr("Show the schedule"), asked)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(12)
        layout.addWidget(picture)
        layout.addLayout(text, 1)
        layout.addWidget(self.best)

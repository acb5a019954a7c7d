"""The runs of a job, the newest first: when, how long, and how each ended."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.client.shapes import Attempt, JobDetail
from desktop.state.measures import took
from desktop.ui import words
from desktop.ui.icons import pixmap
from desktop.ui.pieces import clear, label
from desktop.ui.theme import tokens


class Timeline(QWidget):
    """What happened to the job, and when."""

    def __init__(self) -> None:
        super().__init__()
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 12, 6, 0)
        self._layout.setSpacing(12)

    def show_attempts(self, detail: JobDetail) -> None:
        """Shows every run, and when the job was added."""
        clear(self._layout)
        for attempt in sorted(detail.attempts, key=lambda one: -one.number):
            state = attempt.outcome or detail.job.state
            lines = [self._lasted(attempt)]
            if attempt.problem is not None:
                lines.append(attempt.problem.message)
            title = self.tr("Run {n}: {state}").format(n=attempt.number, state=words.state_name(state))
            self._add(words.STATE_ICONS.get(state, ("circle-dashed", "muted")), title, lines)
        self._add(("plus", "muted"), self.tr("Added"), [words.moment_words(detail.job.created_at)])
        self._layout.addStretch(1)

    def _lasted(self, attempt: Attempt) -> str:
        seconds = took(attempt.started_at, attempt.ended_at, words.now()) or 0
        started = words.moment_words(attempt.started_at)
        if attempt.ended_at is None:
            return self.tr("Started {moment}").format(moment=started)
        return self.tr("{moment}, took {span}").format(moment=started, span=words.span_words(seconds))

    def _add(self, picture: tuple[str, str], title: str, lines: list[str]) -> None:
        row = QHBoxLayout()
        sign = QLabel()
        sign.setPixmap(pixmap(picture[0], tokens().color(picture[1]), 18, self.devicePixelRatioF()))
        row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
        text = QVBoxLayout()
        text.setSpacing(1)
        text.addWidget(label(title, bold=True))
        for line in lines:
            text.addWidget(label(line, "muted"))
        row.addLayout(text, 1)
        self._layout.addLayout(row)

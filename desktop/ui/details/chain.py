"""What a job waits for, and what follows it: a line each, with a way to go there."""

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from desktop.client.shapes import JobDetail, Link
from desktop.ui import words
from desktop.ui.icons import pixmap
from desktop.ui.jobs.deeds import Doer
from desktop.ui.pieces import button, clear, label
from desktop.ui.theme import tokens


class Chain(QWidget):
    """Hidden for a job that stands alone."""

    job_asked = Signal(int)

    def __init__(self, doer: Doer) -> None:
        super().__init__()
        self._doer = doer
        self._shown: object = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(6)
        self.hide()

    def show_chain(self, detail: JobDetail | None) -> None:
        """Shows both directions."""
        shown = detail and (detail.job.id, detail.starts_after, detail.followed_by)
        if shown == self._shown:
            return
        self._shown = shown
        clear(self._layout)
        self.setVisible(detail is not None and bool(detail.starts_after or detail.followed_by))
        if detail is not None:
            waiting = any(not link.settled for link in detail.starts_after)
            title = self.tr("Starts as soon as") if waiting else self.tr("Started after")
            self._add(title, detail.starts_after, [self._condition(link) for link in detail.starts_after])
            self._add(self.tr("Then"), detail.followed_by, [self._follower(link) for link in detail.followed_by])

    def _condition(self, link: Link) -> str:
        match link.when:
            case "succeeded":
                text = self.tr("“{name}” has succeeded")
            case "failed":
                text = self.tr("“{name}” has failed")
            case _:
                text = self.tr("“{name}” has ended")
        return text.format(name=link.name)

    def _follower(self, link: Link) -> str:
        match link.when:
            case "succeeded":
                text = self.tr("“{name}”, if this succeeds")
            case "failed":
                text = self.tr("“{name}”, if this fails")
            case _:
                text = self.tr("“{name}”, in any case")
        return text.format(name=link.name)

    def _add(self, title: str, links: Sequence[Link], texts: Sequence[str]) -> None:
        if not links:
            return
        self._layout.addWidget(label(title, "muted"))
        for link, text in zip(links, texts, strict=True):
            name, tone = words.STATE_ICONS.get(link.state, ("circle-dashed", "muted"))
            sign = QLabel()
            sign.setPixmap(pixmap(name, tokens().color(tone), 16, self.devicePixelRatioF()))
            row = QHBoxLayout()
            row.addWidget(sign, 0, Qt.AlignmentFlag.AlignTop)
            row.addWidget(label(f"{text} ({words.state_name(link.state)})"), 1)
            there = button(self.tr("Show"), lambda job=link.job: self.job_asked.emit(job), kind="link")
            there.setAccessibleName(self.tr("Show “{name}”").format(name=link.name))
            row.addWidget(there, 0, Qt.AlignmentFlag.AlignTop)
            self._layout.addLayout(row)
            if not link.settled and title != self.tr("Then") and link.state in ("failed", "stopped"):
                # Beside the words it would leave them no room in the pane at its usual width.
                self._layout.addWidget(self._retry(link), 0, Qt.AlignmentFlag.AlignLeft)

    def _retry(self, link: Link) -> QPushButton:
        made = button(self.tr("Try again"), icon_name="rotate-cw", kind="primary")
        made.setAccessibleName(self.tr("Try “{name}” again").format(name=link.name))
        made.clicked.connect(lambda: self._doer.retry_other(link.job, made))
        return made

"""The tray icon: how many jobs run and how far they are, pause all, open, quit."""

from PySide6.QtCore import QObject, QRectF, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFont, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from desktop.client.problems import ApiError
from desktop.client.shapes import Job, Queue
from desktop.state.jobs import Together
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.icons import app_icon
from desktop.ui.theme import LIGHT

SIDE = 64
MOST_SHOWN = 9
STEPS = 20
"""The bar has so many lengths: the icon is painted anew only when one is reached."""


class Tray(QSystemTrayIcon):
    """`opened` and `quit_asked` say what was chosen in its menu."""

    opened = Signal()
    quit_asked = Signal()

    def __init__(self, backend: Backend, parent: QObject | None = None) -> None:
        super().__init__(app_icon(), parent)
        self._backend = backend
        self._shown: tuple[int, int, bool] | None = None
        self._is_at_work = False
        self.menu = QMenu()
        self.open_action = self._add(self.tr("Open Deskhand"), self.opened.emit)
        self.menu.addSeparator()
        self.said = self._add("", self.opened.emit)
        self.pause_action = self._add("", self._pause_or_go_on)
        self.menu.addSeparator()
        self.quit_action = self._add(self.tr("Quit"), self.quit_asked.emit)
        self.setContextMenu(self.menu)
        self.activated.connect(self._activated)
        backend.summed.connect(self._tell)
        backend.counted.connect(self._tell)
        self._tell()

    def _add(self, text: str, then: object) -> QAction:
        action = QAction(text, self.menu)
        action.triggered.connect(then)
        self.menu.addAction(action)
        return action

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in (QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick):
            self.opened.emit()

    @property
    def _is_paused(self) -> bool:
        return self._backend.jobs.queue.paused

    def _tell(self) -> None:
        together = self._backend.jobs.together()
        said = self._words(together)
        if said != self.said.text():
            self.said.setText(said)
            self.setToolTip(f"Deskhand\n{said}")
        self.pause_action.setText(self.tr("Go on with all jobs") if self._is_paused else self.tr("Pause all jobs"))
        self.pause_action.setEnabled(self._backend.is_connected and not self._is_at_work)
        looks = (together.running, round((together.fraction or 0) * STEPS), self._is_paused)
        if looks != self._shown:
            self._shown = looks
            self.setIcon(painted(together.running, together.fraction, paused=self._is_paused))

    def _words(self, together: Together) -> str:
        if not together.running:
            parts = [self.tr("Nothing is running")]
            if together.waiting:
                parts.append(self.tr("{n} waiting").format(n=together.waiting))
        else:
            parts = [self.tr("{jobs} running").format(jobs=words.jobs_words(together.running))]
            if together.fraction is not None:
                parts.append(self.tr("{n} %").format(n=int(together.fraction * 100)))
            if together.seconds_left is not None:
                parts.append(words.left_words(together.seconds_left))
        if self._is_paused:
            parts.append(self.tr("nothing new starts"))
        return " · ".join(parts)

    def _pause_or_go_on(self) -> None:
        pausing = not self._is_paused
        call(self, lambda: self._set_paused(paused=pausing), self._took)

    async def _set_paused(self, *, paused: bool) -> Queue:
        self._is_at_work = True
        self._tell()
        try:
            queue = await self._backend.api.set_queue(paused=paused)
            for job in [job for job in self._backend.jobs.active.values() if _is_meant(job, paused=paused)]:
                await self._set_one(job, paused=paused)
        finally:
            self._is_at_work = False
            self._tell()
        return queue

    async def _set_one(self, job: Job, *, paused: bool) -> None:
        try:
            self._backend.take(await self._backend.api.act(job.id, "pause" if paused else "resume"))
        except ApiError as problem:
            # It has come to its end meanwhile.
            if problem.status != 409:
                raise

    def _took(self, queue: Queue) -> None:
        self._backend.jobs.queue = queue
        self._backend.counted.emit()


def _is_meant(job: Job, *, paused: bool) -> bool:
    """Whether pausing, or going on, makes sense for this one."""
    if paused:
        return job.state == "running" and job.wish is None
    return job.state == "paused" or job.wish == "pause"


def painted(running: int, fraction: float | None, *, paused: bool) -> QIcon:
    """The picture of the program with the number of running jobs on it, and a bar for how far they are."""
    made = QPixmap(SIDE, SIDE)
    made.fill(Qt.GlobalColor.transparent)
    painter = QPainter(made)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    app_icon().paint(painter, 0, 0, SIDE, SIDE)
    painter.setPen(Qt.PenStyle.NoPen)
    if fraction is not None and running:
        painter.setBrush(QColor("white"))
        painter.drawRoundedRect(QRectF(2, SIDE - 14, SIDE - 4, 12), 6, 6)
        painter.setBrush(LIGHT.color("success"))
        painter.drawRoundedRect(QRectF(4, SIDE - 12, max(8.0, (SIDE - 8) * fraction), 8), 4, 4)
    if running or paused:
        painter.setBrush(LIGHT.color("warning" if paused else "danger"))
        painter.drawEllipse(QRectF(SIDE - 38, 0, 38, 38))
        painter.setPen(QColor("white"))
        font = QFont(painter.font())
        font.setPixelSize(30)
        font.setBold(True)
        painter.setFont(font)
        text = "II" if paused else str(running) if running <= MOST_SHOWN else f"{MOST_SHOWN}+"
        if len(text) > 1 and not paused:
            font.setPixelSize(22)
            painter.setFont(font)
        painter.drawText(QRectF(SIDE - 38, 0, 38, 38), Qt.AlignmentFlag.AlignCenter, text)
    painter.end()
    return QIcon(made)

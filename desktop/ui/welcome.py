"""The welcome at the first start: sample files, and a form that is filled in with them. Gone after the first job."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.details.files import open_file
from desktop.ui.icons import pixmap
from desktop.ui.pieces import button, card, label, tool
from desktop.ui.preferences import Preferences
from desktop.ui.resources import resources
from desktop.ui.theme import tokens

if TYPE_CHECKING:
    from desktop.state.samples import FirstJob


class Welcome(QWidget):
    """Hidden until it is known that there never was a job, and for good once closed.

    `form_asked` carries a kind of job and answers.
    """

    form_asked = Signal(object, object)

    def __init__(self, backend: Backend, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self._preferences = preferences
        self._picture = QLabel()
        self._where = label(tone="muted", points=-1)
        self.start = button(self.tr("Make a first report from samples"), self._begin, kind="primary", icon_name="play")
        self.show_files = button(self.tr("Show the sample files"), self._show_files, icon_name="folder-open")
        self.closing = tool(self.tr("Close the welcome"), "x", self._forget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 10)
        layout.addWidget(self._made_up())
        self.hide()
        backend.counted.connect(self._look)
        backend.recount()

    def _made_up(self) -> QFrame:
        text = QVBoxLayout()
        text.setSpacing(4)
        text.addWidget(label(self.tr("Welcome to Deskhand"), points=3, bold=True))
        text.addWidget(
            label(
                self.tr(
                    "Fill in a form, press Start, and go on with other things: the work is done in the background."
                    " Try it with a made-up list of orders, which becomes a report with a chart in less than a minute."
                )
            )
        )
        text.addWidget(self._where)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 6, 0, 0)
        buttons.setSpacing(10)
        buttons.addWidget(self.start)
        buttons.addWidget(self.show_files)
        buttons.addStretch(1)
        text.addLayout(buttons)
        made = card()
        across = QHBoxLayout(made)
        across.setContentsMargins(18, 16, 12, 16)
        across.setSpacing(16)
        across.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        across.addLayout(text, 1)
        across.addWidget(self.closing, 0, Qt.AlignmentFlag.AlignTop)
        return made

    @property
    def folder(self) -> Path:
        """Where the samples are laid out for the user to see."""
        from desktop.state.samples import documents

        return documents() / self.tr("Deskhand samples")

    def _look(self) -> None:
        if sum(self._backend.jobs.queue.counts.values()):
            self._forget()
        elif self._first_kind() is not None:
            self._where.setText(
                self.tr("The samples are put into {folder}. Nothing leaves this computer.").format(folder=self.folder)
            )
            self._picture.setPixmap(pixmap("sparkles", tokens().color("accent"), 32, self.devicePixelRatioF()))
            self.show()

    def _forget(self) -> None:
        self._backend.counted.disconnect(self._look)
        self._preferences.welcomed = True
        self.hide()

    def _job(self) -> "FirstJob":
        from desktop.state.samples import first_job

        return first_job(resources(), self.folder)

    def _first_kind(self) -> object | None:
        wanted = self._job().kind
        return next((kind for kind in self._backend.job_types if kind.name == wanted), None)

    async def _lay_out(self) -> None:
        import asyncio

        from desktop.state.samples import lay_out

        folder = self.folder
        try:
            await asyncio.to_thread(lay_out, resources(), folder, self._job().files)
        except OSError as error:
            raise ApiError(
                "samples.not_written",
                self.tr("The samples could not be put into {folder}.").format(folder=folder),
                self.tr("Look whether there is room and whether you may write there. ({reason})").format(
                    reason=error.strerror
                ),
            ) from error

    def _begin(self) -> None:
        call(
            self,
            self._lay_out,
            lambda _nothing: self.form_asked.emit(self._first_kind(), self._job().answers),
            busy=self.start,
        )

    def _show_files(self) -> None:
        call(self, self._lay_out, lambda _nothing: open_file(self, self.folder), busy=self.show_files)

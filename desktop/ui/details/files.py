"""The result files of a job: open them, or show where they are."""

import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.client.shapes import Artifact
from desktop.ui import words
from desktop.ui.calls import call
from desktop.ui.icons import pixmap
from desktop.ui.pieces import clear, label, tool
from desktop.ui.theme import tokens

PICTURES = {
    ".pdf": "file-text",
    ".xlsx": "file-spreadsheet",
    ".ods": "file-spreadsheet",
    ".csv": "file-spreadsheet",
    ".html": "globe",
    ".zip": "file-archive",
}


class ResultFiles(QWidget):
    """A row for each file."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[tuple[int, str]] = []
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(4)
        self.hide()

    def show_files(self, files: Sequence[Artifact]) -> None:
        """Shows these."""
        wanted = [(file.id, file.path) for file in files]
        if wanted == self._shown:
            return
        self._shown = wanted
        clear(self._layout)
        if files:
            self._layout.addWidget(label(self.tr("Result files"), bold=True))
        for file in files:
            self._layout.addWidget(self._row(file))
        self.setVisible(bool(files))

    def _row(self, file: Artifact) -> QWidget:
        path = Path(file.path)
        row = QWidget()
        layout = QHBoxLayout(row)
        layout.setContentsMargins(0, 2, 0, 2)
        sign = QLabel()
        name = PICTURES.get(path.suffix.lower(), "file")
        sign.setPixmap(pixmap(name, tokens().color("muted"), 20, self.devicePixelRatioF()))
        layout.addWidget(sign)
        text = QVBoxLayout()
        text.setSpacing(0)
        text.addWidget(label(path.name))
        detail = [file.title if file.title != path.name else "", words.size_words(file.size)]
        text.addWidget(label(" · ".join(part for part in detail if part), "muted", points=-1))
        layout.addLayout(text, 1)
        opening = tool(self.tr("Open {name}").format(name=path.name), "external-link", lambda: open_file(row, path))
        showing = tool(
            self.tr("Show {name} in its folder").format(name=path.name),
            "folder-open",
            lambda: show_in_folder(row, path),
        )
        layout.addWidget(opening)
        layout.addWidget(showing)
        row.setToolTip(str(path))
        return row


def open_file(parent: QWidget, path: Path) -> None:
    """Opens the file with the program that the system has for it."""
    _when_there(parent, path, lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))


def show_in_folder(parent: QWidget, path: Path) -> None:
    """Opens the folder, with the file chosen where the system can do that."""
    _when_there(parent, path, lambda: _reveal(path))


def _reveal(path: Path) -> bool:
    import subprocess

    if sys.platform == "win32":
        subprocess.Popen(["explorer", "/select,", str(path)])
        return True
    if sys.platform == "darwin":
        subprocess.Popen(["open", "-R", str(path)])
        return True
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _when_there(parent: QWidget, path: Path, then: Callable[[], bool]) -> None:
    async def look() -> None:
        import asyncio

        # A folder on a network may take seconds to answer.
        if not await asyncio.to_thread(path.exists):
            raise ApiError(
                "file.gone",
                QCoreApplication.translate("Files", "The file {name} is not there any more.").format(name=path.name),
                QCoreApplication.translate(
                    "Files", "It was moved, renamed or deleted. Run the job again to make it anew."
                ),
            )

    def act(_nothing: None) -> None:
        if not then():
            raise_problem()

    def raise_problem() -> None:
        async def fail() -> None:
            raise ApiError(
                "file.no_program",
                QCoreApplication.translate("Files", "The computer knows no program for {name}.").format(name=path.name),
                QCoreApplication.translate("Files", "Open it by hand. It is in {folder}.").format(folder=path.parent),
            )

        call(parent, fail)

    call(parent, look, act)

"""Saved jobs into a file, and out of one: carried to another computer, without secrets."""

import asyncio
import json
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol, runtime_checkable

from PySide6.QtCore import QDir, QObject, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.client.problems import ApiError
from desktop.client.saved import Arrival, Lack, SavedCalls, SavedJob
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.saved.choosing import Choice, ChoosingDialog

LARGEST: Final = 20_000_000
"""Bytes; a file of saved jobs is far smaller."""

NAMED_AT_MOST: Final = 3


@runtime_checkable
class Sayer(Protocol):
    """A window that can say that something was done."""

    def say(self, message: str, hint: str = "") -> None: ...


class Carrying(QObject):
    """Asks what and where, does it, and has the window say so."""

    def __init__(self, backend: Backend, over: QWidget) -> None:
        super().__init__(over)
        self._backend = backend
        self._over = over
        self.dialog: ChoosingDialog | None = None
        self.files: QFileDialog | None = None

    def _calls(self) -> SavedCalls:
        return SavedCalls(self._backend.api)

    # Out

    def export(self) -> None:
        """Asks which, then where to."""
        call(self, lambda: self._calls().all(), self._ask_which)

    def _ask_which(self, saved: list[SavedJob]) -> None:
        if not saved:
            self._complain(
                self.tr("There are no saved jobs yet."), self.tr("Fill in a form and choose Save as... below it.")
            )
            return
        choices = [Choice(one.name, self._backend.kind_title(one.draft.kind)) for one in saved]
        intro = self.tr("These go into the file, with their schedules. Passwords do not.")
        dialog = ChoosingDialog(self.tr("Export saved jobs"), intro, self.tr("Export..."), choices, self._over)
        dialog.chosen.connect(lambda places: self._ask_where([saved[place].id for place in places]))
        self._show(dialog)

    def _ask_where(self, numbers: Sequence[int]) -> None:
        files = self._file_dialog(self.tr("Export saved jobs"), QFileDialog.AcceptMode.AcceptSave)
        files.selectFile(self.tr("Saved jobs") + ".json")
        files.setDefaultSuffix("json")
        files.fileSelected.connect(lambda path: self.write(Path(path), numbers))
        files.open()

    def write(self, file: Path, numbers: Sequence[int]) -> None:
        """Writes the saved jobs of these numbers into the file."""

        async def work() -> Path:
            document = await self._calls().export(numbers)
            text = json.dumps(document, ensure_ascii=False, indent=1)
            await asyncio.to_thread(self._in_words, partial(_write, file, text))
            return file

        call(self, work, self._wrote)

    # In

    def bring_in(self) -> None:
        """Asks for the file, then says what it would bring."""
        files = self._file_dialog(self.tr("Import saved jobs"), QFileDialog.AcceptMode.AcceptOpen)
        files.setFileMode(QFileDialog.FileMode.ExistingFile)
        files.fileSelected.connect(lambda path: self.read(Path(path)))
        files.open()

    def read(self, file: Path) -> None:
        """Says what the file would bring, and asks what is to be taken."""

        async def work() -> tuple[dict[str, Any], list[Arrival]]:
            document = await asyncio.to_thread(self._in_words, partial(_read, file))
            if not isinstance(document, dict):
                raise self._strange()
            return document, await self._calls().check(document)

        call(self, work, self._ask_what_comes)

    def _ask_what_comes(self, found: tuple[dict[str, Any], list[Arrival]]) -> None:
        document, arrivals = found
        if not arrivals:
            self._complain(self.tr("There are no saved jobs in this file."), "")
            return
        choices = [Choice(one.name, self._note(one), list(map(_remark, one.lacks))) for one in arrivals]
        lacking = any(one.lacks for one in arrivals)
        intro = (
            self.tr("Something that these jobs name is not on this computer. They can be taken all the same.")
            if lacking
            else self.tr("All that these jobs name is here.")
        )
        dialog = ChoosingDialog(self.tr("Import saved jobs"), intro, self.tr("Import"), choices, self._over)
        dialog.chosen.connect(lambda places: self._take(document, places))
        self._show(dialog)

    def _note(self, arrival: Arrival) -> str:
        kind = self._backend.kind_title(arrival.kind)
        if not arrival.schedules:
            return kind
        return self.tr("{kind} · with its schedule, which begins paused").format(kind=kind)

    def _take(self, document: dict[str, Any], places: Sequence[int]) -> None:
        chosen = {**document, "jobs": [document["jobs"][place] for place in places]}
        call(self, lambda: self._calls().bring_in(chosen), self._brought)

    def _wrote(self, file: Path) -> None:
        self._say(self.tr("The saved jobs are in the file {file}.").format(file=file))

    def _brought(self, saved: list[SavedJob]) -> None:
        names = ", ".join(f"“{one.name}”" for one in saved[:NAMED_AT_MOST]) + " ..." * (len(saved) > NAMED_AT_MOST)
        self._say(
            self.tr("{names} can be run from Home.").format(names=names),
            self.tr("Schedules that came along are paused until you let them go on."),
        )

    # Both

    def _say(self, message: str, hint: str = "") -> None:
        window = self._over.window()
        if isinstance(window, Sayer):
            window.say(message, hint)

    def _file_dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        files = self.files = QFileDialog(self._over.window(), title)
        files.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        files.setAcceptMode(mode)
        files.setNameFilters([self.tr("Saved jobs (*.json)"), self.tr("All files (*)")])
        files.setDirectory(QDir.homePath())
        return files

    def _show(self, dialog: ChoosingDialog) -> None:
        self.dialog = dialog
        dialog.open()

    def _complain(self, message: str, hint: str) -> None:
        async def refuse() -> None:
            raise ApiError("saved_file.none", message, hint)

        call(self, refuse)

    def _strange(self) -> ApiError:
        return ApiError(
            "saved_file.strange",
            self.tr("This is not a file of saved jobs."),
            self.tr("Choose a file that was made with Export in Deskhand."),
        )

    def _in_words(self, deed: Callable[[], Any]) -> Any:
        try:
            return deed()
        except OSError as error:
            raise ApiError(
                "saved_file.disk",
                self.tr("The file could not be read or written: {why}").format(why=error.strerror or error),
                self.tr("Choose another place."),
            ) from error
        except (ValueError, RecursionError) as error:
            raise self._strange() from error


def _remark(lack: Lack) -> str:
    return f"{lack.title}: {lack.sentence} {lack.hint}".strip()


def _write(file: Path, text: str) -> None:
    beside = file.with_name(f".{file.name}.part")
    beside.write_text(text, encoding="utf-8")
    beside.replace(file)


def _read(file: Path) -> Any:
    with file.open("rb") as content:
        text = content.read(LARGEST + 1)
    if len(text) > LARGEST:
        raise ValueError(file)
    return json.loads(text)

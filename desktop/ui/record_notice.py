"""Says that the list of jobs had to be taken from a copy, what is missing, and what to look after, until it is read."""

from typing import Any

from PySide6.QtWidgets import QWidget

from desktop.client.shapes import moment_or_none
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.banner import Banner
from desktop.ui.calls import call


class RecordNotice(Banner):
    """Asks once for every connection."""

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(closable=False, parent=parent)
        self._backend = backend
        backend.connected.connect(self._ask)

    def _ask(self) -> None:
        self._backend.ask(lambda: self._backend.api.ask("GET", "/record"), self._show)

    def _show(self, answer: dict[str, Any]) -> None:
        rescue = answer["rescue"]
        if rescue is None:
            self.hide()
            return
        made = moment_or_none(rescue["copied_at"])
        if made is None:
            message = self.tr("The list of jobs was damaged, and there was no good copy. It begins anew.")
        else:
            message = self.tr("The list of jobs was damaged. It was taken from the copy of {moment}.").format(
                moment=words.moment_words(made)
            )
        hint = " ".join([self._missing(rescue["missing"]), *self._unsure(rescue["unsure"]), self._kept(rescue)])
        self.say(message, hint, "danger", self.tr("I have read this"), self._acknowledge)

    def _missing(self, names: list[str] | None) -> str:
        if names is None:
            return self.tr("Jobs that were added after that are missing.")
        if not names:
            return self.tr("No job that was added after that is known to be missing.")
        return self.tr("Missing: {names}.").format(names=", ".join(f"“{name}”" for name in names))

    def _unsure(self, count: int) -> list[str]:
        if not count:
            return []
        return [self.tr("Under Needs you are {jobs} to look after.").format(jobs=words.jobs_words(count))]

    def _kept(self, rescue: dict[str, Any]) -> str:
        return self.tr("Result files were not touched. The damaged list was kept as {file}.").format(
            file=rescue["damaged"]
        )

    def _acknowledge(self) -> None:
        call(self, lambda: self._backend.api.ask("DELETE", "/record/rescue"), lambda _nothing: self.hide())

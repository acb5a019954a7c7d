"""The letters of the job whose form is open: asked for as they are looked at."""

from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from desktop.client.letters import Letter, LetterCalls, LetterPage
from desktop.client.problems import ApiError
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.forms.page import NewJobPage
from desktop.ui.letters.viewer import LetterViewer
from desktop.ui.words import problem_words

BEFORE = 10


class FormLetters(QObject):
    """Puts a viewer into the rehearsal of a form, shown for jobs that write letters."""

    def __init__(self, backend: Backend, page: NewJobPage) -> None:
        super().__init__(page)
        self._backend = backend
        self.page = page
        self._known: dict[int, Letter] = {}
        self._found = 0
        self._number = 0
        self._search = ""
        self._asked = 0
        self.viewer = LetterViewer()
        self.viewer.hide()
        self.viewer.wanted.connect(self._go_to)
        self.viewer.searched.connect(self._look_for)
        self.viewer.tried.connect(self._try)
        page.panel.add_part(self.viewer)
        page.panel.rehearsed.connect(self._on_rehearsal)
        page.panel.cleared.connect(self._on_clear)

    def _on_clear(self) -> None:
        self._asked += 1
        self._number, self._search = 0, ""
        self._known.clear()
        self.viewer.set_looking(False)
        self.viewer.set_trying(False)
        self.viewer.forget()
        self.viewer.hide()

    def _on_rehearsal(self, rehearsal: dict[str, Any]) -> None:
        """Stays at the recipient that was being looked at."""
        self._asked += 1
        self._known.clear()
        self.viewer.set_looking(False)
        self.viewer.setVisible(bool(rehearsal.get("letters")))
        if not rehearsal.get("letters"):
            return
        page = LetterPage.read(rehearsal["letters"])
        if self._search or self._number >= len(page.letters) > 0:
            self._ask(self._number)
        else:
            self._take(self._number, page)

    def _go_to(self, number: int) -> None:
        if number in self._known:
            self._show(number)
        else:
            self._ask(number)

    def _look_for(self, words: str) -> None:
        if words != self._search:
            self._search = words
            self._known.clear()
            self._ask(0)

    def _ask(self, number: int) -> None:
        form = self.page.form
        if form is None:
            return
        self._asked += 1
        mine = self._asked
        going_back = number < self._number
        first = max(0, number - BEFORE) if going_back else number
        kind, values, search = self.page.kind, form.values(), self._search
        self.viewer.set_looking(True)
        call(
            self,
            lambda: LetterCalls(self._backend.api).look(kind, values, first, search),
            lambda page: self._take(number, page) if mine == self._asked else None,
            lambda error: self._fail(error) if mine == self._asked else None,
        )

    def _take(self, number: int, page: LetterPage) -> None:
        self.viewer.set_looking(False)
        self._found = page.found
        self._known.update({page.first + at: letter for at, letter in enumerate(page.letters)})
        if number >= page.found > 0:
            self._go_to(page.found - 1)
        elif number not in self._known and page.letters and number >= page.first:
            # A letter before it could not be written, and ended the page.
            self._show(page.first + len(page.letters) - 1)
        else:
            self._show(number if page.found else 0)

    def _show(self, number: int) -> None:
        self._number = number
        self.viewer.show_letter(self._known.get(number), number, self._found)

    def _fail(self, error: ApiError) -> None:
        self.viewer.set_looking(False)
        self.viewer.trouble.say(*problem_words(error))

    def _try(self, place: int) -> None:
        form = self.page.form
        if form is None:
            return
        mine = form
        kind, values = self.page.kind, form.values()
        self.viewer.set_trying(True)

        def settle(say: Any, *words: str) -> None:
            if self.page.form is mine:
                self.viewer.set_trying(False)
                say(*words)

        call(
            self,
            lambda: LetterCalls(self._backend.api).to_myself(kind, values, place),
            partial(settle, self.viewer.answer.say),
            lambda error: settle(self.viewer.trouble.say, *problem_words(error)),
        )

"""*Then...* in the footer of a form: adds what is to follow the job, and changes it."""

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QPushButton

from desktop.ui.backend import Backend
from desktop.ui.following.chain import FormChain
from desktop.ui.following.dialog import FollowUpDialog
from desktop.ui.forms.page import NewJobPage

MOST = 10
"""So many follow-ups the API takes."""


class Following(QObject):
    """Puts its button into the footer of a form, and the chain below the form."""

    def __init__(self, backend: Backend, page: NewJobPage) -> None:
        super().__init__(page)
        self._backend = backend
        self._page = page
        self.dialog: FollowUpDialog | None = None
        self.chain = FormChain(backend.kind_title, backend.kind_icon)
        self.chain.change_asked.connect(self._change)
        self.chain.changed.connect(self._changed)
        self.button = QPushButton(self.tr("Then..."))
        self.button.setToolTip(self.tr("Add what is to be done with the results, as soon as this is done"))
        self.button.clicked.connect(self._add)
        page.footer.add_button(self.button)
        page.add_below(self.chain)

    def _changed(self) -> None:
        self.button.setEnabled(len(self.chain.follow_ups) < MOST)

    def _add(self) -> None:
        self._open(FollowUpDialog(self._backend, self.chain.names, self._page)).decided.connect(self.chain.put)

    def _change(self, place: int) -> None:
        before = self.chain.names[: place + 1]
        dialog = self._open(FollowUpDialog(self._backend, before, self._page, self.chain.follow_ups[place]))
        dialog.decided.connect(partial(self.chain.put, place=place))
        if wrong := self.chain.wrong.get(place):
            dialog.show_problems(wrong)

    def _open(self, dialog: FollowUpDialog) -> FollowUpDialog:
        self.dialog = dialog
        dialog.open()
        return dialog

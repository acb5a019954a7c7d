"""*Save as...*: asks for the name under which a form's answers are kept."""

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QInputDialog, QPushButton

from desktop.client.drafts import Draft
from desktop.client.problems import ApiError
from desktop.client.saved import SavedCalls, SavedJob
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.forms.asker import Trouble
from desktop.ui.forms.page import NewJobPage


class Keeping(QObject):
    """Puts its button into the footer of a form. `kept` carries the saved job; `changed`, one that was saved over."""

    kept = Signal(object)
    changed = Signal(object)

    def __init__(self, backend: Backend, page: NewJobPage) -> None:
        super().__init__(page)
        self._backend = backend
        self._page = page
        self._saved: SavedJob | None = None
        self.dialog: QInputDialog | None = None
        self.button = QPushButton()
        self.button.clicked.connect(self._ask)
        page.footer.add_button(self.button)
        page.opened.connect(self._forget)
        self._forget()

    def _forget(self) -> None:
        self._saved = None
        self.button.setText(self.tr("Save as..."))
        self.button.setToolTip(self.tr("Keep these answers under a name, to be run with one click from Home"))

    def edit(self, saved: SavedJob) -> None:
        """The form that is shown holds the answers of this saved job: they are saved over."""
        self._saved = saved
        self.button.setText(self.tr("Save changes"))
        self.button.setToolTip(self.tr("Put these answers in place of those that are saved"))

    def _ask(self) -> None:
        draft = self._page.checked_draft()
        if draft is None:
            return
        if (saved := self._saved) is not None:
            name = self._page.footer.job_name() or saved.name
            calls = SavedCalls(self._backend.api)
            call(
                self,
                lambda: calls.change(saved.id, name, draft),
                self.changed.emit,
                self._fail,
                busy=self.button,
            )
            return
        dialog = self.dialog = QInputDialog(self._page)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self.tr("Save as"))
        dialog.setLabelText(self.tr("What do you call it?"))
        dialog.setTextValue(self._page.footer.job_name() or self._page.title.text())
        dialog.setOkButtonText(self.tr("Save"))
        dialog.textValueSelected.connect(lambda name: self._keep(name, draft))
        dialog.open()

    def _keep(self, name: str, draft: Draft) -> None:
        calls = SavedCalls(self._backend.api)
        call(self, lambda: calls.save(name, draft), self.kept.emit, self._fail, busy=self.button)

    def _fail(self, problem: ApiError) -> None:
        # The name is asked for in the dialog, not in the form.
        fields = {field: said for field, said in problem.fields.items() if field != "name"}
        self._page.show_trouble(Trouble(*words.problem_words(problem), problem.code, fields))

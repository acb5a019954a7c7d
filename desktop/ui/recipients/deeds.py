"""What can be done about the letters of a mailing: save the list, settle those of whom nobody knows, send again."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFileDialog, QFrame, QMenu, QMessageBox, QVBoxLayout, QWidget

from desktop.client.recipients import RecipientCalls
from desktop.state.recipients import Wanted
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.icons import icon
from desktop.ui.pieces import button, label
from desktop.ui.recipients.words import letters_words
from desktop.ui.words import number_words

if TYPE_CHECKING:
    from desktop.client.recipients import Decision


class UnknownCard(QFrame):
    """What to do about letters of which nobody knows whether they arrived: all of them, or those that are chosen."""

    decided = Signal()
    said = Signal(str)

    def __init__(self, backend: Backend, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("kind", "banner")
        self._backend = backend
        self._job: int | None = None
        self._ids: list[int] | None = None
        self._count = 0
        self.question: QMessageBox | None = None
        self._words = label()
        self.menu = QMenu(self)
        self.menu.setToolTipsVisible(True)
        self.look = self._offered(self.tr("Look in the Sent folder"), "scan-search", self._look)
        self.look.setToolTip(self.tr("Letters that are in it went out. Not every provider puts them there."))
        self.again = self._offered(self.tr("Send again..."), "send", self._ask_to_send_again)
        self.arrived = self._offered(self.tr("They have arrived"), "check", lambda: self._decide("sent"))
        self.offer = button(self.tr("What to do"))
        self.offer.setMenu(self.menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 10, 12, 10)
        layout.setSpacing(8)
        layout.addWidget(self._words)
        layout.addWidget(self.offer)
        self.hide()

    def _offered(self, text: str, icon_name: str, done: Callable[[], object]) -> QAction:
        action = QAction(icon(icon_name), text, self.menu)
        action.triggered.connect(lambda: done())
        self.menu.addAction(action)
        return action

    def show_unknown(self, job: int | None, count: int, chosen: Sequence[int], *, over: bool) -> None:
        """So many letters are unknown, of which these are chosen; nothing is offered before the job is over."""
        self._job, self._ids = job, list(chosen) or None
        self._count = len(chosen) or count
        what = self.tr("Nobody knows whether {letters} arrived: the connection broke at the wrong moment.")
        text = what.format(letters=letters_words(count))
        if chosen:
            text += " " + self.tr("{n} of them are chosen below.").format(n=number_words(len(chosen)))
        elif over:
            text += " " + self.tr("You may also leave it at that.")
        self._words.setText(text)
        self.offer.setVisible(over)
        self.setVisible(bool(count))

    def _look(self) -> None:
        if (job := self._job) is None:
            return

        def done(looked: tuple[int, int]) -> None:
            sought, found = looked
            text = self.tr("{n} of {letters} are in the Sent folder and count as sent.")
            self.said.emit(text.format(n=number_words(found), letters=letters_words(sought)))
            self.decided.emit()

        call(self, lambda: RecipientCalls(self._backend.api, job).look_in_sent_folder(), done, busy=self)

    def _ask_to_send_again(self) -> None:
        box = self.question = QMessageBox(self.window())
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setIcon(QMessageBox.Icon.Question)
        box.setText(self.tr("Send {letters} again?").format(letters=letters_words(self._count)))
        box.setInformativeText(
            self.tr("Whoever has got the letter already gets it twice. The job runs again at once, for them only.")
        )
        again = box.addButton(self.tr("Send again"), QMessageBox.ButtonRole.AcceptRole)
        leave = box.addButton(self.tr("Leave it"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(leave)
        box.setEscapeButton(leave)
        again.clicked.connect(lambda: self._decide("send_again"))
        box.open()

    def _decide(self, what: "Decision") -> None:
        if (job := self._job) is None:
            return
        ids = self._ids
        call(
            self,
            lambda: RecipientCalls(self._backend.api, job).decide(what, ids),
            lambda _count: self.decided.emit(),
            busy=self,
        )


class Saving:
    """Asks for a file and has the letters that are shown written to it."""

    def __init__(self, backend: Backend, parent: QWidget, said: Callable[[str], None]) -> None:
        self._backend, self._parent, self._said = backend, parent, said
        self.files: QFileDialog | None = None

    def ask(self, wanted: Wanted, busy: QWidget) -> None:
        """Opens the dialog; the rest follows by itself."""
        files = self.files = QFileDialog(self._parent.window(), self._parent.tr("Save the list of letters"))
        files.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        files.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        excel, comma = self._parent.tr("Excel workbook (*.xlsx)"), self._parent.tr("CSV file (*.csv)")
        files.setNameFilters([excel, comma])
        files.setDefaultSuffix("xlsx")
        files.filterSelected.connect(lambda chosen: files.setDefaultSuffix("csv" if chosen == comma else "xlsx"))
        files.selectFile(self._parent.tr("Letters"))
        files.fileSelected.connect(lambda path: self._save(wanted, Path(path), busy))
        files.open()

    def _save(self, wanted: Wanted, target: Path, busy: QWidget) -> None:
        def done(count: int) -> None:
            text = self._parent.tr("{letters} saved in {name}.")
            self._said(text.format(letters=letters_words(count), name=target.name))

        calls = RecipientCalls(self._backend.api, wanted.job)
        call(self._parent, lambda: calls.export(str(target), wanted.states, wanted.search), done, busy=busy)

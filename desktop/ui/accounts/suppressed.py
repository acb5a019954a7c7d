"""Those who get no mail: seen, searched, added, taken off, and carried from and to files."""

import re
from pathlib import Path

from PySide6.QtCore import QDir, Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QVBoxLayout,
    QWidget,
)

from desktop.client.problems import ApiError
from desktop.client.suppressed import Added, Suppressed, SuppressedCalls
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest, call
from desktop.ui.icons import icon
from desktop.ui.pieces import button, label

SHOWN = 200
KEY = Qt.ItemDataRole.UserRole


class SuppressedDialog(QDialog):
    """The list, and what can be done with it."""

    def __init__(self, backend: Backend, parent: QWidget) -> None:
        super().__init__(parent)
        self._backend = backend
        self._looking = Latest(self)
        self.files: QFileDialog | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.setWindowTitle(self.tr("Who gets no mail"))
        self.new_edit = _line(self.tr("Addresses to add"), self.tr("anna@example.com, ..."))
        self.add_button = button(self.tr("Add"), self.add, icon_name="plus")
        self.search = _line(self.tr("Search addresses and reasons"), self.tr("Search"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Those who get no mail"))
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setUniformItemSizes(True)
        self.list.setProperty("kind", "rows")
        self.list.setSpacing(3)
        self.note = label(tone="muted", points=-0.5)
        self.said = label(points=-0.5)
        self.said.hide()
        self.remove_button = button(self.tr("Take off the list"), self.remove, icon_name="trash-2")
        self.import_button = button(self.tr("Import..."), self.read_in, icon_name="upload")
        self.export_button = button(self.tr("Export..."), self.write, icon_name="download")
        self.close_button = button(self.tr("Close"), self.accept, kind="primary")
        self._lay_out()
        self._search_timer = QTimer(self, singleShot=True, interval=250)
        self._search_timer.timeout.connect(self.look)
        self.search.textChanged.connect(lambda: self._search_timer.start())
        self.list.itemSelectionChanged.connect(self._chosen)
        self._chosen()
        self.look()

    def _lay_out(self) -> None:
        adding = QHBoxLayout()
        adding.setSpacing(8)
        adding.addWidget(self.new_edit, 1)
        adding.addWidget(self.add_button)
        feet = QHBoxLayout()
        feet.setSpacing(8)
        for one in (self.remove_button, self.import_button, self.export_button):
            feet.addWidget(one)
        feet.addStretch(1)
        feet.addWidget(self.close_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 20, 24, 16)
        layout.setSpacing(10)
        text = self.tr("No mailing writes to these addresses, whatever list they are on.")
        layout.addWidget(label(text, "muted"))
        layout.addLayout(adding)
        layout.addWidget(self.said)
        layout.addWidget(self.search)
        layout.addWidget(self.list, 1)
        layout.addWidget(self.note)
        layout.addLayout(feet)
        for quiet in (self.add_button, self.remove_button, self.import_button, self.export_button, self.close_button):
            quiet.setAutoDefault(False)
        self.new_edit.returnPressed.connect(self.add)
        self.resize(640, 560)

    def _calls(self) -> SuppressedCalls:
        return SuppressedCalls(self._backend.api)

    def look(self) -> None:
        """Asks for what fits the search."""
        text = self.search.text().strip()
        self._looking.call(lambda: self._calls().page(text, SHOWN), self._show, self._fail)

    def _show(self, found: tuple[list[Suppressed], int]) -> None:
        some, total = found
        self.list.clear()
        for one in some:
            since = words.moment_words(one.added_at)
            item = QListWidgetItem(" · ".join(part for part in (one.address, one.reason, since) if part))
            item.setData(KEY, one.key)
            self.list.addItem(item)
        count, shown = words.number_words(total), words.number_words(len(some))
        if total > len(some):
            self.note.setText(self.tr("The first {n} of {all}. Search to find others.").format(n=shown, all=count))
        elif total == 0:
            self.note.setText(self.tr("Nobody of that kind.") if self.search.text() else self.tr("Nobody yet."))
        else:
            self.note.setText(self.tr("{n} in all").format(n=count))
        self.export_button.setEnabled(total > 0 or bool(self.search.text()))
        self._chosen()

    def _chosen(self) -> None:
        self.remove_button.setEnabled(bool(self.list.selectedItems()))

    def _fail(self, problem: ApiError) -> None:
        self._say(" ".join(words.problem_words(problem)).strip(), "danger")

    def _say(self, text: str, tone: str = "text") -> None:
        self.said.setProperty("tone", tone)
        self.said.style().unpolish(self.said)
        self.said.style().polish(self.said)
        self.said.setText(text)
        self.said.show()

    # Adding and taking off

    def add(self) -> None:
        """Adds what was typed; several parted by commas, semicolons or spaces."""
        addresses = [part for part in re.split(r"[\s,;]+", self.new_edit.text()) if part]
        if addresses:
            calls, reason = self._calls(), self.tr("Added by hand")
            call(self, lambda: calls.add(addresses, reason), self._typed, self._fail, busy=self.add_button)

    def _typed(self, added: Added) -> None:
        self.new_edit.setText(", ".join(added.wrong))
        self._added(added)

    def _added(self, added: Added) -> None:
        parts = [self.tr("{n} added.").format(n=words.number_words(added.new))]
        if added.known:
            parts.append(self.tr("{n} were on the list already.").format(n=words.number_words(added.known)))
        if added.wrong:
            parts.append(self.tr("No addresses: {what}").format(what=", ".join(added.wrong[:5])))
        self._say(" ".join(parts), "warning" if added.wrong else "success")
        self.look()

    def remove(self) -> None:
        """Takes off what is chosen."""
        keys = [str(item.data(KEY)) for item in self.list.selectedItems()]

        def gone(count: int) -> None:
            self._say(self.tr("{n} taken off: they get mail again.").format(n=words.number_words(count)))
            self.look()

        call(self, lambda: self._calls().remove(keys), gone, self._fail, busy=self.remove_button)

    # Files

    def read_in(self) -> None:
        """Asks for a file, and adds every address in it."""
        files = self._file_dialog(self.tr("Import addresses"), QFileDialog.AcceptMode.AcceptOpen)
        files.setFileMode(QFileDialog.FileMode.ExistingFile)
        files.setNameFilters([self.tr("Lists (*.csv *.tsv *.txt *.xlsx *.ods)"), self.tr("All files (*)")])
        files.fileSelected.connect(self._read)
        files.open()

    def _read(self, path: str) -> None:
        reason = self.tr("From the file {name}").format(name=Path(path).name)
        call(self, lambda: self._calls().read_in(path, reason), self._added, self._fail, busy=self.import_button)

    def write(self) -> None:
        """Asks for a place, and writes the whole list there."""
        files = self._file_dialog(self.tr("Export the list"), QFileDialog.AcceptMode.AcceptSave)
        files.setNameFilters([self.tr("CSV file (*.csv)")])
        files.setDefaultSuffix("csv")
        files.selectFile(self.tr("Who gets no mail"))
        files.fileSelected.connect(self._write)
        files.open()

    def _write(self, path: str) -> None:
        def done(count: int) -> None:
            text = self.tr("{n} written to {name}.")
            self._say(text.format(n=words.number_words(count), name=Path(path).name), "success")

        call(self, lambda: self._calls().write(path), done, self._fail, busy=self.export_button)

    def _file_dialog(self, title: str, mode: QFileDialog.AcceptMode) -> QFileDialog:
        files = self.files = QFileDialog(self, title)
        files.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        files.setAcceptMode(mode)
        files.setDirectory(QDir.homePath())
        return files


class SuppressedCard(QFrame):
    """Leads to the list; shown where mail can be sent."""

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", "card")
        self._backend = backend
        self.dialog: SuppressedDialog | None = None
        self.open_button = button(self.tr("Look at the list..."), self.open, icon_name="users")
        text = QVBoxLayout()
        text.setSpacing(2)
        text.addWidget(label(self.tr("Who gets no mail"), points=1, bold=True))
        what = self.tr("People who asked not to be written to. Every mailing leaves them out and says so.")
        text.addWidget(label(what))
        layout = QHBoxLayout(self)
        layout.setContentsMargins(18, 14, 18, 16)
        layout.setSpacing(14)
        layout.addLayout(text, 1)
        layout.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignTop)
        self.hide()

    def open(self) -> None:
        """Opens the list."""
        self.dialog = SuppressedDialog(self._backend, self.window())
        self.dialog.open()


def _line(name: str, placeholder: str) -> QLineEdit:
    made = QLineEdit()
    made.setAccessibleName(name)
    made.setPlaceholderText(placeholder)
    return made

"""About: which Deskhand this is, and whose work comes with it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QListWidget, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.state.licences import UNKNOWN, shipped
from desktop.ui.pieces import button, label
from desktop.ui.resources import resources


class About(QDialog):
    """A list of all that comes with the program, and the terms of the chosen one in full."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("About Deskhand"))
        self.resize(860, 560)
        self._licences = shipped(resources())
        self.names = QListWidget()
        self.names.setAccessibleName(self.tr("What comes with Deskhand"))
        self.names.addItems([f"{one.name} {one.version}".strip() for one in self._licences])
        self.terms = label(bold=True)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName(self.tr("The licence in full"))
        right = QVBoxLayout()
        right.addWidget(self.terms)
        right.addWidget(self.text, 1)
        both = QHBoxLayout()
        both.addWidget(self.names, 1)
        both.addLayout(right, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(
            label(self.tr("Deskhand is free software under the MIT licence. It is made with the work of many others:"))
        )
        layout.addLayout(both, 1)
        layout.addWidget(button(self.tr("Close"), self.close), 0, Qt.AlignmentFlag.AlignRight)
        self.names.currentRowChanged.connect(self._show)
        self.names.setCurrentRow(0)

    def _show(self, row: int) -> None:
        chosen = self._licences[row]
        self.terms.setText(chosen.name if chosen.terms == UNKNOWN else f"{chosen.name}: {chosen.terms}")
        self.text.setPlainText(chosen.text)

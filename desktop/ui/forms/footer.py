"""Below the form: what the job is called, how urgent it is, and the buttons."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from desktop.ui.forms.combo import QuietCombo
from desktop.ui.forms.look import GAP
from desktop.ui.forms.notices import Spinner


class Footer(QWidget):
    """Name, priority, *Cancel*, *Start now*. `add_button` puts another way to go on before *Start now*."""

    start = Signal()
    cancel = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = QLineEdit()
        self.name.setPlaceholderText(self.tr("Name of this job (optional)"))
        self.name.setAccessibleName(self.tr("Name of this job"))
        self.name.setMaxLength(200)
        self.name.setMaximumWidth(320)
        self.priority = QuietCombo()
        self.priority.setAccessibleName(self.tr("How urgent it is"))
        self.priority.setToolTip(self.tr("Urgent jobs start before those that wait"))
        self.priority.addItem(self.tr("Urgent"), "high")
        self.priority.addItem(self.tr("Normal"), "normal")
        self.priority.addItem(self.tr("When there is time"), "low")
        self.spinner = Spinner()
        self.spinner.hide()
        self.cancel_button = QPushButton(self.tr("Cancel"))
        self.cancel_button.clicked.connect(self.cancel)
        self.start_button = QPushButton(self.tr("Start now"))
        self.start_button.setProperty("kind", "primary")
        self.start_button.setShortcut(QKeySequence(Qt.Modifier.CTRL | Qt.Key.Key_Return))
        self.start_button.setToolTip(self.tr("Start now (Ctrl+Enter)"))
        self.start_button.clicked.connect(self.start)
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self._layout.addWidget(self.name, 2)
        self._layout.addWidget(self.priority)
        self._layout.addStretch(1)
        for part in (self.spinner, self.cancel_button, self.start_button):
            self._layout.addWidget(part)
        self.reset("")

    def add_button(self, button: QPushButton) -> None:
        """Another way to go on, before *Start now*."""
        self._layout.insertWidget(self._layout.indexOf(self.start_button), button)

    def reset(self, name: str) -> None:
        """Ready for another form."""
        self.name.setText(name)
        self.priority.setCurrentIndex(self.priority.findData("normal"))
        self.set_busy(False)

    def set_busy(self, busy: bool) -> None:
        """While the job is being handed over nothing can be pressed twice."""
        self.spinner.setVisible(busy)
        self.start_button.setEnabled(not busy)
        self.cancel_button.setEnabled(not busy)
        self.start_button.setText(self.tr("Starting...") if busy else self.tr("Start now"))

    def job_name(self) -> str:
        """The name given, or nothing."""
        return self.name.text().strip()

    def job_priority(self) -> str:
        """`high`, `normal` or `low`."""
        return str(self.priority.currentData())

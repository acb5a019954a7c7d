"""Below the form: what the job is called, how urgent it is, and the buttons."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeySequence, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLineEdit, QPushButton, QWidget

from desktop.ui.forms.combo import QuietCombo
from desktop.ui.forms.look import GAP
from desktop.ui.forms.notices import Spinner

NAME_WIDTH = 140


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
        about = QHBoxLayout()
        about.setSpacing(GAP)
        about.addWidget(self.name, 2)
        about.addWidget(self.priority)
        about.addStretch(1)
        self._ways = QHBoxLayout()
        self._ways.setSpacing(GAP)
        self._ways.addStretch(1)
        for part in (self.spinner, self.cancel_button, self.start_button):
            self._ways.addWidget(part)
        self._layout = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(GAP)
        self._layout.addLayout(about, 1)
        self._layout.addLayout(self._ways)
        self.reset()

    def add_button(self, button: QPushButton) -> None:
        """Another way to go on, before *Start now*."""
        self._ways.insertWidget(self._ways.indexOf(self.start_button), button)
        self._share_room()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._share_room()

    def _share_room(self) -> None:
        """The buttons get a line of their own where the words on them would be cut off."""
        needed = self._ways.sizeHint().width() + self.priority.sizeHint().width() + NAME_WIDTH + 2 * GAP
        direction = QBoxLayout.Direction
        self._layout.setDirection(direction.TopToBottom if self.width() < needed else direction.LeftToRight)

    def reset(self, name: str = "", priority: str = "normal") -> None:
        """Ready for another form."""
        self.name.setText(name)
        self.priority.setCurrentIndex(self.priority.findData(priority))
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

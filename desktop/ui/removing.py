"""Asking before something is removed for good."""

from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QMessageBox, QWidget


def ask_to_remove(over: QWidget, question: str, consequence: str, then: Callable[[], object]) -> QMessageBox:
    """Opens the question over the window of `over`; `then` is called if the answer is to remove it. Does not wait."""
    box = QMessageBox(over.window())
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Question)
    box.setText(question)
    box.setInformativeText(consequence)
    role = QMessageBox.ButtonRole
    remove = box.addButton(QCoreApplication.translate("Removing", "Remove"), role.DestructiveRole)
    keep = box.addButton(QCoreApplication.translate("Removing", "Keep it"), role.RejectRole)
    box.setDefaultButton(keep)
    box.setEscapeButton(keep)
    remove.clicked.connect(lambda: then())
    box.open()
    return box

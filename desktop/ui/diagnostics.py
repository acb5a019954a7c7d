"""Collect diagnostics: what would be given away is read first, file by file, and only then saved."""

import platform
from pathlib import Path

from PySide6 import __version__ as pyside_version
from PySide6.QtCore import QCoreApplication, QLocale, Qt, qVersion
from PySide6.QtGui import QFont, QFontDatabase, QGuiApplication
from PySide6.QtWidgets import (
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QListWidget,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.client.diagnosing import Answers, ask
from desktop.client.problems import ApiError
from desktop.state.diagnostics import Bundle, Sources, collect, save
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.details.files import show_in_folder
from desktop.ui.pieces import button, label
from desktop.ui.resources import resources
from desktop.ui.settings_cards import SettingsCard


class DiagnosticsCard(SettingsCard):
    """In the settings: the way to the dialog."""

    def __init__(self, backend: Backend, folder: Path, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("DiagnosticsCard", "When something does not work"), parent)
        self._backend = backend
        self._folder = folder
        self.box.addWidget(
            label(
                self.tr(
                    "Logs, versions and settings in one file, for whoever helps you. Passwords, addresses and names"
                    " are taken out, and you see everything before it is saved. Nothing is sent."
                ),
                "muted",
                points=-1,
            )
        )
        self.opening = button(self.tr("Collect diagnostics..."), self._open, icon_name="clipboard-list")
        self.box.addWidget(self.opening)

    def _open(self) -> None:
        Diagnostics(self._backend, self._folder, self.window()).open()


class Diagnostics(QDialog):
    """Filled in while it is open: the logs are read in a thread, and the backend is asked if it answers."""

    def __init__(self, backend: Backend, folder: Path, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Diagnostics"))
        self.resize(940, 600)
        self._backend = backend
        self._folder = folder
        self.bundle: Bundle | None = None
        self.saving: QFileDialog | None = None
        self._target: Path | None = None
        self.names = QListWidget()
        self.names.setAccessibleName(self.tr("Files"))
        self.names.setMaximumWidth(260)
        self.names.setSpacing(2)
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName(self.tr("What is in the file"))
        self.text.setFont(QFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)))
        self.text.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.taken_out = label(self.tr("Reading the logs..."), "muted")
        self.said = label(tone="danger")
        self.said.hide()
        self.save_button = button(self.tr("Save as..."), self._ask_where, kind="primary")
        self.save_button.setEnabled(False)
        self.showing = button(self.tr("Show in its folder"), self._show_saved, icon_name="folder-open")
        self.showing.hide()
        self._lay_out()
        self.names.currentRowChanged.connect(self._show)
        call(self, self._collect, self._take, self._fail)

    def _lay_out(self) -> None:
        both = QHBoxLayout()
        both.setSpacing(12)
        both.addWidget(self.names, 1)
        both.addWidget(self.text, 3)
        buttons = QHBoxLayout()
        buttons.addWidget(self.showing)
        buttons.addStretch(1)
        buttons.addWidget(button(self.tr("Close"), self.close))
        buttons.addWidget(self.save_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, 20, 16)
        layout.setSpacing(10)
        layout.addWidget(label(self.tr("This is all that would be saved"), points=3, bold=True))
        layout.addWidget(
            label(
                self.tr(
                    "Look through it before you give it to anybody. What was taken out is marked like <user>. A program"
                    " cannot know every name, so if you find one that should not be there, do not give the file away."
                )
            )
        )
        layout.addLayout(both, 1)
        layout.addWidget(self.taken_out)
        layout.addWidget(self.said)
        layout.addLayout(buttons)

    async def _collect(self) -> Bundle:
        import asyncio
        import os

        answers = Answers()
        if self._backend.is_connected:
            try:
                answers = await asyncio.wait_for(ask(self._backend.api), 20)
            except (ApiError, TimeoutError):
                # A backend that does not answer is what the diagnostics may be wanted for.
                answers = Answers()
        sources = Sources(self._folder, resources(), self._facts(), dict(os.environ), answers.said, answers.accounts)
        return await asyncio.to_thread(collect, sources)

    def _facts(self) -> dict[str, str]:
        screens = ", ".join(
            f"{screen.size().width()} x {screen.size().height()} at {screen.devicePixelRatio():g}"
            for screen in QGuiApplication.screens()
        )
        return {
            "Deskhand": QCoreApplication.applicationVersion(),
            "PySide6": pyside_version,
            "Qt": qVersion(),
            "Shown by": f"{QGuiApplication.platformName()} ({platform.system()})",
            "Screens": screens,
            "Language": QLocale().name(),
        }

    def _take(self, bundle: Bundle) -> None:
        self.bundle = bundle
        self.names.addItems([f"{part.name} ({words.size_words(len(part.text.encode()))})" for part in bundle.parts])
        self.names.setCurrentRow(0)
        self.save_button.setEnabled(True)
        self.taken_out.setText(self._counted(bundle))

    def _counted(self, bundle: Bundle) -> str:
        kinds = {
            "secret": self.tr("what looked like a secret: {n}"),
            "e-mail": self.tr("e-mail addresses: {n}"),
            "address": self.tr("addresses on the network: {n}"),
            "user": self.tr("names of users: {n}"),
            "computer": self.tr("names of computers: {n}"),
            "home": self.tr("personal folders: {n}"),
        }
        parts = [said.format(n=bundle.found[kind]) for kind, said in kinds.items() if bundle.found.get(kind)]
        return self.tr("Taken out: {list}.").format(list=", ".join(parts)) if parts else self.tr("Nothing to take out.")

    def _show(self, row: int) -> None:
        if self.bundle is not None and 0 <= row < len(self.bundle.parts):
            self.text.setPlainText(self.bundle.parts[row].text)

    def _ask_where(self) -> None:
        from desktop.state.samples import documents

        dialog = self.saving = QFileDialog(self, self.tr("Save diagnostics"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter(self.tr("ZIP files (*.zip)"))
        dialog.setDefaultSuffix("zip")
        there = documents()
        dialog.setDirectory(str(there if there.is_dir() else Path.home()))
        dialog.selectFile(f"Deskhand-diagnostics-{words.now():%Y-%m-%d}.zip")
        dialog.fileSelected.connect(lambda name: self.save_as(Path(name)))
        dialog.open()

    def save_as(self, target: Path) -> None:
        """Writes the file, and says where it is."""

        async def write() -> None:
            import asyncio

            assert self.bundle is not None
            try:
                await asyncio.to_thread(save, self.bundle, target)
            except OSError as error:
                raise ApiError(
                    "diagnostics.not_saved",
                    self.tr("{file} could not be written ({reason}).").format(file=target, reason=error.strerror),
                    self.tr("Choose another folder, or make room there."),
                ) from error

        call(self, write, lambda _nothing: self._saved(target), self._fail, busy=self.save_button)

    def _saved(self, target: Path) -> None:
        self.said.hide()
        self._target = target
        self.taken_out.setText(self.tr("Saved as {file}.").format(file=target))
        self.showing.show()

    def _show_saved(self) -> None:
        if self._target is not None:
            show_in_folder(self, self._target)

    def show_problem(self, problem: ApiError) -> None:
        """What could not be done, said here."""
        self._fail(problem)

    def _fail(self, problem: ApiError) -> None:
        message, hint = words.problem_words(problem)
        self.said.setText(f"{message} {hint}".strip())
        self.said.show()

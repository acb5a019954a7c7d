"""Answers that are files and folders: typed, browsed for, dropped, or taken from those used lately."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QDir, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QMenu,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.forms.control import Control
from desktop.ui.forms.look import GAP, Words, frame_quietly
from desktop.ui.forms.recent import recent_paths, remember_path
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.forms.ticks import ITEM_HEIGHT, ItemDelegate


def tidy_path(text: str) -> str:
    """A path as pasted by people: without quotes, and without `file://`."""
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        text = text[1:-1]
    if text.startswith("file:"):
        text = QUrl(text).toLocalFile()
    return text


class PathControl(Control):
    """What the three kinds share: dropping, browsing without blocking, and remembering."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.setAcceptDrops(True)
        self._wants_folder = spec.kind.startswith("folder")
        self.dialog: QFileDialog | None = None
        self.drop_words = Words("", "muted", points=-0.5)
        self.drop_words.hide()

    def take(self, paths: list[str]) -> None:
        """Uses paths that were browsed for or dropped."""
        raise NotImplementedError

    def browse(self) -> None:
        """Opens the system's file dialog beside the form; it answers when the user is done."""
        dialog = QFileDialog(self, self.spec.title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if self._wants_folder:
            dialog.setFileMode(QFileDialog.FileMode.Directory)
            dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        else:
            many = self.spec.kind == "files-in"
            dialog.setFileMode(QFileDialog.FileMode.ExistingFiles if many else QFileDialog.FileMode.ExistingFile)
            dialog.setNameFilters(self._filters())
        dialog.setDirectory(self._start_folder())
        dialog.filesSelected.connect(self.take)
        dialog.finished.connect(self._dialog_done)
        self.dialog = dialog
        dialog.open()

    def _dialog_done(self) -> None:
        self.dialog = None

    def _filters(self) -> list[str]:
        everything = self.tr("All files (*)")
        if not self.spec.suffixes:
            return [everything]
        patterns = " ".join(f"*{suffix}" for suffix in self.spec.suffixes)
        return [self.tr("Files that fit ({patterns})").format(patterns=patterns), everything]

    def _start_folder(self) -> str:
        value = self.value()
        for path in [*(value if isinstance(value, list) else [value]), *recent_paths(self.spec.kind)]:
            if path:
                return path if self._wants_folder else str(Path(path).parent)
        return QDir.homePath()

    def fits(self, path: str) -> bool:
        """Whether a dropped path is of the kind that is asked for."""
        if self._wants_folder:
            return Path(path).is_dir()
        suffixes = [suffix.lower() for suffix in self.spec.suffixes]
        return not Path(path).is_dir() and (not suffixes or Path(path).suffix.lower() in suffixes)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self.drop_words.say(self.tr("Drop it here"), "muted")

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drop_words.say("")

    def dropEvent(self, event: QDropEvent) -> None:
        paths = [QDir.toNativeSeparators(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        fitting = [path for path in paths if self.fits(path)]
        if fitting:
            event.acceptProposedAction()
            self.drop_words.say("")
            self.take(fitting)
        elif self._wants_folder:
            self.drop_words.say(self.tr("That is not a folder. Drop a folder here."), "danger")
        else:
            kinds = ", ".join(self.spec.suffixes) or self.tr("files")
            self.drop_words.say(self.tr("That does not fit here. Drop one of: {kinds}").format(kinds=kinds), "danger")


class OnePathControl(PathControl):
    """One file or folder."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.edit = QLineEdit()
        self.edit.setAccessibleName(spec.title)
        self.edit.setAccessibleDescription(spec.help)
        self.edit.setAcceptDrops(False)
        here = (
            self.tr("Drop a folder here, or browse") if self._wants_folder else self.tr("Drop a file here, or browse")
        )
        self.edit.setPlaceholderText(spec.placeholder or here)
        self.edit.textChanged.connect(self.changed)
        self.edit.textChanged.connect(lambda: self.drop_words.say(""))
        self.edit.editingFinished.connect(self.settled)
        self.browse_button = QPushButton(self.tr("Browse..."))
        self.browse_button.setAccessibleName(self.tr("Browse for: {title}").format(title=spec.title))
        self.browse_button.clicked.connect(self.browse)
        self.recent_button = QPushButton(self.tr("Recent"))
        self.recent_button.setAccessibleName(self.tr("Used lately: {title}").format(title=spec.title))
        self.recent_button.setMenu(QMenu(self.recent_button))
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.edit, 1)
        line.addWidget(self.browse_button)
        line.addWidget(self.recent_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(line)
        layout.addWidget(self.drop_words)
        self._fill_recent()

    def value(self) -> Any:
        return tidy_path(self.edit.text()) or (None if self.spec.nullable else "")

    def set_value(self, value: Any) -> None:
        self.edit.setText(str(value or ""))

    def take(self, paths: list[str]) -> None:
        path = QDir.toNativeSeparators(paths[0])
        remember_path(self.spec.kind, path)
        self.edit.setText(path)
        self.edit.setCursorPosition(len(path))
        self._fill_recent()

    def focus_target(self) -> QWidget:
        return self.edit

    def missing_words(self) -> str:
        return self.tr("Please choose a folder.") if self._wants_folder else self.tr("Please choose a file.")

    def _fill_recent(self) -> None:
        menu = self.recent_button.menu()
        menu.clear()
        paths = recent_paths(self.spec.kind)
        if not self._wants_folder:
            paths = [
                path for path in paths if not self.spec.suffixes or Path(path).suffix.lower() in self.spec.suffixes
            ]
        for path in paths:
            action = QAction(path.replace("&", "&&"), menu)
            action.triggered.connect(lambda _checked=False, path=path: self.take([path]))
            menu.addAction(action)
        self.recent_button.setVisible(bool(paths))


class FilesControl(PathControl):
    """Several files, each once, in the order they were added."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.list = QListWidget()
        frame_quietly(self.list)
        self.list.setAccessibleName(spec.title)
        self.list.setAccessibleDescription(spec.help)
        self.list.setAcceptDrops(False)
        self.list.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.list.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setItemDelegate(ItemDelegate(self.list))
        self.add_button = QPushButton(self.tr("Add files..."))
        self.add_button.clicked.connect(self.browse)
        self.remove_button = QPushButton(self.tr("Remove"))
        self.remove_button.setEnabled(False)
        self.remove_button.clicked.connect(self._remove_chosen)
        remove = QAction(self.list)
        remove.setShortcut(QKeySequence(QKeySequence.StandardKey.Delete))
        remove.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        remove.triggered.connect(self._remove_chosen)
        self.list.addAction(remove)
        self.list.itemSelectionChanged.connect(
            lambda: self.remove_button.setEnabled(bool(self.list.selectedItems())),
        )
        line = QHBoxLayout()
        line.setSpacing(GAP)
        line.addWidget(self.add_button)
        line.addWidget(self.remove_button)
        line.addWidget(self.drop_words, 1)
        line.addStretch(0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addWidget(self.list)
        layout.addLayout(line)
        self.drop_words.say(self.tr("or drop them here"), "muted")
        self._fit()

    def value(self) -> Any:
        return [self.list.item(row).text() for row in range(self.list.count())]

    def set_value(self, value: Any) -> None:
        self.list.clear()
        for path in value if isinstance(value, list) else []:
            self._add(str(path))
        self._fit()
        self.changed.emit()

    def take(self, paths: list[str]) -> None:
        there = set(self.value())
        for path in map(QDir.toNativeSeparators, paths):
            if path not in there:
                self._add(path)
                there.add(path)
        remember_path(self.spec.kind, paths[-1])
        self._fit()
        self.changed.emit()

    def focus_target(self) -> QWidget:
        return self.add_button

    def missing_words(self) -> str:
        return self.tr("Please add at least one file.")

    def _add(self, path: str) -> None:
        self.list.addItem(path)
        self.list.item(self.list.count() - 1).setToolTip(path)

    def _remove_chosen(self) -> None:
        for item in self.list.selectedItems():
            self.list.takeItem(self.list.row(item))
        self._fit()
        self.changed.emit()

    def _fit(self) -> None:
        self.list.setFixedHeight(ITEM_HEIGHT * min(max(self.list.count(), 2), 7) + 6)

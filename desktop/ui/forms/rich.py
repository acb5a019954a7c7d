"""A letter in rich text with placeholders: a line of tools above a small editor."""

from collections.abc import Callable, Iterable
from typing import Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFont, QTextListFormat
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from desktop.ui.forms.control import Control, OfferState
from desktop.ui.forms.look import GAP, Words
from desktop.ui.forms.richedit import LinkDialog, RichEdit
from desktop.ui.forms.richtext import load, to_html
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.forms.templates import LINES, PlaceholderButton
from desktop.ui.icons import icon

_BULLETS, _NUMBERS = QTextListFormat.Style.ListDisc, QTextListFormat.Style.ListDecimal


class RichTextControl(Control):
    """The answer is HTML of a few simple kinds; empty where nothing is written."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.dialog: QFileDialog | LinkDialog | None = None
        self.edit = RichEdit()
        self.edit.setAccessibleName(spec.title)
        self.edit.setAccessibleDescription(spec.help)
        self.edit.setFixedHeight(self.edit.fontMetrics().lineSpacing() * (LINES + 2) + 2 * GAP)
        self.edit.textChanged.connect(self.changed)
        self.edit.looks_changed.connect(self._show_looks)
        self.placeholders = PlaceholderButton(self.edit.put_around)
        self.bold = self._tool("bold", self.tr("Bold"), self.edit.set_bold)
        self.bold.setShortcut("Ctrl+B")
        self.italic = self._tool("italic", self.tr("Italic"), self.edit.set_italic)
        self.italic.setShortcut("Ctrl+I")
        self.bullets = self._tool("list", self.tr("List"), lambda on: self.edit.set_list(_BULLETS if on else None))
        self.numbers = self._tool(
            "list-ordered", self.tr("Numbered list"), lambda on: self.edit.set_list(_NUMBERS if on else None)
        )
        self.link = self._tool("link", self.tr("Link..."), self.ask_link)
        self.picture = self._tool("image", self.tr("Picture..."), self.ask_picture)
        self.words = Words("", "danger", points=-0.5)
        self.words.hide()
        tools = QHBoxLayout()
        tools.setSpacing(2)
        for tool in (self.bold, self.italic, self.bullets, self.numbers, self.link, self.picture):
            tools.addWidget(tool)
        tools.addSpacing(GAP)
        tools.addWidget(self.placeholders)
        tools.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addLayout(tools)
        layout.addWidget(self.edit)
        layout.addWidget(self.words)

    def _tool(self, icon_name: str, name: str, done: Callable[[bool], None] | Callable[[], None]) -> QToolButton:
        made = QToolButton()
        made.setProperty("kind", "flat")
        made.setIcon(icon(icon_name))
        made.setIconSize(QSize(18, 18))
        made.setFixedSize(32, 32)
        made.setToolTip(name)
        made.setAccessibleName(name)
        made.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if icon_name in {"link", "image"}:
            made.clicked.connect(lambda: done())  # pyright: ignore[reportCallIssue]
        else:
            made.setCheckable(True)
            made.clicked.connect(done)
        return made

    def value(self) -> Any:
        return to_html(self.edit.document()) or (None if self.spec.nullable else "")

    def set_value(self, value: Any) -> None:
        load(self.edit.document(), str(value or ""))
        self.changed.emit()

    def focus_target(self) -> QWidget:
        return self.edit

    def offered(self, path: str) -> Iterable[tuple[str, Control]]:
        yield path, self

    def show_offers(self, state: OfferState) -> None:
        self.placeholders.show_offers(state)
        self.words.say(state.words if state.stage == "failed" else "")

    def ask_link(self) -> None:
        """Asks for a link in place of what is selected."""
        selected = self.edit.textCursor().selectedText()
        dialog = LinkDialog(self, selected, self.edit.link_at_cursor())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.decided.connect(self.edit.put_link)
        dialog.finished.connect(self._dialog_done)
        self.dialog = dialog
        dialog.open()

    def ask_picture(self) -> None:
        """Asks for a picture of this computer."""
        dialog = QFileDialog(self, self.tr("Picture"))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilter(self.tr("Pictures (*.png *.jpg *.jpeg *.gif)"))
        dialog.fileSelected.connect(self.edit.put_picture)
        dialog.finished.connect(self._dialog_done)
        self.dialog = dialog
        dialog.open()

    def _dialog_done(self) -> None:
        self.dialog = None

    def _show_looks(self) -> None:
        looks = self.edit.currentCharFormat()
        self.bold.setChecked(looks.fontWeight() >= QFont.Weight.DemiBold)
        self.italic.setChecked(looks.fontItalic())
        style = self.edit.list_style()
        self.bullets.setChecked(style == _BULLETS)
        self.numbers.setChecked(style == _NUMBERS)

"""A small editor for rich text: what is pasted is reduced to what a letter may have."""

from PySide6.QtCore import QMimeData, QUrl, Signal
from PySide6.QtGui import (
    QFont,
    QImageReader,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextImageFormat,
    QTextListFormat,
)
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QLineEdit,
    QTextEdit,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.forms.look import frame_quietly
from desktop.ui.forms.richtext import link_format, list_of, to_html, whole_address

WIDEST_PICTURE = 480


class RichEdit(QTextEdit):
    """Tab leaves the field. `looks_changed`: the text at the cursor looks different from before."""

    looks_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        frame_quietly(self)
        self.setTabChangesFocus(True)
        self.document().setDocumentMargin(8)
        self.currentCharFormatChanged.connect(lambda _format: self.looks_changed.emit())
        self.cursorPositionChanged.connect(self.looks_changed)

    def insertFromMimeData(self, source: QMimeData) -> None:
        """Pasted text keeps bold, italic, lists and links, and nothing else."""
        if not source.hasHtml():
            self.insertPlainText(source.text())
            return
        pasted = QTextDocument()
        pasted.setHtml(source.html())
        self.textCursor().insertHtml(to_html(pasted, pictures=False))

    def set_bold(self, on: bool) -> None:
        """Of what is selected, or of what is typed next."""
        looks = QTextCharFormat()
        looks.setFontWeight(QFont.Weight.Bold if on else QFont.Weight.Normal)
        self.mergeCurrentCharFormat(looks)
        self.setFocus()

    def set_italic(self, on: bool) -> None:
        """Of what is selected, or of what is typed next."""
        looks = QTextCharFormat()
        looks.setFontItalic(on)
        self.mergeCurrentCharFormat(looks)
        self.setFocus()

    def set_list(self, style: QTextListFormat.Style | None) -> None:
        """Makes the selected paragraphs a list, or ordinary ones."""
        cursor = self.textCursor()
        cursor.beginEditBlock()
        if style is not None:
            cursor.createList(style)
        else:
            _leave_list(cursor)
        cursor.endEditBlock()
        self.setFocus()
        self.looks_changed.emit()

    def list_style(self) -> QTextListFormat.Style | None:
        """The kind of list that the cursor is in."""
        listed = list_of(self.textCursor())
        return listed.format().style() if listed is not None else None

    def link_at_cursor(self) -> str:
        """The address of the link that the cursor is in."""
        return self.textCursor().charFormat().anchorHref()

    def put_link(self, words: str, address: str) -> None:
        """In place of what is selected; what is typed after it is no link."""
        cursor = self.textCursor()
        before = QTextCharFormat(cursor.charFormat())
        before.setAnchor(False)
        before.setAnchorHref("")
        before.setFontUnderline(False)
        whole = whole_address(address)
        cursor.insertText(words or address.strip(), link_format(whole, before))
        cursor.setCharFormat(before)
        self.setTextCursor(cursor)
        self.setFocus()

    def put_picture(self, path: str) -> None:
        """A picture of this computer, no wider than mail programs show well."""
        looks = QTextImageFormat()
        looks.setName(QUrl.fromLocalFile(path).toString(QUrl.ComponentFormattingOption.FullyEncoded))
        width = QImageReader(path).size().width()
        looks.setWidth(min(width, WIDEST_PICTURE) if width > 0 else WIDEST_PICTURE)
        self.textCursor().insertImage(looks)
        self.setFocus()

    def put_around(self, before: str, after: str) -> None:
        """Text before and after what is selected; without a selection the cursor stays between."""
        cursor = self.textCursor()
        if not cursor.hasSelection() or not after:
            cursor.insertText(before + after)
            cursor.setPosition(cursor.position() - len(after))
            self.setTextCursor(cursor)
        else:
            start, end = cursor.selectionStart(), cursor.selectionEnd()
            cursor.setPosition(start + 1)
            first = QTextCharFormat(cursor.charFormat())
            cursor.beginEditBlock()
            cursor.setPosition(end)
            cursor.insertText(after)
            cursor.setPosition(start)
            cursor.insertText(before, first)
            cursor.endEditBlock()
        self.setFocus()


class LinkDialog(QDialog):
    """Asks for a link: its words, and where it leads."""

    decided = Signal(str, str)

    def __init__(self, parent: QWidget, words: str, address: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Link"))
        self.words = QLineEdit(words)
        self.address = QLineEdit(address)
        self.address.setPlaceholderText("https://")
        self.address.setMinimumWidth(320)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow(self.tr("Words"), self.words)
        form.addRow(self.tr("Leads to"), self.address)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(self.buttons)
        self.address.textChanged.connect(self._allow)
        self._allow()
        (self.address if words else self.words).setFocus()

    def accept(self) -> None:
        """Hands the link over."""
        super().accept()
        self.decided.emit(self.words.text().strip(), self.address.text().strip())

    def _allow(self) -> None:
        self.buttons.button(QDialogButtonBox.StandardButton.Ok).setEnabled(bool(self.address.text().strip()))


def _leave_list(cursor: QTextCursor) -> None:
    document = cursor.document()
    block, last = document.findBlock(cursor.selectionStart()), document.findBlock(cursor.selectionEnd())
    while block.isValid():
        listed = list_of(block)
        if listed is not None:
            listed.remove(block)
            plain = block.blockFormat()
            plain.setIndent(0)
            QTextCursor(block).setBlockFormat(plain)
        if block == last:
            return
        block = block.next()

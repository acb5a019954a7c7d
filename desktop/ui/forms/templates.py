"""Text with placeholders: what the list offers is put in by a menu, under the names of its columns."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QMenu, QPushButton, QVBoxLayout, QWidget

from desktop.ui.forms.control import Control, OfferedControl, OfferState
from desktop.ui.forms.look import GAP, Words
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.forms.texts import LongTextControl, TextControl

LINES = 12
_NOTHING_KNOWN = OfferState("ready")
Insert = Callable[[str, str], None]


class PlaceholderButton(QPushButton):
    """Opens a menu of the placeholders. `insert` is given what to put before and after the selected text."""

    def __init__(self, insert: Insert, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._insert = insert
        self.setText(self.tr("Insert from the list"))
        self.setAutoDefault(False)
        self.choices = QMenu(self)
        self.conditions = QMenu(self.tr("Only where it is filled in"), self.choices)
        self.setMenu(self.choices)
        self.show_offers(_NOTHING_KNOWN)

    def show_offers(self, state: OfferState) -> None:
        """Fills the menu, or says why there is nothing in it yet."""
        self.choices.clear()
        self.conditions.clear()
        for offer in state.offers:
            label = offer.label.replace("&", "&&")
            placeholder, condition = f"{{{{ {offer.value} }}}}", f"{{% if {offer.value} %}}"
            self.choices.addAction(label).triggered.connect(partial(self._put, placeholder, ""))
            self.conditions.addAction(label).triggered.connect(partial(self._put, condition, "{% endif %}"))
        if state.offers:
            self.choices.addSeparator()
            self.choices.addMenu(self.conditions)
        self.setEnabled(bool(state.offers))
        self.setToolTip(self.tr("Puts in what stands in that column in each row") if state.offers else state.words)

    def _put(self, before: str, after: str, _checked: bool = False) -> None:
        self._insert(before, after)


class _Offered:
    """What both kinds of text share: a button for placeholders, and words where they cannot be told."""

    def __init__(self, control: Control, insert: Insert) -> None:
        self.button = PlaceholderButton(insert)
        self.button.setAccessibleDescription(control.spec.title)
        self.words = Words("", "danger", points=-0.5)
        self.words.hide()

    def show(self, state: OfferState) -> None:
        self.button.show_offers(state)
        self.words.say(state.words if state.stage == "failed" else "")


class _WithPlaceholders(OfferedControl):
    """What both kinds of text do with what is offered."""

    _offered: _Offered

    def _take_offers(self, state: OfferState) -> None:
        self._offered.show(state)

    def said(self) -> str:
        """Why nothing is offered; empty while nothing is wrong."""
        return self._offered.words.text()


class TemplateLineControl(_WithPlaceholders, TextControl):
    """One line with placeholders."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._offered = _Offered(self, self._insert)
        self.placeholders = self._offered.button
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.removeWidget(self.edit)
        layout.addLayout(_with_words(self.edit, self._offered.words), 1)
        layout.addWidget(self.placeholders)

    def _insert(self, before: str, after: str) -> None:
        selected = self.edit.selectedText()
        self.edit.insert(f"{before}{selected}{after}")
        if after and not selected:
            self.edit.setCursorPosition(self.edit.cursorPosition() - len(after))
        self.edit.setFocus()


class TemplateTextControl(_WithPlaceholders, LongTextControl):
    """Several lines with placeholders."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self.edit.setFixedHeight(self.edit.fontMetrics().lineSpacing() * LINES + 2 * GAP)
        self._offered = _Offered(self, self._insert)
        self.placeholders = self._offered.button
        layout = self.layout()
        assert isinstance(layout, QHBoxLayout)
        layout.removeWidget(self.edit)
        column = QVBoxLayout()
        column.setSpacing(GAP)
        line = QHBoxLayout()
        line.addWidget(self.placeholders)
        line.addStretch(1)
        column.addLayout(line)
        column.addLayout(_with_words(self.edit, self._offered.words))
        layout.addLayout(column)

    def _insert(self, before: str, after: str) -> None:
        cursor = self.edit.textCursor()
        selected = cursor.selectedText().replace("\N{PARAGRAPH SEPARATOR}", "\n")
        cursor.insertText(f"{before}{selected}{after}")
        if after and not selected:
            cursor.setPosition(cursor.position() - len(after))
            self.edit.setTextCursor(cursor)
        self.edit.setFocus()


def _with_words(edit: QWidget, words: Words) -> QVBoxLayout:
    column = QVBoxLayout()
    column.setSpacing(4)
    column.addWidget(edit)
    column.addWidget(words)
    return column

"""One letter after another, as its recipient will see it; with a search, and one sent to oneself."""

from typing import Any

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QImage, QTextDocument, QTextOption
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTextBrowser,
    QVBoxLayout,
    QWidget,
)

from desktop.client.letters import Letter
from desktop.ui.forms.look import GAP, GlyphButton, Words, border_color
from desktop.ui.forms.notices import Notice, Spinner
from desktop.ui.forms.richtext import load
from desktop.ui.words import number_words, size_words

SEARCH_DELAY_MS = 350
TALLEST = 460


class LetterText(QTextBrowser):
    """A letter's body, as tall as it needs to be, that opens no link and fetches nothing."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setOpenLinks(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWordWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        self.setAccessibleName(self.tr("The letter"))
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self.updateGeometry())

    def loadResource(self, type: int, name: QUrl | str) -> Any:
        """Pictures of this computer, as they go with the letter; a preview tells no server that somebody looks."""
        address = QUrl(name)
        if type != QTextDocument.ResourceType.ImageResource.value or not address.isLocalFile():
            return None
        return QImage(address.toLocalFile())

    def show_letter(self, letter: Letter) -> None:
        """Shows text or rich text."""
        if letter.html:
            load(self.document(), letter.html)
        else:
            self.setPlainText(letter.text)

    def sizeHint(self) -> QSize:
        height = round(self.document().size().height()) + 2 * self.frameWidth()
        return QSize(super().sizeHint().width(), max(80, min(height, TALLEST)))

    def minimumSizeHint(self) -> QSize:
        return QSize(80, self.sizeHint().height())


class LetterViewer(QWidget):
    """Shows the letter it is given. `wanted` asks for another one, by its number among those found.

    `searched` says that other words are looked for; `tried` asks to send the shown letter to the user.
    """

    wanted = Signal(int)
    searched = Signal(str)
    tried = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._number = 0
        self._found = 0
        self._letter: Letter | None = None
        self._trying = False
        self.count = Words("", bold=True)
        self.count.setWordWrap(False)
        self.spinner = Spinner()
        self.spinner.setAccessibleName(self.tr("Looking"))
        self.spinner.hide()
        self.previous = GlyphButton("left", self.tr("Previous letter"))
        self.next = GlyphButton("right", self.tr("Next letter"))
        self.previous.clicked.connect(lambda: self.wanted.emit(self._number - 1))
        self.next.clicked.connect(lambda: self.wanted.emit(self._number + 1))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find a recipient"))
        self.search.setAccessibleName(self.tr("Find a recipient"))
        self.search.setClearButtonEnabled(True)
        self._delay = QTimer(self, singleShot=True, interval=SEARCH_DELAY_MS)
        self._delay.timeout.connect(lambda: self.searched.emit(self.search.text().strip()))
        self.search.textChanged.connect(self._delay.start)
        self.text = LetterText()
        self.files = Words("", "muted", points=-0.5)
        self.problem = Notice("danger")
        self.try_button = QPushButton(self.tr("Send this one to myself"))
        self.try_button.setAutoDefault(False)
        self.try_button.clicked.connect(self._try)
        self.try_words = Words(self.tr("To the address of the account. Nobody on the list gets anything."), "muted")
        self.answer = Words("")
        self.answer.hide()
        self.trouble = Notice("danger")
        self._lines: dict[str, tuple[Words, Words]] = {}
        self._build()

    def _build(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(4)
        head.addWidget(self.count, 1)
        for part in (self.spinner, self.previous, self.next):
            head.addWidget(part)
        lines = QGridLayout()
        lines.setHorizontalSpacing(2 * GAP)
        lines.setVerticalSpacing(2)
        lines.setColumnStretch(1, 1)
        for row, (name, title) in enumerate(
            (("sender", self.tr("From")), ("to", self.tr("To")), ("subject", self.tr("Subject")))
        ):
            label, value = Words(title, "muted"), Words("", bold=name == "subject")
            label.setWordWrap(False)
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            lines.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            lines.addWidget(value, row, 1)
            self._lines[name] = (label, value)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GAP)
        layout.addLayout(head)
        layout.addWidget(self.search)
        layout.addLayout(lines)
        for part in (self.text, self.files, self.problem):
            layout.addWidget(part)
        layout.addWidget(self.try_button, 0, Qt.AlignmentFlag.AlignLeft)
        for part in (self.try_words, self.answer, self.trouble):
            layout.addWidget(part)
        self._frame()

    def show_letter(self, letter: Letter | None, number: int, found: int) -> None:
        """Shows a letter, the one with this number (from 0) among those found; None where nothing was found."""
        if letter is None or letter != self._letter:
            self.answer.say("")
        self._letter, self._number, self._found = letter, number, found
        self.trouble.say("")
        words = self.tr("Letter {number} of {found}") if found else self.tr("Nobody is found.")
        self.count.setText(words.format(number=number_words(number + 1), found=number_words(found)))
        for label, value in self._lines.values():
            label.setVisible(letter is not None)
            value.say("")
        readable = letter is not None and not letter.problem
        self.text.setVisible(readable)
        for part in (self.try_button, self.try_words):
            part.setVisible(readable)
        self.problem.say(letter.problem if letter else "")
        self.files.say(self._attached(letter) if letter else "")
        if letter is not None:
            self._lines["subject"][0].setVisible(readable)
            for name, (_, value) in self._lines.items():
                value.say(str(getattr(letter, name)))
            self.text.show_letter(letter)
        self._allow()

    def line(self, name: str) -> str:
        """What is shown as `sender`, `to` or `subject`."""
        return self._lines[name][1].text()

    def set_looking(self, on: bool) -> None:
        """That another letter is on its way."""
        self.spinner.setVisible(on)
        self._allow()

    def set_trying(self, on: bool) -> None:
        """That the letter is being sent to the user."""
        # Not disabled meanwhile: the focus would wander off.
        self._trying = on
        self.try_button.setText(self.tr("Sending...") if on else self.tr("Send this one to myself"))
        if on:
            self.answer.say("")
            self.trouble.say("")

    def forget(self) -> None:
        """For another form."""
        self._delay.stop()
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.show_letter(None, 0, 0)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.ApplicationPaletteChange, QEvent.Type.PaletteChange):
            self._frame()

    def _frame(self) -> None:
        line = border_color(self.palette()).name()
        self.text.setStyleSheet(
            f"QTextBrowser {{ border: 1px solid {line}; border-radius: 6px; padding: 6px; background: palette(base); }}"
        )

    def _allow(self) -> None:
        looking = self.spinner.isVisibleTo(self)
        self.previous.setEnabled(self._number > 0 and not looking)
        self.next.setEnabled(self._number + 1 < self._found and not looking)

    def _attached(self, letter: Letter) -> str:
        files = ", ".join(f"{name} ({size_words(size)})" for name, size in letter.files)
        return self.tr("Attached: {files}").format(files=files) if files else ""

    def _try(self) -> None:
        if self._letter is not None and not self._trying:
            self.tried.emit(self._letter.place)

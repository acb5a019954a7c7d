"""The panel beside the form: what would happen if the job were started now."""

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QFrame,
    QGraphicsOpacityEffect,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from desktop.ui.forms.asker import Trouble
from desktop.ui.forms.look import GAP, Card, GlyphButton, OneLine, Words
from desktop.ui.forms.notices import Notice, Spinner
from desktop.ui.forms.pictures import PictureButton, picture_from
from desktop.ui.forms.tables import PreviewTable

MOST_WARNINGS = 8


class RehearsalPanel(Card):
    """Says what is missing, that it is being worked out, what would happen, or why that cannot be told.

    `rehearsed` carries what would happen (a `Rehearsal` as JSON), or nothing where it cannot be told (any more);
    `cleared` says that another form comes.
    """

    again = Signal()
    rehearsed = Signal(dict)
    cleared = Signal()
    fold_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent=parent)
        self._compact = False
        self._unfolded = False
        self.title = Words(self.tr("What would happen"), points=1.5, bold=True)
        self.title.setWordWrap(False)
        self.spinner = Spinner()
        self.spinner.setAccessibleName(self.tr("Working it out"))
        self.spinner.hide()
        self.fold_button = GlyphButton("up", self.tr("Show or hide what would happen"))
        self.fold_button.clicked.connect(self._toggle_fold)
        self.brief = OneLine("", "muted")
        head = QHBoxLayout()
        head.setSpacing(GAP)
        head.addWidget(self.title)
        head.addWidget(self.brief, 1)
        head.addWidget(self.spinner)
        head.addWidget(self.fold_button)
        self.words = Words("", "muted")
        self.error = Notice("danger", can_retry=True)
        self.error.again.connect(self.again)
        self.content = QWidget()
        self.below = QWidget()
        inside = QWidget()
        column = self._column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 12, 0)
        column.setSpacing(12)
        for part in (self.words, self.error, self.content, self.below):
            column.addWidget(part)
        column.addStretch(1)
        self._scroll = QScrollArea()
        self._scroll.setWidget(inside)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        inside.setAutoFillBackground(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 16, GAP, 16)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self._scroll, 1)
        for part in (self.content, self.below):
            QVBoxLayout(part).setContentsMargins(0, 0, 0, 0)
        self.set_compact(False)
        self.clear()

    def add_part(self, part: QWidget) -> None:
        """Puts a part of somebody else's between the figures and the tables."""
        self._column.insertWidget(self._column.indexOf(self.below), part)

    def set_compact(self, compact: bool) -> None:
        """Below the form it folds to one line."""
        self._compact = compact
        self.fold_button.setVisible(compact)
        self._show_fold()

    @property
    def folded(self) -> bool:
        """Whether only the one line is seen."""
        return self._compact and not self._unfolded

    def clear(self) -> None:
        """Forgets everything, for another form."""
        self._set_words("")
        self.error.say("")
        self._replace_content(None)
        self.set_working(False)
        self.cleared.emit()

    def set_working(self, on: bool) -> None:
        """Shows that an answer is on its way; what is there stays, paler."""
        self.spinner.setVisible(on)
        if not on:
            for part in (self.content, self.below):
                part.setGraphicsEffect(None)  # pyright: ignore[reportArgumentType]
        elif self.content.isVisibleTo(self):
            for part in (self.content, self.below):
                effect = QGraphicsOpacityEffect(part)
                effect.setOpacity(0.45)
                part.setGraphicsEffect(effect)
        elif not self.error.isVisibleTo(self):
            self._set_words(self.tr("Working it out..."))

    def show_needed(self, words: str, brief: str) -> None:
        """Says what must be answered first; `brief` is for the one line of the folded panel."""
        self.set_working(False)
        self.error.say("")
        self._replace_content(None)
        self._set_words(words)
        self.brief.setText(brief)

    def show_trouble(self, trouble: Trouble) -> None:
        """Says why it cannot be told."""
        self._replace_content(None)
        self._set_words("")
        self.error.say(trouble.message, trouble.hint)
        self.brief.say(trouble.message)
        self._show_fold()

    def show_rehearsal(self, rehearsal: Mapping[str, Any]) -> None:
        """Shows what would happen."""
        self.error.say("")
        self._set_words("")
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        headline = str(rehearsal.get("headline", ""))
        layout.addWidget(Words(headline, points=0.5, bold=True))
        self._add_facts(layout, list(rehearsal.get("facts") or []))
        self._add_warnings(layout, list(rehearsal.get("warnings") or []))
        self._replace_content(content, self._looked_at(rehearsal))
        self.rehearsed.emit(dict(rehearsal))
        self.brief.say(headline)
        self._show_fold()

    def _looked_at(self, rehearsal: Mapping[str, Any]) -> QWidget | None:
        below = QWidget()
        layout = QVBoxLayout(below)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        for picture in rehearsal.get("pictures") or []:
            pixmap = picture_from(str(picture["data"]))
            if not pixmap.isNull():
                layout.addWidget(Words(str(picture["title"]), "muted", points=-0.5))
                layout.addWidget(PictureButton(str(picture["title"]), pixmap))
        for table in rehearsal.get("tables") or []:
            layout.addWidget(Words(str(table["title"]), "muted", points=-0.5))
            layout.addWidget(PreviewTable(table))
            if table.get("note"):
                layout.addWidget(Words(str(table["note"]), "muted", points=-0.5))
        return below if layout.count() else None

    def _add_facts(self, layout: QVBoxLayout, facts: list[Mapping[str, Any]]) -> None:
        if not facts:
            return
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GAP)
        grid.setVerticalSpacing(4)
        grid.setColumnStretch(1, 1)
        for row, fact in enumerate(facts):
            label = Words(str(fact["label"]), "muted")
            label.setWordWrap(False)
            value = Words(str(fact["value"]))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            grid.addWidget(label, row, 0, Qt.AlignmentFlag.AlignTop)
            grid.addWidget(value, row, 1)
        layout.addLayout(grid)

    def _add_warnings(self, layout: QVBoxLayout, warnings: list[Any]) -> None:
        for warning in warnings[:MOST_WARNINGS]:
            notice = Notice("warning")
            layout.addWidget(notice)
            notice.say(str(warning))
        if len(warnings) > MOST_WARNINGS:
            more = self.tr("and {n} more").format(n=len(warnings) - MOST_WARNINGS)
            layout.addWidget(Words(more, "warning"))

    def _replace_content(self, content: QWidget | None, below: QWidget | None = None) -> None:
        _replace(self.content, content)
        _replace(self.below, below)
        if content is None:
            self.rehearsed.emit({})

    def _set_words(self, words: str) -> None:
        self.words.say(words)
        self.brief.say(words)
        self._show_fold()

    def _toggle_fold(self) -> None:
        self._unfolded = not self._unfolded
        self._show_fold()
        self.fold_changed.emit()

    def _show_fold(self) -> None:
        self._scroll.setVisible(not self.folded)
        self.brief.setVisible(self.folded)
        self.fold_button.set_glyph("up" if self.folded else "down")
        self.updateGeometry()


def _replace(part: QWidget, content: QWidget | None) -> None:
    layout = part.layout()
    assert layout is not None
    while layout.count():
        item = layout.takeAt(0)
        old = item.widget() if item is not None else None
        if old is not None:
            old.hide()
            old.deleteLater()
    part.setVisible(content is not None)
    if content is not None:
        layout.addWidget(content)

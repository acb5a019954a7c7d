"""How a job looks in the table: two lines, a live bar, an icon beside every word of state."""

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QTableView

from desktop.client.shapes import Job
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.bars import HEIGHT, paint_bar
from desktop.ui.icons import pixmap
from desktop.ui.jobs.model import Column, JobsModel
from desktop.ui.painting import Face, face
from desktop.ui.theme import tokens

ROW_HEIGHT = 50
PAD = 10
ICON = 16


class JobDelegate(QStyledItemDelegate):
    """Paints every cell of the table, many of them many times a second: it asks Qt for little, and leaves no state."""

    def __init__(self, table: QTableView, model: JobsModel, backend: Backend) -> None:
        super().__init__(table)
        self._table = table
        self._model = model
        self._backend = backend
        self.hovered_row = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        shown: Any = option
        rect: QRect = shown.rect
        row, column = index.row(), index.column()
        self._ground(painter, rect, row, column, selected=self._table.selectionModel().isSelected(index))
        job = self._model.seen_job(row)
        inner = rect.adjusted(PAD, 0, -PAD, 0)
        if job is None:
            self._placeholder(painter, inner, column)
        else:
            self._cell(painter, inner, job, column, face(shown.font))

    def _ground(self, painter: QPainter, rect: QRect, row: int, column: int, *, selected: bool) -> None:
        colors = tokens()
        x, y, width, height = rect.x(), rect.y(), rect.width(), rect.height()
        if selected:
            painter.fillRect(rect, colors.color("selection"))
        elif row == self.hovered_row:
            painter.fillRect(rect, colors.color("hover"))
        current = row == self._table.currentIndex().row() and self._table.hasFocus()
        painter.fillRect(x, y + height - 1, width, 1, colors.color("accent" if current else "border"))
        if selected and self._table.horizontalHeader().visualIndex(column) == 0:
            painter.fillRect(x, y, 3, height, colors.color("accent"))
        if current:
            painter.fillRect(x, y, width, 1, colors.color("accent"))

    def _placeholder(self, painter: QPainter, rect: QRect, column: int) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens().color("groove"))
        width = rect.width() * (0.75 if column == Column.NAME else 0.5)
        painter.drawRoundedRect(QRectF(rect.x(), rect.center().y() - 4, width, 8), 4, 4)
        painter.restore()

    def _cell(self, painter: QPainter, rect: QRect, job: Job, column: int, font: Face) -> None:
        match column:
            case Column.STATE:
                self._state(painter, rect, job, font)
            case Column.NAME:
                top, below = font.halves(rect)
                font.bold.line(painter, top, job.name, "text")
                font.small.line(painter, below, self._backend.kind_title(job.kind), "muted")
            case Column.PROGRESS:
                self._progress(painter, rect, job, font)
            case Column.KIND:
                font.line(painter, rect, self._backend.kind_title(job.kind), "text")
            case Column.TIME:
                font.line(painter, rect, words.time_words(job), "muted")
            case Column.STARTED:
                font.line(painter, rect, words.moment_words(job.started_at), "muted")
            case Column.ADDED:
                font.line(painter, rect, words.moment_words(job.created_at), "muted")
            case _:
                font.line(painter, rect, words.moment_words(job.ended_at), "muted")

    def _state(self, painter: QPainter, rect: QRect, job: Job, font: Face) -> None:
        name, tone = words.STATE_ICONS.get(job.state, ("circle-dashed", "muted"))
        picture = pixmap(name, tokens().color(tone), ICON, self._table.devicePixelRatioF())
        painter.drawPixmap(rect.x(), rect.center().y() - ICON // 2 + 1, picture)
        font.line(painter, rect.adjusted(ICON + 8, 0, 0, 0), words.state_words(job), "text")

    def _progress(self, painter: QPainter, rect: QRect, job: Job, font: Face) -> None:
        if job.state not in ("running", "paused"):
            _two_lines(painter, rect, words.doing_words(job), font.small, "muted")
            return
        top, below = font.halves(rect)
        x, y, width, height = top.x(), top.y(), top.width(), top.height()
        length = width - font.room_for_percent
        bar = QRect(x, y + (height - 1) // 2 - HEIGHT // 2 + 1, length, HEIGHT)
        tone = "accent" if job.state == "running" else "warning"
        paint_bar(painter, bar, job.progress.fraction, tone, self._table.devicePixelRatioF())
        percent = QRect(x + length + 7, y, font.room_for_percent, height)
        font.line(painter, percent, words.percent_words(job.progress), "text")
        font.small.line(painter, below, words.doing_words(job), "muted")


def _two_lines(painter: QPainter, rect: QRect, text: str, font: Face, tone: str) -> None:
    metrics = font.metrics
    if metrics.horizontalAdvance(text) <= rect.width():
        font.line(painter, rect, text, tone)
        return
    words_, first = text.split(" "), 0
    while first < len(words_) and metrics.horizontalAdvance(" ".join(words_[: first + 1])) <= rect.width():
        first += 1
    height = font.height + 1
    top = rect.y() + (rect.height() - 2 * height) // 2
    font.line(painter, QRect(rect.x(), top, rect.width(), height), " ".join(words_[: max(1, first)]), tone)
    below = QRect(rect.x(), top + height, rect.width(), height)
    font.line(painter, below, " ".join(words_[max(1, first) :]), tone)

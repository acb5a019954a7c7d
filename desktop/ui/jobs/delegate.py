"""How a job looks in the table: two lines, a live bar, an icon beside every word of state."""

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from desktop.client.shapes import Job
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.bars import HEIGHT, paint_bar
from desktop.ui.icons import pixmap
from desktop.ui.jobs.model import JOB_ROLE, Column
from desktop.ui.painting import halves, line, smaller, width_of
from desktop.ui.theme import tokens

ROW_HEIGHT = 50
PAD = 10
ICON = 16


class JobDelegate(QStyledItemDelegate):
    """Paints every cell of the table."""

    def __init__(self, table: QTableView, backend: Backend) -> None:
        super().__init__(table)
        self._table = table
        self._backend = backend
        self.hovered_row = -1

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(80, ROW_HEIGHT)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        shown: Any = option
        rect: QRect = shown.rect
        painter.save()
        self._ground(painter, rect, index, selected=bool(shown.state & QStyle.StateFlag.State_Selected))
        job: Job | None = index.data(JOB_ROLE)
        inner = rect.adjusted(PAD, 0, -PAD, 0)
        if job is None:
            self._placeholder(painter, inner, index.column())
        else:
            # A copy: the option's own font goes with the option, and fonts are remembered by what is painted.
            self._cell(painter, inner, job, Column(index.column()), QFont(shown.font))
        painter.restore()

    def _ground(
        self, painter: QPainter, rect: QRect, index: QModelIndex | QPersistentModelIndex, *, selected: bool
    ) -> None:
        colors = tokens()
        if selected:
            painter.fillRect(rect, colors.color("selection"))
        elif index.row() == self.hovered_row:
            painter.fillRect(rect, colors.color("hover"))
        painter.setPen(colors.color("border"))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        if selected and self._table.horizontalHeader().visualIndex(index.column()) == 0:
            painter.fillRect(QRect(rect.x(), rect.y(), 3, rect.height()), colors.color("accent"))
        if index.row() == self._table.currentIndex().row() and self._table.hasFocus():
            painter.setPen(QPen(colors.color("accent"), 1))
            painter.drawLine(rect.topLeft(), rect.topRight())
            painter.drawLine(rect.bottomLeft(), rect.bottomRight())

    def _placeholder(self, painter: QPainter, rect: QRect, column: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(tokens().color("groove"))
        width = rect.width() * (0.75 if column == Column.NAME else 0.5)
        painter.drawRoundedRect(QRectF(rect.x(), rect.center().y() - 4, width, 8), 4, 4)

    def _cell(self, painter: QPainter, rect: QRect, job: Job, column: Column, font: QFont) -> None:
        match column:
            case Column.STATE:
                self._state(painter, rect, job, font)
            case Column.NAME:
                top, below = halves(rect, font)
                line(painter, top, job.name, font, "text", bold=True)
                line(painter, below, self._backend.kind_title(job.kind), smaller(font), "muted")
            case Column.PROGRESS:
                self._progress(painter, rect, job, font)
            case Column.KIND:
                line(painter, rect, self._backend.kind_title(job.kind), font, "text")
            case Column.TIME:
                line(painter, rect, words.time_words(job), font, "muted")
            case Column.STARTED:
                line(painter, rect, words.moment_words(job.started_at), font, "muted")
            case Column.ADDED:
                line(painter, rect, words.moment_words(job.created_at), font, "muted")
            case Column.ENDED:
                line(painter, rect, words.moment_words(job.ended_at), font, "muted")

    def _state(self, painter: QPainter, rect: QRect, job: Job, font: QFont) -> None:
        name, tone = words.STATE_ICONS.get(job.state, ("circle-dashed", "muted"))
        picture = pixmap(name, tokens().color(tone), ICON, self._table.devicePixelRatioF())
        painter.drawPixmap(rect.x(), rect.center().y() - ICON // 2 + 1, picture)
        line(painter, rect.adjusted(ICON + 8, 0, 0, 0), words.state_words(job), font, "text")

    def _progress(self, painter: QPainter, rect: QRect, job: Job, font: QFont) -> None:
        if job.state not in ("running", "paused"):
            _two_lines(painter, rect, words.doing_words(job), smaller(font), "muted")
            return
        top, below = halves(rect, font)
        percent = words.percent_words(job.progress)
        room = width_of("100 %", font) + 10
        bar = QRectF(top.x(), top.center().y() - HEIGHT / 2 + 1, top.width() - room, HEIGHT)
        paint_bar(painter, bar, job.progress.fraction, "accent" if job.state == "running" else "warning")
        line(painter, QRect(top.right() - room + 8, top.y(), room, top.height()), percent, font, "text")
        line(painter, below, words.doing_words(job), smaller(font), "muted")


def _two_lines(painter: QPainter, rect: QRect, text: str, font: QFont, tone: str) -> None:
    metrics = QFontMetrics(font)
    if metrics.horizontalAdvance(text) <= rect.width():
        line(painter, rect, text, font, tone)
        return
    words_, first = text.split(" "), 0
    while first < len(words_) and metrics.horizontalAdvance(" ".join(words_[: first + 1])) <= rect.width():
        first += 1
    height = metrics.height() + 1
    top = rect.y() + (rect.height() - 2 * height) // 2
    line(painter, QRect(rect.x(), top, rect.width(), height), " ".join(words_[: max(1, first)]), font, tone)
    below = QRect(rect.x(), top + height, rect.width(), height)
    line(painter, below, " ".join(words_[max(1, first) :]), font, tone)

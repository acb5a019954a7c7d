"""Check boxes whose outline is seen on light and dark ground alike (WCAG 2.2, 1.4.11), alone and in lists."""

from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import QApplication, QCheckBox, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.ui.forms.look import GAP, PaintedButton, blend, draw_focus, line_color, tone_color

NOTE_ROLE = int(Qt.ItemDataRole.UserRole) + 1
ITEM_HEIGHT = 26
SIDE = 16


def draw_tick(painter: QPainter, corner: QPointF, on: bool, palette: QPalette, *, enabled: bool = True) -> None:
    """A box of `SIDE` pixels, ticked or not."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    accent = palette.color(QPalette.ColorRole.Highlight)
    ground = palette.color(QPalette.ColorRole.Base)
    if not enabled:
        accent = blend(accent, ground, 0.6)
    painter.setBrush(accent if on else ground)
    painter.setPen(QPen(accent if on else line_color(palette, enabled=enabled), 1.2))
    painter.drawRoundedRect(QRectF(corner.x() + 0.6, corner.y() + 0.6, SIDE - 1.2, SIDE - 1.2), 4, 4)
    if on:
        color = palette.color(QPalette.ColorRole.HighlightedText)
        painter.setPen(QPen(color, 1.8, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPolyline(QPolygonF([corner + QPointF(x, y) for x, y in ((4, 8.4), (6.8, 11.2), (12, 5.2))]))
    painter.restore()


class TickBox(PaintedButton, QCheckBox):
    """A check box, drawn as in the lists."""

    def sizeHint(self) -> QSize:
        text = self.fontMetrics().size(Qt.TextFlag.TextShowMnemonic, self.text())
        return QSize(SIDE + GAP + text.width() + 6, max(SIDE + 8, text.height() + 6))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        corner = QPointF(2, (self.height() - SIDE) / 2)
        draw_tick(painter, corner, self.isChecked(), self.palette(), enabled=self.isEnabled())
        painter.setPen(self.palette().color(QPalette.ColorRole.WindowText))
        area = self.rect().adjusted(SIDE + 2 + GAP, 0, 0, 0)
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextShowMnemonic, self.text())
        painter.end()
        if self.hasFocus():
            draw_focus(self, QRectF(corner.x() - 2, corner.y() - 2, SIDE + 4, SIDE + 4), 5)


class ItemDelegate(QStyledItemDelegate):
    """Items with room to breathe, a tick box where they can be ticked, and a muted note at the right end."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return super().sizeHint(option, index).expandedTo(QSize(0, ITEM_HEIGHT))

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        item: Any = QStyleOptionViewItem(option)
        self.initStyleOption(item, index)
        palette: QPalette = item.palette
        area: QRect = item.rect
        state: QStyle.StateFlag = item.state
        self._draw_ground(painter, area, palette, state)
        words = area.adjusted(GAP, 0, -GAP, 0)
        ticked = index.data(Qt.ItemDataRole.CheckStateRole)
        if ticked is not None:
            style = item.widget.style() if item.widget else QApplication.style()
            box: QRect = style.subElementRect(QStyle.SubElement.SE_ItemViewItemCheckIndicator, item, item.widget)
            corner = QPointF(area.left() + 6, box.center().y() + 1 - SIDE / 2)
            draw_tick(painter, corner, Qt.CheckState(ticked) == Qt.CheckState.Checked, palette)
            words.setLeft(area.left() + 6 + SIDE + GAP)
        self._draw_words(painter, words, str(item.text), str(index.data(NOTE_ROLE) or ""), item)

    def _draw_ground(self, painter: QPainter, area: QRect, palette: QPalette, state: QStyle.StateFlag) -> None:
        base, accent = palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.Highlight)
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(area, blend(base, accent, 0.18))
        elif state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(area, blend(base, palette.color(QPalette.ColorRole.Text), 0.05))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(accent, 1))
            painter.drawRect(area.adjusted(0, 0, -1, -1))

    def _draw_words(self, painter: QPainter, area: QRect, text: str, note: str, item: Any) -> None:
        metrics = item.fontMetrics
        palette: QPalette = item.palette
        side = Qt.AlignmentFlag.AlignVCenter
        room = min(metrics.horizontalAdvance(note) + 2, area.width() // 2) + GAP if note else 0
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        shown = metrics.elidedText(text, item.textElideMode, area.width() - room)
        painter.drawText(area, side | Qt.AlignmentFlag.AlignLeft, shown)
        if note:
            painter.setPen(tone_color("muted", palette))
            shown = metrics.elidedText(note, Qt.TextElideMode.ElideRight, room - GAP)
            painter.drawText(area, side | Qt.AlignmentFlag.AlignRight, shown)

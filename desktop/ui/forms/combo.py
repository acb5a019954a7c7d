"""A combo box that looks like the line edits beside it, and leaves the wheel to the page."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen, QWheelEvent
from PySide6.QtWidgets import QComboBox, QWidget

from desktop.ui.forms.look import GAP, draw_focus, glyph_icon, line_color, tone_color
from desktop.ui.forms.ticks import ItemDelegate


class QuietCombo(QComboBox):
    """Scrolling over it changes nothing, lest a page scrolled by changes answers."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.setMinimumContentsLength(8)
        self.setItemDelegate(ItemDelegate(self))

    def sizeHint(self) -> QSize:
        return self._roomy(super().sizeHint())

    def minimumSizeHint(self) -> QSize:
        return self._roomy(super().minimumSizeHint())

    def _roomy(self, size: QSize) -> QSize:
        return QSize(size.width() + 2 * GAP, max(32, self.fontMetrics().height() + 2 * GAP))

    def wheelEvent(self, e: QWheelEvent) -> None:
        e.ignore()

    def paintEvent(self, e: QPaintEvent) -> None:
        palette = self.palette()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ground = QPalette.ColorRole.Base if self.isEnabled() else QPalette.ColorRole.Window
        painter.setBrush(palette.color(ground))
        painter.setPen(QPen(line_color(palette, enabled=self.isEnabled()), 1))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        chosen = self.currentIndex() >= 0
        words = self.currentText() if chosen else self.placeholderText()
        color = palette.color(QPalette.ColorRole.Text) if chosen else tone_color("muted", palette)
        painter.setPen(color if self.isEnabled() else tone_color("muted", palette))
        area = self.rect().adjusted(9, 0, -28, 0)
        shown = self.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, area.width())
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
        sign = QRect(self.width() - 24, (self.height() - 16) // 2, 16, 16)
        glyph_icon("down", tone_color("muted", palette)).paint(painter, sign)
        painter.end()
        if self.hasFocus():
            draw_focus(self, QRectF(self.rect()))

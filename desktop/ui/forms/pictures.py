"""Pictures of a rehearsal: as wide as there is room, sharp, and larger on a click."""

import base64
import binascii

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QDialog, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.ui.forms.look import border_color, draw_focus


def picture_from(data: str) -> QPixmap:
    """A PNG in base64 as a pixmap; a null one when it is none."""
    pixmap = QPixmap()
    try:
        pixmap.loadFromData(base64.b64decode(data, validate=True), "PNG")
    except binascii.Error:
        return QPixmap()
    return pixmap


class PictureButton(QAbstractButton):
    """A picture that fills the width and opens larger."""

    def __init__(self, title: str, pixmap: QPixmap, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._title = title
        self._pixmap = pixmap
        self._scaled = QPixmap()
        self.dialog: QDialog | None = None
        self.setAccessibleName(title)
        self.setToolTip(self.tr("Show larger"))
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.clicked.connect(self._enlarge)

    def sizeHint(self) -> QSize:
        return QSize(self._pixmap.width(), self.heightForWidth(self.width()))

    def heightForWidth(self, width: int) -> int:
        width = min(width, self._pixmap.width())
        return round(width * self._pixmap.height() / max(1, self._pixmap.width()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self._scaled = QPixmap()
            self.setFixedHeight(self.heightForWidth(self.width()))

    def paintEvent(self, event: QPaintEvent) -> None:
        ratio = self.devicePixelRatioF()
        width = min(self.width(), self._pixmap.width())
        if self._scaled.isNull():
            self._scaled = self._pixmap.scaledToWidth(
                max(1, round(width * ratio)), Qt.TransformationMode.SmoothTransformation
            )
            self._scaled.setDevicePixelRatio(ratio)
        painter = QPainter(self)
        area = QRectF(0, 0, width, self.heightForWidth(width))
        painter.drawPixmap(area.topLeft(), self._scaled)
        painter.setPen(QPen(border_color(self.palette()), 1))
        painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()
        if self.hasFocus():
            draw_focus(self, area, 2)

    def _enlarge(self) -> None:
        dialog = QDialog(self.window())
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(self._title)
        label = QLabel()
        label.setPixmap(self._pixmap)
        label.setAccessibleName(self._title)
        scroll = QScrollArea()
        scroll.setWidget(label)
        scroll.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout = QVBoxLayout(dialog)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        room = self.screen().availableSize() * 0.9
        dialog.resize((self._pixmap.size() + QSize(24, 24)).boundedTo(room))
        dialog.finished.connect(self._closed)
        self.dialog = dialog
        dialog.open()

    def _closed(self) -> None:
        self.dialog = None

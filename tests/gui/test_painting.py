"""Lines that were laid out before look as if Qt laid them out anew."""

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QFont, QImage, QPainter
from PySide6.QtWidgets import QApplication

from desktop.ui.fonts import add_shipped_fonts
from desktop.ui.painting import face
from desktop.ui.theme import tokens

WHERE = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter


def blank() -> QImage:
    image = QImage(300, 60, QImage.Format.Format_RGB32)
    image.fill(Qt.GlobalColor.white)
    return image


@pytest.mark.parametrize("text", ["Done, with remarks", "完成，有提示", "Running · 每秒 50 行", "Größe 14 %"])
@pytest.mark.parametrize("height", [15, 18, 49, 50])
def test_a_line_is_painted_where_qt_would(qapp: QApplication, text: str, height: int) -> None:
    add_shipped_fonts()
    font, room = QFont(qapp.font()), QRect(5, 4, 280, height)
    ours, theirs = blank(), blank()
    painter = QPainter(ours)
    face(font).line(painter, room, text, "text")
    painter.end()
    painter = QPainter(theirs)
    painter.setFont(font)
    painter.setPen(tokens().color("text"))
    painter.drawText(room, WHERE | Qt.TextFlag.TextDontClip, text)
    painter.end()
    assert ours == theirs
    assert ours != blank()


def test_a_line_without_room_ends_in_dots_and_stays_in_it(qapp: QApplication) -> None:
    image = blank()
    painter = QPainter(image)
    face(QFont(qapp.font())).line(painter, QRect(0, 0, 60, 50), "A name that is much too long\nfor its place", "text")
    painter.end()
    assert image != blank()
    assert image.copy(60, 0, 240, 60) == blank().copy(60, 0, 240, 60)

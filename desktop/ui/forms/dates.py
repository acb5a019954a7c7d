"""A day: typed in the user's locale, or picked from a calendar."""

from typing import Any

from PySide6.QtCore import QDate, QLocale, QPoint, Qt
from PySide6.QtGui import QTextCharFormat
from PySide6.QtWidgets import QCalendarWidget, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from desktop.ui.forms.control import Control
from desktop.ui.forms.look import Glyph, GlyphButton, glyph_icon, tone_color
from desktop.ui.forms.schema import FieldSpec


def day_format(locale: QLocale) -> str:
    """The locale's short format with four digits for the year: two would put 2026 into 1926."""
    short = locale.dateFormat(QLocale.FormatType.ShortFormat)
    return short if "yyyy" in short else short.replace("yy", "yyyy")


def read_day(text: str, locale: QLocale) -> QDate:
    """A day as people write it, or as ISO 8601; invalid when it is neither."""
    day = locale.toDate(text, day_format(locale))
    return day if day.isValid() else QDate.fromString(text, Qt.DateFormat.ISODate)


class DateControl(Control):
    """A line to type a day in, a calendar to pick it from, and a way to have none where that is allowed."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        today = QDate.currentDate()
        self.edit = QLineEdit()
        self.edit.setAccessibleName(spec.title)
        self.edit.setAccessibleDescription(spec.help)
        example = QLocale().toString(today, day_format(QLocale()))
        self.edit.setPlaceholderText(spec.placeholder or self.tr("for example {day}").format(day=example))
        self.edit.setFixedWidth(self.edit.fontMetrics().averageCharWidth() * 30)
        self.edit.textChanged.connect(self._typed)
        self.edit.editingFinished.connect(self.settled)
        self.open_button = GlyphButton("calendar", self.tr("Pick from a calendar"))
        self.open_button.clicked.connect(self._open_calendar)
        self.clear_button = GlyphButton("cross", self.tr("No day"))
        self.clear_button.clicked.connect(self.edit.clear)
        self.clear_button.hide()
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for part in (self.edit, self.open_button, self.clear_button):
            layout.addWidget(part)
        layout.addStretch(1)
        self._popup: QWidget | None = None

    def value(self) -> Any:
        """`2026-11-24`; the text itself while it is no day."""
        text = self.edit.text().strip()
        if not text:
            return None
        day = read_day(text, QLocale())
        return day.toString(Qt.DateFormat.ISODate) if day.isValid() else text

    def set_value(self, value: Any) -> None:
        day = QDate.fromString(str(value or ""), Qt.DateFormat.ISODate)
        self.edit.setText(QLocale().toString(day, day_format(QLocale())) if day.isValid() else str(value or ""))

    def focus_target(self) -> QWidget:
        return self.edit

    def wrong(self) -> str:
        text = self.edit.text().strip()
        if not text or read_day(text, QLocale()).isValid():
            return ""
        today = QLocale().toString(QDate.currentDate(), day_format(QLocale()))
        return self.tr("'{text}' is not a day. Write it like {today}.").format(text=text, today=today)

    def missing_words(self) -> str:
        return self.tr("Please choose a day.")

    def _typed(self) -> None:
        self.clear_button.setVisible(self.spec.nullable and bool(self.edit.text()))
        self.changed.emit()

    def _open_calendar(self) -> None:
        popup = QWidget(self, Qt.WindowType.Popup)
        popup.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        calendar = QCalendarWidget()
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        calendar.setMinimumSize(296, 232)
        calendar.setStyleSheet(
            "QWidget#qt_calendar_navigationbar { background: palette(base); }"
            "QToolButton { background: transparent; color: palette(text); border: 0; padding: 6px; }"
            "QToolButton:hover, QToolButton:focus { background: palette(alternate-base); border-radius: 6px; }"
            "QToolButton::menu-indicator { image: none; }"
        )
        weekend = QTextCharFormat()
        weekend.setForeground(self.palette().text())
        for weekday in (Qt.DayOfWeek.Saturday, Qt.DayOfWeek.Sunday):
            calendar.setWeekdayTextFormat(weekday, weekend)
        color = tone_color("muted", self.palette())
        signs: dict[str, Glyph] = {"qt_calendar_prevmonth": "left", "qt_calendar_nextmonth": "right"}
        for name, glyph in signs.items():
            button = calendar.findChild(QToolButton, name)
            if button is not None:
                button.setIcon(glyph_icon(glyph, color))
        day = read_day(self.edit.text().strip(), QLocale())
        if day.isValid():
            calendar.setSelectedDate(day)
        calendar.activated.connect(self._picked)
        calendar.clicked.connect(self._picked)
        layout = QVBoxLayout(popup)
        layout.setContentsMargins(1, 1, 1, 1)
        layout.addWidget(calendar)
        self._popup = popup
        popup.move(self.edit.mapToGlobal(QPoint(0, self.edit.height() + 2)))
        popup.show()
        calendar.setFocus()

    def _picked(self, day: QDate) -> None:
        self.edit.setText(QLocale().toString(day, day_format(QLocale())))
        if self._popup is not None:
            self._popup.close()
            self._popup = None
        self.edit.setFocus()

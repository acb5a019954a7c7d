"""A job's log: its end at once, earlier lines as one scrolls up, new ones as they come, and a search through it all."""

from collections.abc import Sequence

from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontDatabase, QTextCharFormat, QTextCursor
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.client.problems import ApiError
from desktop.client.shapes import LogEntry, LogPage
from desktop.state.jobs import Changes
from desktop.state.log_pages import LogPages
from desktop.ui import words
from desktop.ui.backend import Backend
from desktop.ui.calls import Latest
from desktop.ui.icons import icon
from desktop.ui.pieces import label
from desktop.ui.theme import tokens

PAGE = 500
MOST_LINES = 20_000
MOST_FOUND = 500
TAIL_EVERY = 200


class LogView(QWidget):
    """One attempt's log."""

    def __init__(self, backend: Backend, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._backend = backend
        self.pages: LogPages | None = None
        self._reading = Latest(self)
        self._searching = Latest(self)
        self._more_to_read = False
        self.text = QPlainTextEdit()
        self.text.setProperty("kind", "log")
        self.text.setReadOnly(True)
        self.text.setUndoRedoEnabled(False)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(self.tr("Log of the job"))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Search the log"))
        self.search.setAccessibleName(self.tr("Search the log"))
        self.search.setClearButtonEnabled(True)
        self.search.addAction(icon("search", "muted"), QLineEdit.ActionPosition.LeadingPosition)
        self.note = label(tone="muted", points=-1)
        self.note.hide()
        row = QHBoxLayout()
        row.addWidget(self.search, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 10, 0, 0)
        layout.setSpacing(6)
        layout.addLayout(row)
        layout.addWidget(self.note)
        layout.addWidget(self.text, 1)
        self._tail_timer = QTimer(self, singleShot=True, interval=TAIL_EVERY)
        self._tail_timer.timeout.connect(self._read_on)
        self._search_timer = QTimer(self, singleShot=True, interval=250)
        self._search_timer.timeout.connect(self._search)
        self.search.textChanged.connect(lambda: self._search_timer.start())
        self.text.verticalScrollBar().valueChanged.connect(self._scrolled)
        backend.changed.connect(self._changed)

    def show_log(self, job: int | None, attempt: int) -> None:
        """Shows the log of one attempt, or nothing."""
        if job is None or attempt < 1:
            if self.pages is not None or job is not None:
                self._begin(None)
                self._say("" if job is None else self.tr("The log begins when the job starts."))
            return
        if self.pages is not None and (self.pages.job, self.pages.attempt) == (job, attempt):
            return
        self._begin(LogPages(job, attempt))
        pages = self.pages
        assert pages is not None

        async def open_at_end() -> LogPage:
            head = await self._backend.api.log(job, attempt, 0, 1)
            return await self._backend.api.log(job, attempt, pages.opening(head.size, head.first), PAGE)

        self._reading.call(open_at_end, self._append, self._failed)

    def _begin(self, pages: LogPages | None) -> None:
        self._reading.drop()
        self._searching.drop()
        self._tail_timer.stop()
        self.pages = pages
        self.text.clear()
        self._say("")
        self.search.setEnabled(pages is not None)

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _failed(self, problem: ApiError) -> None:
        message, hint = words.problem_words(problem)
        self._say(f"{message} {hint}".strip())

    @property
    def _is_searching(self) -> bool:
        return bool(self.search.text().strip())

    # Reading on, at the end

    def _append(self, page: LogPage) -> None:
        if self.pages is None:
            return
        entries = self.pages.append(page)
        if not self._is_searching:
            if entries:
                self._say("")
                self._write(entries, at_end=True)
            elif self.text.document().isEmpty():
                self._say(self.tr("The job has not written anything yet."))
        if self.pages.has_later and entries:
            self._read_on()

    def _read_on(self) -> None:
        pages = self.pages
        if pages is None or not pages.opened:
            return
        if self._reading.busy:
            self._more_to_read = True
            self._tail_timer.start()
            return
        self._reading.call(
            lambda: self._backend.api.log(pages.job, pages.attempt, pages.end, PAGE), self._append, self._failed
        )

    def _changed(self, changes: Changes) -> None:
        pages = self.pages
        if pages is None:
            return
        fresh = changes.reset or any(pages.concerns(event) for event in changes.logged)
        if fresh and not self._tail_timer.isActive():
            self._tail_timer.start()

    # Reading back, at the beginning

    def _scrolled(self, value: int) -> None:
        if value <= 3 * self.text.verticalScrollBar().pageStep() // 10 and not self._is_searching:
            self._read_back()

    def _read_back(self) -> None:
        pages = self.pages
        if pages is None or not pages.has_earlier or self._reading.busy:
            return
        begin = pages.earlier()

        async def read_stretch() -> list[LogEntry]:
            after = begin
            while True:
                page = await self._backend.api.log(pages.job, pages.attempt, after, PAGE)
                if (entries := pages.prepend(page, begin)) is not None:
                    return entries
                after = page.next

        self._reading.call(read_stretch, lambda entries: self._write(entries, at_end=False), self._failed)

    # Writing

    def _write(self, entries: Sequence[LogEntry], *, at_end: bool) -> None:
        if not entries:
            return
        bar = self.text.verticalScrollBar()
        follows = bar.value() >= bar.maximum() - 2
        document = self.text.document()
        cursor = QTextCursor(document)
        was_empty = document.isEmpty()
        lines_before = document.blockCount()
        value = bar.value()
        cursor.beginEditBlock()
        cursor.movePosition(QTextCursor.MoveOperation.End if at_end else QTextCursor.MoveOperation.Start)
        for place, entry in enumerate(entries):
            if at_end and not (was_empty and place == 0):
                cursor.insertBlock()
            self._write_line(cursor, entry)
            if not at_end:
                cursor.insertBlock()
        cursor.endEditBlock()
        if at_end and follows:
            self._cut_start()
            bar.setValue(bar.maximum())
        elif not at_end:
            bar.setValue(value + document.blockCount() - lines_before)

    def _write_line(self, cursor: QTextCursor, entry: LogEntry) -> None:
        colors = tokens()
        shape = QTextCharFormat()
        shape.setForeground(colors.color("muted"))
        cursor.insertText(f"{entry.at.astimezone():%H:%M:%S}  ", shape)
        tone = {"warning": "warning", "error": "danger", "debug": "muted"}.get(entry.level, "text")
        shape.setForeground(colors.color(tone))
        facts = "  ".join(f"{name}={value}" for name, value in entry.facts.items())
        text = " ".join(part for part in (self._level(entry), entry.message, facts) if part)
        cursor.insertText(text.replace("\n", " "), shape)

    def _level(self, entry: LogEntry) -> str:
        if entry.level == "warning":
            return self.tr("Warning:")
        return self.tr("Error:") if entry.level == "error" else ""

    def _cut_start(self) -> None:
        """Forgets the oldest lines of a very long view; they can be read again."""
        too_many = self.text.document().blockCount() - MOST_LINES
        if too_many <= 0 or self.pages is None:
            return
        job, attempt = self.pages.job, self.pages.attempt
        self.pages = None
        self.show_log(job, attempt)

    # Searching

    def _search(self) -> None:
        self._searching.drop()
        pages = self.pages
        if pages is None:
            return
        text = self.search.text().strip()
        if not text:
            job, attempt = pages.job, pages.attempt
            self.pages = None
            self.show_log(job, attempt)
            return
        self._reading.drop()
        self.text.clear()
        self._say(self.tr("Searching..."))
        found = 0

        async def search_through() -> None:
            nonlocal found
            after = 0
            while found < MOST_FOUND:
                limit = min(PAGE, MOST_FOUND - found)
                page = await self._backend.api.log(pages.job, pages.attempt, after, limit, text)
                hits = page.entries[: MOST_FOUND - found]
                found += len(hits)
                self._write(hits, at_end=True)
                if page.next >= page.size or page.next <= after:
                    return
                after = page.next
                part = words.number_words(100 * after / page.size)
                self._say(self.tr("Searching... {n} %, {found} found").format(n=part, found=found))

        def finish(_nothing: None) -> None:
            if found >= MOST_FOUND:
                self._say(self.tr("The first {n} lines with this text").format(n=found))
            elif found == 1:
                self._say(self.tr("1 line with this text"))
            elif found:
                self._say(self.tr("{n} lines with this text").format(n=found))
            else:
                self._say(self.tr("No line has this text."))

        self._searching.call(search_through, finish, self._failed)

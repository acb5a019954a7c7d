"""Being asked to end by the system: Ctrl+C, SIGTERM, or a terminal that was closed."""

import signal
import socket

from PySide6.QtCore import QObject, QSocketNotifier, Signal

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
"""Those that the platform has: SIGHUP is not known to Windows, SIGBREAK only to it."""


class EndRequests(QObject):
    """Emits `asked` on Qt's loop, each time."""

    asked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        # Python handles a signal only when it runs next, and Qt's loop may sleep: the byte wakes it up.
        self._reading, self._writing = socket.socketpair()
        for end in (self._reading, self._writing):
            end.setblocking(False)
        self._before = signal.set_wakeup_fd(self._writing.fileno(), warn_on_full_buffer=False)
        self._notifier = QSocketNotifier(self._reading.fileno(), QSocketNotifier.Type.Read, self)
        self._notifier.activated.connect(self._wake)
        self._asked = 0
        numbers = [getattr(signal, name) for name in NAMES if hasattr(signal, name)]
        self._handlers = {number: signal.signal(number, self._note) for number in numbers}

    def _note(self, _number: int, _frame: object) -> None:
        self._asked += 1

    def _wake(self) -> None:
        self._reading.recv(4096)
        while self._asked:
            self._asked -= 1
            self.asked.emit()

    def end(self) -> None:
        """Lets the signals be what they were before."""
        self._notifier.setEnabled(False)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._before)
        for end in (self._reading, self._writing):
            end.close()

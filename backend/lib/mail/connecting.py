"""The connections of a mailing: made a few times over where the server is not reached, and anew where they are lost."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from backend.core.errors import UserError
from backend.lib.mail.plan import Plan
from backend.lib.mail.smtp import Link
from backend.lib.mail.switchboard import Switchboard

_STEP = 0.25


class NoConnectionError(Exception):
    """This conversation gives up, while others go on or the mailing is ending."""


class Connections:
    """For the conversations of one switchboard; `abort` and `leave_all` are for another thread.

    `connect` makes one that is logged in, and `checkpoint` is called while nothing can be done but wait.
    """

    def __init__(
        self,
        connect: Callable[[], Link],
        plan: Plan,
        board: Switchboard,
        ending: threading.Event,
        checkpoint: Callable[[], None],
    ) -> None:
        self._connect = connect
        self._plan = plan
        self._board = board
        self._ending = ending
        self._checkpoint = checkpoint
        self._open: set[Link] = set()
        self.message = ""

    def new(self) -> Link:
        """Raises UserError where it is of no use, or nobody else has one, and otherwise NoConnectionError."""
        for number in range(self._plan.connect_tries):
            try:
                link = self._made()
            except UserError as error:
                if error.code != "mail.connect":
                    raise
                self.message = error.message
                if number + 1 == self._plan.connect_tries:
                    if self._open:
                        raise NoConnectionError from error
                    raise
                self._pause(self._plan.connect_delay * 2**number)
            else:
                self.message = ""
                self._open.add(link)
                return link
        raise NoConnectionError

    def in_place_of(self, lost: Link) -> Link:
        """As `new`."""
        if self._ending.is_set():
            raise NoConnectionError
        self.leave(lost)
        return self.new()

    def leave(self, link: Link | None) -> None:
        """Says goodbye, where there is somebody to say it to."""
        if link is not None:
            link.leave()
            self._open.discard(link)

    def abort(self) -> None:
        """Cuts all of them: whoever waits for an answer sees them as lost."""
        for link in list(self._open):
            link.abort()

    def leave_all(self) -> None:
        """When no conversation goes on any more."""
        for link in list(self._open):
            self.leave(link)

    def _made(self) -> Link:
        """In a thread of its own: looking up names, encryption and login would hold all others up."""
        future = self._board.aside(self._connect)
        link = self._board.result(future)
        if link is None:
            future.add_done_callback(_not_wanted)
            raise NoConnectionError
        link.let_others_go_on(self._board.until)
        return link

    def _pause(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._ending.is_set() and (left := until - time.monotonic()) > 0:
            self._checkpoint()
            self._board.sleep(min(left, _STEP))
        if self._ending.is_set():
            raise NoConnectionError


def _not_wanted(future: "Future[Link]") -> None:
    if future.exception() is None:
        future.result().close()

"""Sending a mailing: up to four connections in one thread, with a ledger that knows what each has done."""

import itertools
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial

from backend.core.errors import NeedsUserError, UserError
from backend.lib.mail.addresses import Address
from backend.lib.mail.connecting import Connections, NoConnectionError
from backend.lib.mail.ledger import Claim
from backend.lib.mail.ledger_file import DONE, State
from backend.lib.mail.mime import Message
from backend.lib.mail.pace import Pacer, moment_words
from backend.lib.mail.plan import Book, Controls, Log, Plan
from backend.lib.mail.replies import Delivery, Meaning
from backend.lib.mail.shelf import Shelf
from backend.lib.mail.smtp import Link, Post
from backend.lib.mail.switchboard import Switchboard

_TICK = 0.1
_STEP = 0.25
_TICKS_A_LINE = 3
_IDLE = 20.0
_MOMENT = 0.05
_HOLD_CLAIMS = 2.0
_COUNTED: frozenset[Meaning] = frozenset({"sent", "refused", "deferred", "unknown"})


class Sender:
    """Sends what a ledger has left to send. Used once.

    `connect` makes a connection that is logged in (`accounts.connect`); `compose` makes a recipient's message, the
    same each time, and may raise UserError: then that recipient is *skipped* with its words. The pace counts what is
    in `log`, which is told of each message; without one, what is in the ledger. `compose_aside` is for a `compose`
    that has to wait, as for files of a network drive: letters of other connections go on meanwhile.
    """

    def __init__(
        self,
        book: Book,
        compose: Callable[[Claim], Message],
        sender: Address,
        connect: Callable[[], Link],
        plan: Plan,
        controls: Controls,
        log: Log | None = None,
        *,
        compose_aside: bool = False,
    ) -> None:
        self._book = book
        self._compose = compose
        self._compose_aside = compose_aside
        self._sender = sender
        self._plan = plan
        self._controls = controls
        self._log = log
        yesterday = time.time() - 86400.0
        self._pacer = Pacer(plan.pace, log.since(yesterday) if log else book.times_since(yesterday))
        self._mutex = threading.Lock()
        self._ending = threading.Event()
        self._failure: BaseException | None = None
        self._board = Switchboard(self._ending)
        self._connections = Connections(connect, plan, self._board, self._ending, self._rest_while_paused)
        self._shelf = Shelf(book, plan.pace.claims, self._fail, self._board.ring)
        self._overlap = True
        self._pause: Future[None] | None = None
        self._paused_at = 0.0
        self._moments: deque[float] = deque()
        self._errors_in_a_row = 0
        self._busy_in_a_row = 0
        self._hold_until = 0.0
        self._message = ""
        self._rest: tuple[float, str] = (0.0, "")
        counts = book.counts()
        self._total = sum(counts.values())
        self._done = sum(counts[state] for state in DONE)

    def run(self) -> dict[State, int]:
        """Sends until nobody is *waiting* or *deferred* any more; how many are in each state then.

        Raises what `checkpoint` raises to stop, NeedsUserError `mail.too_many_errors`, and UserError where the
        server cannot be reached, the login fails or the sender is refused. Whatever it raises, the ledger is right,
        and a new Sender goes on from there.
        """
        thread = threading.Thread(target=self._send_all, name="mail", daemon=True)
        thread.start()
        try:
            self._watch(thread)
        finally:
            self._end(thread)
        if self._failure is None and self._controls.stop_requested():
            self._controls.checkpoint()
        if self._failure is not None:
            raise self._failure
        return self._book.counts()

    def _send_all(self) -> None:
        try:
            self._board.run([self._work] * self._plan.connections)
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called `run`
            self._fail(error)
        finally:
            self._ending.set()

    def _watch(self, thread: threading.Thread) -> None:
        for ticks in itertools.count(1):
            if not thread.is_alive() or self._ending.wait(_TICK):
                return
            if ticks % _TICKS_A_LINE == 0:
                self._write_down()
            self._controls.progress(self._done, self._total, "letters", self._rest_words())
            if self._controls.stop_requested():
                self._ending.set()
            self._pause_if_asked()

    def _end(self, thread: threading.Thread) -> None:
        self._ending.set()
        self._board.ring()
        thread.join(self._plan.stop_grace)
        while thread.is_alive():
            self._connections.abort()
            thread.join(_TICK)
        self._connections.leave_all()
        try:
            self._shelf.end()
            self._write_down()
        except UserError as error:
            self._fail(error)
        self._end_pause()
        self._board.close()
        self._controls.progress(self._done, self._total, "letters")

    def _write_down(self) -> None:
        self._book.flush()
        if self._log and (moments := [self._moments.popleft() for _ in range(len(self._moments))]):
            self._log.add(*moments)

    def _rest_words(self) -> str:
        """Why nothing goes out for a while, and until when."""
        if said := self._connections.message or self._message:
            return said
        until, why = self._rest
        now = time.time()
        return f"{why} Going on {moment_words(until, now)}." if until - now > _HOLD_CLAIMS else ""

    def _fail(self, error: BaseException) -> None:
        with self._mutex:
            self._failure = self._failure or error
        self._ending.set()
        self._board.ring()

    def _pause_if_asked(self) -> None:
        """Says at once that the job rests, in a thread of its own: answers that are under way still come in and count.

        Claims must not lie about meanwhile: a restart of the machine would make them *unknown*.
        """
        if self._pause is not None and self._pause.done():
            self._end_pause()
        if self._pause is None:
            if self._controls.pause_requested():
                self._pause, self._paused_at = self._board.aside(self._controls.checkpoint), time.monotonic()
        elif self._shelf and time.monotonic() - self._paused_at > 1.0:
            self._shelf.give_back()

    def _end_pause(self) -> None:
        """Waits for the end of a pause that has begun."""
        if self._pause is not None and (error := self._pause.exception()) is not None:
            self._fail(error)
        self._pause = None

    def _rest_while_paused(self) -> None:
        while self._controls.pause_requested() and not self._ending.is_set():
            self._board.sleep(_STEP)

    def _work(self) -> None:
        link: Link | None = None
        try:
            while not self._ending.is_set():
                self._rest_while_paused()
                step = self._take()
                if isinstance(step, Claim):
                    link = self._send(link, step)
                elif step is None:
                    return
                else:
                    if step > _IDLE:
                        link = self._connections.leave(link)
                    self._board.sleep(min(step, _STEP))
        except NoConnectionError:
            pass
        except BaseException as error:  # noqa: BLE001 - handed to the thread that called `run`
            self._fail(error)
        finally:
            self._connections.leave(link)

    def _take(self) -> Claim | float | None:
        """The next recipient, or the seconds until there may be one, or None: there is none left."""
        now = time.time()
        with self._mutex:
            if not self._shelf:
                due = self._book.next_due()
                if due == float("inf"):
                    return _STEP / 5 if self._shelf.in_hand else None
                if due > now:
                    self._rest = (due, "The mail server wants the rest later.")
                    return due - now
            wait = max(self._hold_until - now, self._pacer.take(now) if self._hold_until <= now else 0.0)
            if wait > 0:
                self._rest = (now + wait, "No more may go out just now.")
                if wait > _HOLD_CLAIMS:
                    self._shelf.give_back()
                return wait
            claim = self._shelf.take()
            if claim is None:
                self._pacer.give_back()
                return _MOMENT if self._shelf else _STEP
            return claim

    def _send(self, link: Link | None, claim: Claim) -> Link | None:
        """Sends this one and those that can be agreed on together with the one before; the connection to go on with."""
        in_hand = [claim]
        try:
            message = self._composed(in_hand)
            return link if message is None else self._send_in_a_row(link or self._connections.new(), in_hand, message)
        except BaseException:
            # Without effect where 'about to' was committed: then only the server knows.
            self._book.give_back(in_hand)
            raise
        finally:
            self._shelf.finished(len(in_hand))

    def _send_in_a_row(self, link: Link, in_hand: list[Claim], message: Message) -> Link | None:
        """The first in hand is the one whose turn it is; a second one is there while its commands are under way."""
        post = Post(self._sender, in_hand[0].address, message)
        answer = link.agree(post)
        while True:
            if answer is not None and answer.stale:
                link = self._connections.in_place_of(link)
                answer = link.agree(post)
            if answer is not None:
                break
            if self._ending.is_set() or self._controls.stop_requested():
                raise NoConnectionError
            following = self._following(link, in_hand)
            self._book.about_to(in_hand[0])
            delivery, answer = link.hand_over(post, following)
            if following is None:
                answer = delivery
                break
            # A server that does not bear it loses one letter for it, and is not asked for it again.
            self._overlap = self._overlap and delivery.meaning != "unknown"
            self._settle(in_hand, delivery)
            post = following
        self._settle(in_hand, answer)
        if link.sock is not None:
            return link
        self._connections.leave(link)
        if answer.meaning == "again":
            self._board.sleep(min(self._plan.connect_delay * self._errors_in_a_row, _STEP * 4))
        return None

    def _following(self, link: Link, in_hand: list[Claim]) -> Post | None:
        """The next letter, if one may go at once."""
        if not (self._overlap and link.overlaps) or self._controls.pause_requested():
            return None
        step = self._take()
        if not isinstance(step, Claim):
            return None
        in_hand.append(step)
        message = self._composed(in_hand)
        return None if message is None else Post(self._sender, step.address, message)

    def _composed(self, in_hand: list[Claim]) -> Message | None:
        """The message of the last one in hand; None where there can be none, which is recorded."""
        try:
            if not self._compose_aside:
                return self._compose(in_hand[-1])
            made = self._board.result(self._board.aside(partial(self._compose, in_hand[-1])))
        except UserError as error:
            self._record(in_hand.pop(), "skipped", error.message)
            self._shelf.finished()
            return None
        if made is None:
            raise NoConnectionError
        return made

    def _settle(self, in_hand: list[Claim], delivery: Delivery) -> None:
        try:
            self._note(in_hand.pop(0), delivery)
        finally:
            self._shelf.finished()

    def _note(self, claim: Claim, delivery: Delivery) -> None:
        now, words = time.time(), delivery.words
        if self._log and delivery.meaning in _COUNTED:
            self._moments.append(now)
        if delivery.meaning == "sent":
            self._record(claim, "sent", words)
            self._errors_in_a_row = self._busy_in_a_row = 0
            self._message = ""
            return
        if delivery.meaning == "sender refused":
            self._book.give_back([claim])
            raise UserError(
                "mail.sender_refused",
                f"The mail server takes nothing from {self._sender.text}: {words}",
                "Check the sender's address of this account; it may have to be the one you log in with.",
            )
        if delivery.meaning == "busy":
            self._book.give_back([claim])
            self._hold(now, words)
        elif delivery.meaning in {"refused", "unknown"}:
            self._record(claim, "refused" if delivery.meaning == "refused" else "unknown", words)
        elif claim.tries >= self._plan.tries:
            self._record(claim, "refused", f"Given up after {claim.tries} tries. {words}")
        elif delivery.meaning == "deferred":
            delay = min(self._plan.delay * 2 ** (claim.tries - 1), self._plan.longest_delay)
            self._record(claim, "deferred", words, now + delay)
        else:
            self._record(claim, "waiting", words, now + min(self._plan.connect_delay * 2 ** (claim.tries - 1), 60.0))
        self._count_error(words)

    def _record(self, claim: Claim, state: State, words: str, due: float = 0.0) -> None:
        self._book.record(claim, state, words, due)
        if state in DONE:
            with self._mutex:
                self._done += 1

    def _hold(self, now: float, words: str) -> None:
        with self._mutex:
            if self._hold_until <= now:
                self._hold_until = now + min(self._plan.delay * 2**self._busy_in_a_row, self._plan.longest_delay)
                self._busy_in_a_row += 1
        self._message = f"The mail server takes nothing just now; going on in a while. It says: {words}"

    def _count_error(self, words: str) -> None:
        with self._mutex:
            self._errors_in_a_row += 1
            too_many = self._errors_in_a_row >= self._plan.errors_in_a_row
        if too_many:
            raise NeedsUserError(
                "mail.too_many_errors",
                f"The last {self._errors_in_a_row} messages did not go out, so the mailing was stopped. "
                f"The last answer was: {words}",
                "Look at the answers of the server. Nobody who has got the letter will get it again when you go on.",
            )

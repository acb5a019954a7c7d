"""How the form asks the backend, and the one helper that asks and shows: never waits, and the latest question wins."""

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar, cast

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject, Signal

from desktop.client.drafts import Draft

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Asker(Protocol):
    """What a form asks of the backend. All raise an exception shaped like `AskError` when it cannot be done."""

    async def rehearse(self, kind: str, params: dict[str, Any]) -> dict[str, Any]:
        """What would happen with these answers: a `Rehearsal` as JSON."""
        ...

    async def options(self, kind: str, field: str, params: dict[str, Any]) -> list[dict[str, Any]]:
        """What can be picked in `field`: a list of `value`, `label`, `note`. A field of rows is `filters.column`."""
        ...

    async def start(self, draft: Draft, name: str) -> dict[str, Any]:
        """Queues the job and what follows it; `name` may be empty. Answers a `JobView` as JSON."""
        ...


class AskError(Protocol):
    """The shape of an expected failure, whatever its class."""

    code: str
    message: str
    hint: str
    fields: Mapping[str, str]


@dataclass(frozen=True)
class Trouble:
    """A failure in words: what happened, what to do, and which fields (dotted paths) it is about."""

    message: str
    hint: str = ""
    code: str = ""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])


def trouble_from(error: Exception) -> Trouble:
    """Puts a failed call into words. What is not shaped like `AskError` is a bug: logged, and apologised for."""
    if hasattr(error, "message") and hasattr(error, "fields"):
        expected = cast("AskError", error)
        return Trouble(expected.message, expected.hint, expected.code, dict(expected.fields or {}))
    _log.error("a call to the backend failed in a way nobody foresaw", exc_info=error)
    return Trouble(
        QCoreApplication.translate("Forms", "Something went wrong inside the app."),
        QCoreApplication.translate("Forms", "Try again. If it happens once more, please report it."),
        "unexpected",
    )


class Errand(QObject):
    """One question that may be asked again before it is answered: only the latest answer is ever shown."""

    busy_changed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is being waited for."""
        return self._task is not None

    def ask(
        self,
        question: Callable[[], Coroutine[Any, Any, T]],
        answered: Callable[[T], None],
        failed: Callable[[Trouble], None],
    ) -> None:
        """Asks on the running loop and returns at once; an earlier question is dropped."""
        self._cancel()
        self._task = asyncio.get_running_loop().create_task(self._carry_out(question, answered, failed))
        self.busy_changed.emit(True)

    def drop(self) -> None:
        """Forgets the question; whatever is answered is not shown."""
        if self.busy:
            self._cancel()
            self.busy_changed.emit(False)

    def _cancel(self) -> None:
        if self._task is not None:
            self._task.cancel()
            self._task = None

    async def _carry_out(
        self,
        question: Callable[[], Coroutine[Any, Any, T]],
        answered: Callable[[T], None],
        failed: Callable[[Trouble], None],
    ) -> None:
        me = asyncio.current_task()
        trouble: Trouble | None = None
        answer: T | None = None
        try:
            answer = await question()
        except Exception as error:  # noqa: BLE001  (every failure is put into words or logged, in one place)
            trouble = trouble_from(error)
        if not shiboken6.isValid(self) or self._task is not me:
            return
        self._task = None
        self.busy_changed.emit(False)
        if trouble is not None:
            failed(trouble)
        else:
            answered(cast("T", answer))

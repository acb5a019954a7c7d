"""The one way to call the backend from the window: whose it is, the call, what then, and who is busy meanwhile."""

from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, runtime_checkable

import shiboken6
from PySide6.QtCore import QCoreApplication, QObject
from PySide6.QtWidgets import QWidget

from desktop.client.problems import ApiError

if TYPE_CHECKING:
    import asyncio

# asyncio and logging are imported where they are used: the window is painted before they are needed.
T = TypeVar("T")
_under_way: "set[asyncio.Task[None]]" = set()


@runtime_checkable
class Teller(Protocol):
    """A window that can show a problem."""

    def show_problem(self, problem: ApiError) -> None: ...


def call(
    parent: QObject,
    work: Callable[[], Coroutine[Any, Any, T]],
    success: Callable[[T], None] | None = None,
    failure: Callable[[ApiError], None] | None = None,
    busy: QWidget | None = None,
) -> "asyncio.Task[None]":
    """Runs `work` on the loop and returns at once.

    `success` or `failure` is called if `parent` still exists then; without `failure` the parent's window shows
    the problem. `busy` is disabled until the end.
    """
    import asyncio

    task = asyncio.get_running_loop().create_task(_carry_out(parent, work, success, failure, busy))
    _under_way.add(task)
    task.add_done_callback(_under_way.discard)
    return task


def under_way() -> int:
    """How many calls have not ended."""
    return len(_under_way)


async def _carry_out(
    parent: QObject,
    work: Callable[[], Coroutine[Any, Any, T]],
    success: Callable[[T], None] | None,
    failure: Callable[[ApiError], None] | None,
    busy: QWidget | None,
) -> None:
    problem: ApiError | None = None
    answer: T | None = None
    if busy is not None:
        busy.setEnabled(False)
    try:
        answer = await work()
    except ApiError as error:
        problem = error
    except Exception:
        import logging

        logging.getLogger(__name__).exception("a call to the backend failed in a way nobody foresaw")
        problem = _apology()
    finally:
        if busy is not None and shiboken6.isValid(busy):
            busy.setEnabled(True)
    if not shiboken6.isValid(parent):
        return
    if problem is None:
        if success is not None:
            success(cast("T", answer))
    elif failure is not None:
        failure(problem)
    else:
        _tell(parent, problem)


def _apology() -> ApiError:
    return ApiError(
        "unexpected",
        QCoreApplication.translate("Calls", "Something went wrong inside the app. Sorry."),
        QCoreApplication.translate("Calls", "Try again. If it happens once more, please report it."),
    )


def _tell(parent: QObject, problem: ApiError) -> None:
    widget: QObject | None = parent
    while widget is not None:
        if isinstance(widget, Teller):
            widget.show_problem(problem)
            return
        widget = widget.parent()
    import logging

    logging.getLogger(__name__).warning("nobody shows: %s %s", problem.code, problem.message)


class Latest:
    """Calls of which only the newest counts: an earlier one is dropped, whatever it would have answered."""

    def __init__(self, parent: QObject) -> None:
        self._parent = parent
        self._task: asyncio.Task[None] | None = None

    @property
    def busy(self) -> bool:
        """Whether an answer is being waited for."""
        return self._task is not None and not self._task.done()

    def call(
        self,
        work: Callable[[], Coroutine[Any, Any, T]],
        success: Callable[[T], None],
        failure: Callable[[ApiError], None] | None = None,
    ) -> None:
        """As `call`, in place of the one before."""
        self.drop()
        self._task = call(self._parent, work, success, failure)

    def drop(self) -> None:
        """Forgets the one under way."""
        if self._task is not None:
            self._task.cancel()
            self._task = None

"""The child process that reads, works out and writes: role `reader`.

It takes one line of JSON from its input (`task`, `request`) and answers in lines of JSON: messages on the way, and
at the end `result` or `problem`. It ends when its input is closed, so that it never outlives its parent.
"""

from __future__ import annotations

import gc
import json
import os
import queue
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any

from backend.core.errors import UserError


class Wire:
    """Messages to the parent, and its answers."""

    def __init__(self, sink: IO[str]) -> None:
        self.sink = sink
        self.answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self.lock = threading.Lock()

    def send(self, **message: Any) -> None:
        """Sends one message. When the parent is gone, the process ends."""
        with self.lock:
            try:
                self.sink.write(json.dumps(message, default=str) + "\n")
                self.sink.flush()
            except OSError:
                os._exit(1)

    def ask(self, **message: Any) -> dict[str, Any]:
        """Sends one message and waits for the answer."""
        self.send(**message)
        return self.answers.get()

    def listen(self) -> None:
        """Passes on what the parent says, for ever."""
        for line in sys.stdin:
            self.answers.put(json.loads(line))
        os._exit(1)


Task = Callable[[Mapping[str, Any], Wire], Any]


def task_of(name: str) -> Task:
    """The function that does a task; its engines are loaded here and not before."""
    if name == "tables":
        from backend.lib.tables.looking import tables

        return tables
    if name == "columns":
        from backend.lib.tables.looking import columns

        return columns
    if name in ("combine", "combined_look", "combined_columns"):
        from backend.lib.tables import combining

        return {
            "combine": combining.combine,
            "combined_look": combining.combined_look,
            "combined_columns": combining.combined_columns,
        }[name]
    if name == "records":
        from backend.lib.tables.records import records

        return records
    if name == "listing":
        from backend.lib.tables.listing import listing

        return listing
    if name == "rehearsal":
        from backend.lib.documents.rehearsing import rehearsal

        return rehearsal
    if name == "report":
        from backend.lib.documents.making import report

        return report
    raise ValueError(f"no task is called {name!r}")


def main(_argv: Sequence[str] = ()) -> int:
    """Does the one task that is asked for on standard input. 0 when it was answered, a problem included."""
    # The process lives for one task: looking for cycles of garbage costs more than they would.
    gc.disable()
    # Engines may print; their output must not get between the lines of JSON.
    sink = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    if hasattr(sys.stdin, "reconfigure"):
        sys.stdin.reconfigure(encoding="utf-8")  # pyright: ignore[reportUnknownMemberType, reportAttributeAccessIssue]
    order = json.loads(sys.stdin.readline())
    wire = Wire(sink)
    threading.Thread(target=wire.listen, daemon=True).start()
    try:
        result = task_of(order["task"])(order["request"], wire)
    except UserError as error:
        wire.send(problem={"code": error.code, "message": error.message, "hint": error.hint, "fields": error.fields})
    else:
        wire.send(result=result)
    sink.flush()
    # The listener still holds standard input, and waiting for it or for the engines' threads serves nothing.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

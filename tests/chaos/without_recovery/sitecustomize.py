"""Python imports this by its name at every start, with this folder on its path: it switches recovery off in the API.

That is the control, which shows that the audit can fail.
"""

import sys
from typing import Any


def _nothing(*_: Any) -> list[int]:
    return []


if {"backend", "api"} <= set(sys.orig_argv):
    import backend.queue.recovery

    backend.queue.recovery.recover = _nothing

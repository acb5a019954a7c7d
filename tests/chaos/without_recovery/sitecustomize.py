"""Python imports this by its name at every start, with this folder on its path: it switches recovery off in the API.

The API begins as a fork of the host, and is started by itself when it died.
That is the control, which shows that the audit can fail.
"""

import sys
from typing import Any


def _nothing(*_: Any) -> list[int]:
    return []


if "backend" in sys.orig_argv and not {"host", "api"}.isdisjoint(sys.orig_argv):
    import backend.queue.recovery

    backend.queue.recovery.recover = _nothing

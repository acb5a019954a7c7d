"""Looks for no lost jobs. Not a job type: it is here to be imported."""

import sys
from typing import Any

if dispatcher := sys.modules.get("backend.api.dispatcher"):

    def _nothing(*_: Any) -> list[int]:
        return []

    dispatcher.__dict__["recover"] = _nothing

"""The few settings that the host itself needs, read without pydantic: it is there at once, and loads later.

The meaning, the defaults and the bounds are those of `backend.core.settings`; the parts check all of them.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from backend.core.paths import default_data_dir


@dataclass(frozen=True)
class HostSettings:
    """What the host goes by. `broker_url` is empty where it is to start a broker."""

    data_dir: Path
    broker_url: str = ""
    log_level: str = "INFO"
    valkey: str = ""


def host_settings() -> HostSettings:
    """The settings of this process's environment."""
    folder = os.environ.get("DESKHAND_DATA_DIR", "")
    return HostSettings(
        Path(folder) if folder else default_data_dir(),
        os.environ.get("DESKHAND_BROKER_URL", ""),
        os.environ.get("DESKHAND_LOG_LEVEL", "") or "INFO",
        os.environ.get("DESKHAND_VALKEY", ""),
    )

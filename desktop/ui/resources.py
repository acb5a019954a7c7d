"""The data files that come with the program."""

import sys
from pathlib import Path


def resources() -> Path:
    """Their folder, frozen or not."""
    bundled = getattr(sys, "_MEIPASS", None)
    return (Path(bundled) if bundled else Path(__file__).resolve().parents[2]) / "resources"

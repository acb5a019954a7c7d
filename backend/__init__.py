"""The part of Deskhand that does the work: queue, workers, API. It never imports Qt or the desktop."""

__version__ = "0.1.0"

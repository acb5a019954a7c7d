"""A run that is due and waits: for what, and how long, in words."""

from PySide6.QtCore import QCoreApplication

from desktop.client.schedules import Run
from desktop.ui import words


def waiting_words(run: Run) -> str:
    """Such as 'Due: Today, 18:00 · waits for the network · starts at the latest: Today, 18:30'."""
    reasons = {
        "drive": QCoreApplication.translate("Waiting", "waits for its drive or folder"),
        "network": QCoreApplication.translate("Waiting", "waits for the network"),
        "last_run": QCoreApplication.translate("Waiting", "waits until the last run has ended"),
    }
    due = QCoreApplication.translate("Waiting", "Due: {moment}").format(moment=words.moment_words(run.due_at))
    parts = [due, reasons.get(run.reason, "")]
    if run.waits_until is not None and run.reason in ("drive", "network"):
        latest = QCoreApplication.translate("Waiting", "starts at the latest: {moment}")
        parts.append(latest.format(moment=words.moment_words(run.waits_until)))
    return " · ".join(part for part in parts if part)

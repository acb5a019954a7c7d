"""A run that is due and waits: for what, and how long, in words."""

from PySide6.QtCore import QCoreApplication

from desktop.client.schedules import Run
from desktop.ui import words


def waiting_words(run: Run) -> str:
    """Such as 'Due since today, 18:00: waits for its drive, at most until 18:30.'"""
    reasons = {
        "drive": QCoreApplication.translate("Waiting", "it waits for its drive or folder"),
        "network": QCoreApplication.translate("Waiting", "it waits for the network"),
        "last_run": QCoreApplication.translate("Waiting", "it waits until the last run has ended"),
    }
    since = words.moment_words(run.due_at)
    if run.reason not in reasons:
        return QCoreApplication.translate("Waiting", "Due since {moment}").format(moment=since)
    said = QCoreApplication.translate("Waiting", "Due since {moment}: {reason}")
    if run.waits_until is not None and run.reason != "last_run":
        said = QCoreApplication.translate("Waiting", "Due since {moment}: {reason}, at most until {end}")
    return said.format(moment=since, reason=reasons[run.reason], end=words.moment_words(run.waits_until))

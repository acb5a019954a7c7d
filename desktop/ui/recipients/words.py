"""The words for how a recipient stands."""

from collections.abc import Mapping

from PySide6.QtCore import QCoreApplication

from desktop.client.recipients import Recipient
from desktop.state.recipients import STATES
from desktop.ui.words import number_words

STATE_ICONS = {
    "waiting": ("clock", "muted"),
    "handed over": ("send", "accent"),
    "deferred": ("hourglass", "warning"),
    "sent": ("circle-check", "success"),
    "refused": ("circle-x", "danger"),
    "unknown": ("circle-help", "warning"),
    "skipped": ("circle-dashed", "muted"),
}
"""Icon and colour of each state."""


def state_name(state: str) -> str:
    """The word for a state."""
    match state:
        case "waiting":
            return QCoreApplication.translate("Recipients", "Waiting")
        case "handed over":
            return QCoreApplication.translate("Recipients", "Being handed over")
        case "deferred":
            return QCoreApplication.translate("Recipients", "Tried again later")
        case "sent":
            return QCoreApplication.translate("Recipients", "Sent")
        case "refused":
            return QCoreApplication.translate("Recipients", "Refused")
        case "unknown":
            return QCoreApplication.translate("Recipients", "Not known")
        case "skipped":
            return QCoreApplication.translate("Recipients", "Left out")
        case _:
            return state


def who_words(one: Recipient) -> str:
    """Name and address."""
    return f"{one.name} <{one.address}>" if one.name else one.address


def standing_words(one: Recipient) -> str:
    """How the recipient stands, and what the server or Deskhand said about it."""
    return " · ".join(part for part in (state_name(one.state), one.words) if part)


def tip_words(one: Recipient) -> str:
    """Everything, over several lines."""
    row = QCoreApplication.translate("Recipients", "Row {n} of the list").format(n=number_words(one.row))
    lines = [who_words(one), row, state_name(one.state), one.words]
    if one.tries > 1:
        tried = QCoreApplication.translate("Recipients", "Tried {n} times").format(n=number_words(one.tries))
        lines.insert(3, tried)
    return "\n".join(line for line in lines if line)


def letters_words(count: int) -> str:
    """So many letters."""
    if count == 1:
        return QCoreApplication.translate("Recipients", "1 letter")
    return QCoreApplication.translate("Recipients", "{n} letters").format(n=number_words(count))


def counts_words(counts: Mapping[str, int]) -> str:
    """How many recipients are in each state, in one line; states without any are left out."""
    parts = [f"{state_name(state)} {number_words(counts[state])}" for state in STATES if counts.get(state)]
    return " · ".join(parts)

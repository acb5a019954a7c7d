"""Words that several parts of a mailing say, and the reading of words that are typed into its form."""

import re
from datetime import time

from backend.core.errors import UserError

_FILLED_IN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")


def letters(count: int) -> str:
    """'1 letter', '1,200 letters'."""
    return f"{count:,} letter{'' if count == 1 else 's'}"


def span(seconds: float) -> str:
    """About how long: '20 minutes', '3 hours', '2 days'."""
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            count = round(seconds / size)
            return f"{count} {unit}{'' if count == 1 else 's'}"
    return "a minute"


def mailbox(name: str, address: str) -> str:
    """Name and address, as mail programs show them."""
    return f"{name} <{address}>" if name.strip() else address


def subject_for_all(template: str) -> str:
    """A subject with an ellipsis for what differs from row to row."""
    shown = _FILLED_IN.sub(lambda match: "" if match[0].startswith("{%") else "\N{HORIZONTAL ELLIPSIS}", template)
    return " ".join(shown.split())


def time_of_day(typed: str) -> str:
    """'8', '8:00' or '08.00' as '08:00'; nothing stays nothing. Raises ValueError with a sentence."""
    text = typed.strip().replace(".", ":")
    if not text:
        return ""
    hour, _, minute = text.partition(":")
    try:
        return f"{time(int(hour), int(minute or 0)):%H:%M}"
    except ValueError:
        raise ValueError("Please enter a time of day, such as 08:00.") from None


def address_or_nothing(typed: str) -> str:
    """A checked address; nothing stays nothing. Raises ValueError with a sentence."""
    from backend.lib.mail.addresses import parse

    if not typed.strip():
        return ""
    try:
        return parse(typed, internal=True).text
    except UserError as error:
        raise ValueError(error.message) from error

"""Words that several parts of a mailing say."""

import re

_FILLED_IN = re.compile(r"\{%.*?%\}|\{\{.*?\}\}")


def letters(count: int) -> str:
    """'1 letter', '1,200 letters'."""
    return f"{count:,} letter{'' if count == 1 else 's'}"


def mailbox(name: str, address: str) -> str:
    """Name and address, as mail programs show them."""
    return f"{name} <{address}>" if name.strip() else address


def subject_for_all(template: str) -> str:
    """A subject with an ellipsis for what differs from row to row."""
    shown = _FILLED_IN.sub(lambda match: "" if match[0].startswith("{%") else "\N{HORIZONTAL ELLIPSIS}", template)
    return " ".join(shown.split())

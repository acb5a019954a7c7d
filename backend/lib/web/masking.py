"""What of a request may be shown: whatever may be a secret is covered."""

import re
from urllib.parse import urlsplit, urlunsplit

COVER = "•••"
_SECRET_NAME = re.compile(
    r"(?i)api[-_ ]?key|access[-_ ]?key|^key$|token|secret|passw|pwd|auth|signature|^sig$|session|cookie|credential"
)
_JSON_PAIR = re.compile(r'("((?:[^"\\]|\\.)*)"\s*:\s*)("(?:[^"\\]|\\.)*"|[-\w.+]+)')
_FORM_PAIR = re.compile(r"([^&=\s]+)=([^&\s]*)")


def looks_secret(name: str) -> bool:
    """Whether what goes by this name may be a secret."""
    return _SECRET_NAME.search(name) is not None


def shown_url(url: str) -> str:
    """The address with the values of secret parameters covered."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, _covered_pairs(parts.query), ""))


def shown_value(name: str, value: str) -> str:
    """The value of a header, or its cover."""
    return COVER if looks_secret(name) else value


def shown_body(text: str) -> str:
    """JSON or a form with the values of secret names covered."""
    covered = _JSON_PAIR.sub(
        lambda found: f'{found[1]}"{COVER}"' if looks_secret(found[2]) else found[0],
        text,
    )
    return covered if covered != text or text.lstrip()[:1] in "{[" else _covered_pairs(text)


def _covered_pairs(text: str) -> str:
    return _FORM_PAIR.sub(lambda found: f"{found[1]}={COVER}" if looks_secret(found[1]) else found[0], text)

"""The links of a letter: whole addresses with a scheme that is safe to click on, and nothing that runs.

Autoescaping keeps a column's value inside its attribute; it does not stop `javascript:` there.
"""

import html
import re
from html.parser import HTMLParser

_CLICKED = frozenset({"http", "https", "mailto", "tel"})
_LOADED = frozenset({"http", "https", "cid"})
_LOADING = frozenset({"src", "background", "poster"})
_LINKING = frozenset({"href", "xlink:href", "action", "formaction", "cite", "data"})
_ACTIVE = frozenset({"script", "iframe", "object", "embed", "applet", "base", "frame", "meta"})
_ATTRIBUTE = re.compile(r"(href|src|background|poster|action|cite|data)\s*=\s*[\"']?")
_HANDLER = re.compile(r"[\s/\"']on[a-z]+\s*=")
_QUOTES_OF_JINJA = re.compile(r"\{\{.*?\}\}", re.DOTALL)
_TAG = re.compile(r"<[a-zA-Z](?:\"[^\"]*\"|'[^']*'|[^\"'>])*>?")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_SCHEME = re.compile(r"([a-z][a-z0-9+.-]*):", re.IGNORECASE)
_IGNORED = re.compile("[\x00-\x20\x7f-\x9f\u2028\u2029]")


def problem_in(markup: str) -> str | None:
    """The first link or active part that must not go out, as a sentence, or None."""
    if not _suspicious(markup):
        return None
    reader = _Reader()
    reader.feed(markup)
    reader.close()
    return reader.problem


def unquoted_placeholder(template: str) -> bool:
    """Whether a placeholder stands in a tag without quotes around it, where a space in a value would end it."""
    tags = (_QUOTED.sub("", tag) for tag in _TAG.findall(_QUOTES_OF_JINJA.sub("{{x}}", template)))
    return any("{{" in tag for tag in tags)


def _suspicious(markup: str) -> bool:
    """A quick look that may be wrong only in saying yes; reading HTML properly takes ten times as long."""
    lowered = markup.lower()
    if any(f"<{name}" in lowered for name in _ACTIVE) or "srcset" in lowered or _HANDLER.search(lowered):
        return True
    for match in _ATTRIBUTE.finditer(lowered):
        harmless = ("https://", "http://", "cid:" if match[1] in _LOADING else "mailto:")
        if not lowered.startswith(harmless, match.end()):
            return True
    return False


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.problem: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _ACTIVE:
            self._say(f"A letter may not have a <{tag}> part: mail programs take it for an attack.")
        for name, value in attrs:
            if name.startswith("on"):
                self._say(f"A letter may not run anything ({name}): mail programs take it for an attack.")
            elif name == "srcset":
                self._say("A picture may have one source only (no srcset).")
            elif name in _LOADING:
                self._say(_refused(value or "", _LOADED, "picture"))
            elif name in _LINKING:
                self._say(_refused(value or "", _CLICKED, "link"))

    def _say(self, sentence: str | None) -> None:
        self.problem = self.problem or sentence


def _refused(value: str, allowed: frozenset[str], what: str) -> str | None:
    target = _IGNORED.sub("", html.unescape(value))
    if what == "link" and target.startswith("#"):
        return None
    if not target:
        return f"A {what} leads nowhere: its address is empty."
    scheme = _SCHEME.match(target)
    if scheme is None:
        return f"The {what} “{_short(value)}” is not complete: put https:// in front of it."
    if scheme[1].lower() not in allowed:
        return f"The {what} “{_short(value)}” starts with {scheme[1]}:, which is not safe to send."
    return None


def _short(value: str) -> str:
    return value if len(value) <= 60 else value[:57] + "..."

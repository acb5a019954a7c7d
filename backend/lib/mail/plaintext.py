"""The text part of a rich letter: made once from the template, so that no message pays for it."""

import re
from html.parser import HTMLParser

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_FIRST, _FIRST_STATEMENT = 0xF0000, 0x100000
_MARK = re.compile("[\U000f0000-\U0010fffd]")
_STATEMENT = re.compile("[\U00100000-\U0010fffd]")
_LINES = frozenset({"div", "tr"})
_BLOCKS = frozenset({"p", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre"})
_SILENT = frozenset({"style", "script", "head", "title"})


def text_from_html(template: str) -> str:
    """A jinja2 template of plain text from one of HTML: same placeholders and conditions, links written out."""
    pieces: list[str] = []

    def keep(match: re.Match[str]) -> str:
        pieces.append(match[0])
        first = _FIRST if match[0].startswith("{{") else _FIRST_STATEMENT
        return chr(first + len(pieces) - 1)

    reader = _Writer()
    reader.feed(_JINJA.sub(keep, template))
    reader.close()
    return _MARK.sub(lambda match: pieces[ord(match[0]) & 0xFFFF], reader.text())


def tidy(text: str) -> str:
    """A text made from rich text and filled in, without the gaps that parts left out have made in it."""
    return re.sub(r"\n{3,}", "\n\n", re.sub(r"[ \t]*\n[ \t]*", "\n", text)).strip() + "\n"


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._out: list[str] = []
        self._silent = 0
        self._links: list[tuple[str, int]] = []

    def text(self) -> str:
        lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(self._out).split("\n")]
        return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self._out.append("\n")
        elif tag == "li":
            self._out.append("\n- ")
        elif tag in {"td", "th"}:
            self._out.append(" ")
        elif tag == "img":
            self._out.append(dict(attrs).get("alt") or "")
        elif tag == "a":
            self._links.append((dict(attrs).get("href") or "", len(self._out)))
        elif tag in _LINES:
            self._to_a_new_line()
        elif tag in _BLOCKS:
            self._out.append("\n\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "a" and self._links:
            target, start = self._links.pop()
            shown = "".join(self._out[start:]).strip()
            if target and not target.startswith("#") and target.removeprefix("mailto:") != shown:
                self._out.append(f" ({target.removeprefix('mailto:')})" if shown else target.removeprefix("mailto:"))
        elif tag in _LINES:
            self._to_a_new_line()
        elif tag in _BLOCKS:
            self._out.append("\n\n")

    def _to_a_new_line(self) -> None:
        """Begins one, if something stands in this one already: what shows nothing of itself does not count."""
        for piece in reversed(self._out):
            if shown := _STATEMENT.sub("", piece).strip(" "):
                if not shown.endswith("\n"):
                    self._out.append("\n")
                return

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._out.append(re.sub(r"\s+", " ", data))

"""Simple rich text: what a document of Qt holds as HTML that mail programs show alike, and back.

Bold, italic, lists, links and pictures; each paragraph is a `div`, which no mail program adds room around.
"""

import re
from collections.abc import Iterator
from html import escape
from typing import cast

from PySide6.QtGui import (
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFragment,
    QTextList,
    QTextListFormat,
)

_JINJA = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
_BREAK = "\u2028"
_BOLD = 600


def to_html(document: QTextDocument, *, pictures: bool = True) -> str:
    """The document as HTML; empty where there is nothing but room. Placeholders stay as they are typed."""
    if not document.toPlainText().strip():
        return ""
    lines: list[str] = []
    within: QTextList | None = None
    for block in _blocks(document):
        listed = list_of(block)
        if within is not None and (listed is None or listed.objectIndex() != within.objectIndex()):
            lines.append(f"</{_list_tag(within)}>")
            within = None
        if listed is not None and within is None:
            within = listed
            lines.append(f"<{_list_tag(listed)}>")
        content = "".join(_marked(fragment, pictures) for fragment in _fragments(block))
        lines.append(f"<li>{content}</li>" if listed is not None else f"<div>{content or '<br>'}</div>")
    if within is not None:
        lines.append(f"</{_list_tag(within)}>")
    return "\n".join(lines)


def load(document: QTextDocument, html: str) -> None:
    """Shows HTML that `to_html` made."""
    document.setHtml(_JINJA.sub(lambda match: escape(match[0], quote=False), html))
    for block in list(_blocks(document)):
        if block.text() == _BREAK:
            cursor = QTextCursor(block)
            cursor.deleteChar()
    document.clearUndoRedoStacks()


def link_format(address: str, like: QTextCharFormat) -> QTextCharFormat:
    """How the words of a link look; `like` is the text around it."""
    made = QTextCharFormat(like)
    made.setAnchor(True)
    made.setAnchorHref(address)
    made.setFontUnderline(True)
    return made


def whole_address(typed: str) -> str:
    """What is typed as a link's address, with the scheme that is meant."""
    text = typed.strip()
    if not text or "{{" in text or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", text):
        return text
    return f"mailto:{text}" if re.fullmatch(r"[^\s/@]+@[^\s/@]+", text) else f"https://{text}"


def list_of(place: QTextBlock | QTextCursor) -> QTextList | None:
    """The list that a paragraph belongs to; Qt's stubs do not know that there may be none."""
    found = place.textList() if isinstance(place, QTextBlock) else place.currentList()
    return cast("QTextList | None", found)


def _blocks(document: QTextDocument) -> Iterator[QTextBlock]:
    block = document.begin()
    while block.isValid():
        yield block
        block = block.next()


def _fragments(block: QTextBlock) -> Iterator[QTextFragment]:
    place = block.begin()
    while not place.atEnd():
        yield place.fragment()
        place += 1


def _list_tag(listed: QTextList) -> str:
    numbered = {QTextListFormat.Style.ListDecimal, QTextListFormat.Style.ListLowerAlpha}
    return "ol" if listed.format().style() in numbered else "ul"


def _marked(fragment: QTextFragment, pictures: bool) -> str:
    looks = fragment.charFormat()
    if looks.isImageFormat():
        picture = looks.toImageFormat()
        width = f' width="{round(picture.width())}"' if picture.width() > 0 else ""
        return f'<img src="{escape(picture.name())}"{width}>' * len(fragment.text()) if pictures else ""
    text = "".join(
        piece if number % 2 else escape(piece, quote=False)
        for number, piece in enumerate(_JINJA.split(fragment.text()))
    )
    text = text.replace(_BREAK, "<br>").replace("\xa0", "&nbsp;")
    if looks.fontItalic():
        text = f"<i>{text}</i>"
    if looks.fontWeight() >= _BOLD:
        text = f"<b>{text}</b>"
    if looks.isAnchor() and looks.anchorHref():
        text = f'<a href="{escape(looks.anchorHref())}">{text}</a>'
    return text

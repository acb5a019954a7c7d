"""Rich text of a letter, reduced to what mail programs show and nobody takes for an attack (by ammonia, as `nh3`).

Placeholders and conditions are kept out of its sight: inside a tag they become one private character, elsewhere a
comment, which a parser of HTML leaves where it stands, between the rows of a table, too.
"""

import re

_JINJA = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)
_FIRST = 0xF0000
_TAG_OR_MARK = re.compile("<[a-zA-Z/!](?:\"[^\"]*\"|'[^']*'|[^\"'>])*>|[\U000f0000-\U000ffffd]")
_MARK = re.compile("[\U000f0000-\U000ffffd]")
_COMMENT = re.compile(r"<!--(.*?)-->", re.DOTALL)
_NUMBERED = re.compile(r"jinja (\d+)")
_PRIVATE = re.compile("[\U000f0000-\U0010ffff]")

# fmt: off
_TAGS = frozenset({
    "a", "b", "blockquote", "br", "caption", "center", "code", "col", "colgroup", "del", "div", "em", "h1", "h2",
    "h3", "h4", "h5", "h6", "hr", "i", "img", "ins", "li", "ol", "p", "pre", "s", "small", "span", "strong", "sub",
    "sup", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "u", "ul",
})
# fmt: on
_ATTRIBUTES = {
    "*": {"align", "dir", "lang", "style", "title"},
    "a": {"href"},
    "col": {"span", "width"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start", "type"},
    "table": {"bgcolor", "border", "cellpadding", "cellspacing", "width"},
    "td": {"bgcolor", "colspan", "rowspan", "valign", "width"},
    "th": {"bgcolor", "colspan", "rowspan", "valign", "width"},
}
# fmt: off
_STYLES = frozenset({
    "background-color", "border", "border-collapse", "border-radius", "color", "font-family", "font-size",
    "font-style", "font-weight", "height", "line-height", "margin", "margin-bottom", "margin-left", "margin-right",
    "margin-top", "max-width", "padding", "padding-bottom", "padding-left", "padding-right", "padding-top",
    "text-align", "text-decoration", "vertical-align", "width",
})
# fmt: on
# `javascript:` and the like are left to `links`, which says so instead of dropping them in silence.
_SCHEMES = frozenset({"cid", "data", "file", "ftp", "http", "https", "javascript", "mailto", "tel", "vbscript"})


def clean(template: str) -> str:
    """The template without what a letter may not have; its placeholders and conditions stay as they are."""
    import nh3

    pieces: list[str] = []

    def keep(match: re.Match[str]) -> str:
        pieces.append(match[0])
        return chr(_FIRST + len(pieces) - 1)

    def comment(match: re.Match[str]) -> str:
        return match[0] if match[0].startswith("<") else f"<!--jinja {ord(match[0]) - _FIRST}-->"

    without_comments = _COMMENT.sub("", _PRIVATE.sub("", template))
    marked = _TAG_OR_MARK.sub(comment, _JINJA.sub(keep, without_comments))
    cleaned = nh3.clean(
        marked,
        tags=set(_TAGS),
        attributes={name: set(allowed) for name, allowed in _ATTRIBUTES.items()},
        url_schemes=set(_SCHEMES),
        filter_style_properties=set(_STYLES),
        link_rel=None,
        strip_comments=False,
    )
    restored = _COMMENT.sub(lambda match: _restored(match[1], pieces), cleaned)
    return _MARK.sub(lambda match: pieces[ord(match[0]) - _FIRST], restored)


def _restored(inside: str, pieces: list[str]) -> str:
    found = _NUMBERED.fullmatch(inside)
    return pieces[int(found[1])] if found and int(found[1]) < len(pieces) else ""

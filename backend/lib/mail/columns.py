"""The columns of a list as placeholders of a letter: 'First Name' becomes `first_name`, and back for showing."""

import keyword
import re
import unicodedata
from collections.abc import Mapping, Sequence

_RESERVED = frozenset(keyword.kwlist) | {
    *("true", "false", "none", "loop", "self", "super", "caller", "varargs", "kwargs", "block", "endblock"),
    *("set", "endset", "call", "filter", "macro", "include", "extends", "do", "scoped", "recursive", "ignore"),
}
_PLACEHOLDER = re.compile(r"(\{\{[-+]?\s*)(.+?)(\s*(?:\|[^{}]*)?[-+]?\}\})", re.DOTALL)


def slugs(columns: Sequence[str]) -> dict[str, str]:
    """A name for each column that jinja2 takes, with the column's own name, in their order.

    Letters of every script stay. Names that would be the same get `_2`, `_3`, ...; a column without a name
    becomes `column_4`, after its place.
    """
    found: dict[str, str] = {}
    for place, column in enumerate(columns, 1):
        base = _slug(column) or f"column_{place}"
        name, number = base, 1
        while name in found:
            number += 1
            name = f"{base}_{number}"
        found[name] = column
    return found


def to_slugs(template: str, names: Mapping[str, str]) -> str:
    """The template with `{{ First Name }}` written as `{{ first_name }}`; `names` as `slugs` gives them."""
    return _replaced(template, {column.strip(): slug for slug, column in reversed(list(names.items()))})


def to_columns(template: str, names: Mapping[str, str]) -> str:
    """The template as people read it, with the columns' own names; undone by `to_slugs`."""
    unambiguous = {slug: column.strip() for slug, column in names.items() if _can_stand(column, slug, names)}
    return _replaced(template, unambiguous)


def _can_stand(column: str, slug: str, names: Mapping[str, str]) -> bool:
    text = column.strip()
    if not text or any(sign in text for sign in "{}|\n%#-+"):
        return False
    return to_slugs("{{ " + text + " }}", names) == "{{ " + slug + " }}"


def _replaced(template: str, by: Mapping[str, str]) -> str:
    def one(match: re.Match[str]) -> str:
        return match[1] + by.get(match[2].strip(), match[2]) + match[3]

    return _PLACEHOLDER.sub(one, template)


def _slug(column: str) -> str:
    text = unicodedata.normalize("NFKC", column).strip().casefold()
    joined = "_".join(re.findall(r"\w+", text)).strip("_")
    if not joined:
        return ""
    if not joined.isidentifier():
        joined = f"c_{joined}"
    if not joined.isidentifier():
        return ""
    return f"{joined}_" if joined in _RESERVED else joined

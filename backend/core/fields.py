"""The kinds of form fields. The `Params` of a job type and the settings of an account are made of these; the window
builds the form.

Each function returns a pydantic `Field` whose JSON Schema carries `x-kind` and what that kind needs.
`section` is where it stands in the form: `what`, `from`, `to`, or `options` (folded away).
`when` shows the field only while other fields have one of the given values.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import Field
from pydantic_core import PydanticUndefined

Section = Literal["what", "from", "to", "options"]
REQUIRED: Any = PydanticUndefined


def field(
    kind: str,
    title: str,
    help: str = "",
    *,
    default: Any = REQUIRED,
    section: Section = "what",
    when: Mapping[str, Sequence[Any]] | None = None,
    extras: Mapping[str, Any] | None = None,
    needed: bool = False,
    **bounds: Any,
) -> Any:
    """A field of any kind. `extras` become `x-<name>` in the schema; `bounds` are pydantic's (`ge`, `max_length`).

    `needed` asks for an answer wherever the field is shown, for one that has a default for when it is not.
    """
    shown: dict[str, Any] = {"x-kind": kind, "x-section": section}
    if needed:
        shown["x-needed"] = True
    if when:
        shown["x-when"] = {name: list(values) for name, values in when.items()}
    for name, value in (extras or {}).items():
        shown[f"x-{name}"] = value
    if isinstance(default, list | dict):
        made = default.copy()
        shown["default"] = default.copy()
        return Field(
            default_factory=lambda: made.copy(),
            title=title,
            description=help,
            json_schema_extra=shown,
            **bounds,
        )
    return Field(default=default, title=title, description=help, json_schema_extra=shown, **bounds)


def text(title: str, help: str = "", *, placeholder: str = "", **rest: Any) -> Any:
    """One line of text."""
    return field("text", title, help, extras={"placeholder": placeholder} if placeholder else None, **rest)


def long_text(title: str, help: str = "", **rest: Any) -> Any:
    """Text of several lines."""
    return field("long-text", title, help, **rest)


def template_line(title: str, help: str = "", *, depends_on: Sequence[str] = (), **rest: Any) -> Any:
    """One line of text with placeholders (jinja2); `options` says which there are: the name, and words for it."""
    return field("template-line", title, help, extras={"depends-on": list(depends_on)}, **rest)


def template_text(title: str, help: str = "", *, depends_on: Sequence[str] = (), **rest: Any) -> Any:
    """Text of several lines with placeholders, as `template_line`."""
    return field("template-text", title, help, extras={"depends-on": list(depends_on)}, **rest)


def paste(title: str, help: str = "", *, placeholder: str = "", **rest: Any) -> Any:
    """Text that is no answer itself but fills in others; the type is `str`, and it is always empty when sent.

    `options` is asked with `<field>.pasted` beside the answers, and gives each answer that the text holds: the name
    of its field as value, the answer as JSON in the note. Choices without a value are sentences about the rest.
    """
    return field("paste", title, help, extras={"placeholder": placeholder} if placeholder else None, **rest)


def template_rich(title: str, help: str = "", *, depends_on: Sequence[str] = (), **rest: Any) -> Any:
    """Rich text with placeholders, as simple HTML; pictures in it are `file:` addresses of the user's computer."""
    return field("template-rich", title, help, extras={"depends-on": list(depends_on)}, **rest)


def number(title: str, help: str = "", *, unit: str = "", **rest: Any) -> Any:
    """A whole or decimal number, by the field's type; `ge`, `le`, `gt`, `lt` bound it."""
    return field("number", title, help, extras={"unit": unit} if unit else None, **rest)


def yes_no(title: str, help: str = "", **rest: Any) -> Any:
    """A switch."""
    return field("yes-no", title, help, **rest)


def choice(title: str, help: str = "", *, labels: Mapping[str, str] | None = None, **rest: Any) -> Any:
    """One of a fixed few: the field's type is a `Literal`; `labels` gives the words for each value."""
    return field("choice", title, help, extras={"labels": dict(labels)} if labels else None, **rest)


def choices(title: str, help: str = "", *, labels: Mapping[str, str] | None = None, **rest: Any) -> Any:
    """Any number of a fixed few: the field's type is a list of a `Literal`."""
    return field("choices", title, help, extras={"labels": dict(labels)} if labels else None, **rest)


def pick(title: str, help: str = "", *, depends_on: Sequence[str] = (), empty: str = "", **rest: Any) -> Any:
    """One of a list that the job type's `options` works out from the fields in `depends_on` (a sheet, a table).

    `empty` is the word for no choice.
    """
    return field("pick", title, help, extras={"depends-on": list(depends_on), "empty": empty}, **rest)


def column(title: str, help: str = "", *, depends_on: Sequence[str] = (), empty: str = "", **rest: Any) -> Any:
    """One column of the file that was picked, worked out by `options`."""
    return field("column", title, help, extras={"depends-on": list(depends_on), "empty": empty}, **rest)


def columns(title: str, help: str = "", *, depends_on: Sequence[str] = (), **rest: Any) -> Any:
    """Several columns, in an order, of the file that was picked."""
    return field("columns", title, help, extras={"depends-on": list(depends_on)}, **rest)


def tree(title: str, help: str = "", *, depends_on: Sequence[str] = (), **rest: Any) -> Any:
    """Any number of things that lie in one another, opened one by one, or searched: the type is a list of text.

    `options` is asked for the topmost; with `<field>.within` beside the answers for what lies in that one, with
    `<field>.search` for what bears a name.
    """
    return field("tree", title, help, extras={"depends-on": list(depends_on)}, **rest)


def date(title: str, help: str = "", **rest: Any) -> Any:
    """A day."""
    return field("date", title, help, **rest)


def file_in(title: str, help: str = "", *, suffixes: Sequence[str] = (), **rest: Any) -> Any:
    """An existing file; `suffixes` are those offered, as `.csv`."""
    return field("file-in", title, help, extras={"suffixes": list(suffixes)}, **rest)


def files_in(title: str, help: str = "", *, suffixes: Sequence[str] = (), **rest: Any) -> Any:
    """Several existing files."""
    return field("files-in", title, help, extras={"suffixes": list(suffixes)}, **rest)


def folder_in(title: str, help: str = "", **rest: Any) -> Any:
    """An existing folder to read from."""
    return field("folder-in", title, help, **rest)


def folder_out(title: str, help: str = "", **rest: Any) -> Any:
    """A folder that results are put into."""
    return field("folder-out", title, help, **rest)


def rows(title: str, help: str = "", *, add: str = "Add", **rest: Any) -> Any:
    """A list of small forms: the field's type is a list of a pydantic model made of these fields."""
    return field("rows", title, help, extras={"add": add}, **rest)


def secret(title: str, help: str = "", **rest: Any) -> Any:
    """A password or the like, for the settings of an account only: written, never shown again.

    The field's type is `SecretStr | None`. Its value goes to where secrets are kept, never into the record.
    """
    return field("secret", title, help, default=None, **rest)


def sign_in(title: str, help: str = "", **rest: Any) -> Any:
    """A lasting permission that a provider gives when the user signs in with it; kept as a secret is.

    The field's type is `SecretStr | None`.
    """
    return field("sign-in", title, help, default=None, **rest)


def account(title: str, help: str = "", *, kinds: Sequence[str] = (), empty: str = "", **rest: Any) -> Any:
    """An account that the user has set up, of one of these kinds, or of any where none is named.

    The field's type is `int`, the account's number.
    """
    return field("account", title, help, extras={"kinds": list(kinds), "empty": empty}, **rest)

"""A letter with placeholders (jinja2), filled in for one row of a list at a time.

The sandbox of jinja2 bounds neither time nor memory: `rendering.render_rows` tries every row in a process that can
be ended, and only a letter that has passed there may be filled in elsewhere. Everything that could make two
renderings of a row differ (`random`, the clock) is left out, so that what was tried is what is sent.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from backend.core.errors import UserError
from backend.lib.mail import links
from backend.lib.mail.characters import forbidden_in_body, forbidden_in_line
from backend.lib.mail.plaintext import text_from_html, tidy

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

Part = Literal["subject", "text", "html"]
Cell = str | int | float | bool | None

_PARTS: tuple[Part, ...] = ("subject", "text", "html")
_TITLES: dict[Part, str] = {"subject": "the subject", "text": "the letter's text", "html": "the letter"}
_WITHOUT_FILTERS = ("random", "safe", "pprint", "urlize", "tojson", "xmlattr", "attr", "map", "groupby")


@dataclass(frozen=True)
class Letter:
    """Templates. `html` may be empty (a plain letter); with `html`, an empty `text` is made from it."""

    subject: str
    text: str = ""
    html: str = ""


class Rendered(NamedTuple):
    """A letter filled in for one row; `html` is empty for a plain letter."""

    subject: str
    text: str
    html: str


class RowProblem(UserError):
    """A row that the letter cannot be filled in for; `row` and `part` say where."""

    def __init__(self, row: int, part: Part, why: str) -> None:
        super().__init__(
            "mail.row",
            f"Row {row} of the list: {_TITLES[part]} cannot be filled in. {why}",
            "Correct the row or the letter. No message has been sent.",
            fields={part: why},
        )
        self.row = row
        self.part: Part = part
        self.why = why


class CompiledLetter:
    """A letter ready to be filled in. Thread-safe.

    `names` maps placeholders to columns, as `columns.slugs` gives them. Raises UserError with the part as field
    where a template has a mistake, asks for a column that is not there, or links to what must not go out.
    """

    def __init__(self, letter: Letter, names: Mapping[str, str]) -> None:
        self._is_derived = not letter.text.strip() and bool(letter.html.strip())
        text = text_from_html(letter.html) if self._is_derived else letter.text
        self._names = dict(names)
        self._plain = _environment(autoescape=False)
        self._rich = _environment(autoescape=True)
        used: set[str] = set()
        if not letter.subject.strip():
            raise _mistake("subject", "It is empty.")
        if not text.strip() and not letter.html.strip():
            raise _mistake("text", "It is empty.")
        self._subject = self._compiled("subject", letter.subject, used)
        self._text = self._compiled("text", text, used)
        self._html = self._compiled("html", letter.html, used) if letter.html.strip() else None
        if self._html and links.unquoted_placeholder(letter.html):
            raise _mistake("html", 'A placeholder inside a tag needs quotes around it: href="{{ link }}".')
        self.placeholders = frozenset(used)

    def empty_cells(self, values: Mapping[str, Cell]) -> list[str]:
        """The columns that the letter uses and that are empty in this row, by their own names."""
        empty = (name for name in self._names if name in self.placeholders and values.get(name) in (None, ""))
        return [self._names[name] for name in empty]

    def fill(self, row: int, values: Mapping[str, Cell]) -> Rendered:
        """The letter for one row; raises RowProblem. Does not look at links: see `check`."""
        subject = self._filled(row, "subject", self._subject, values).strip()
        text = self._filled(row, "text", self._text, values)
        if self._is_derived:
            text = tidy(text)
        html = self._filled(row, "html", self._html, values) if self._html else ""
        return Rendered(subject, text, html)

    def check(self, row: int, rendered: Rendered, longest: int) -> None:
        """What takes longer to look at; raises RowProblem. `longest` is in characters, for each part."""
        if not rendered.subject:
            raise RowProblem(row, "subject", "It would be empty.")
        for part in _PARTS:
            if len(getattr(rendered, part)) > (longest if part != "subject" else 900):
                raise RowProblem(row, part, "It would be far too long.")
        if rendered.html and (sentence := links.problem_in(rendered.html)):
            raise RowProblem(row, "html", sentence)

    def _compiled(self, part: Part, source: str, used: set[str]) -> Any:
        from jinja2 import TemplateSyntaxError, meta, nodes

        environment = self._rich if part == "html" else self._plain
        try:
            tree = environment.parse(source)
            reader = meta.TrackingCodeGenerator(environment)
            reader.optimizer = None
            reader.visit(tree)
            asked = reader.undeclared_identifiers
            barred = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.EvalContextModifier)
            if any(tree.find(kind) for kind in barred):
                raise _mistake(part, "A letter can neither take in other files nor switch its safety off.")
            for name in sorted(asked):
                if name not in self._names:
                    raise _mistake(part, self._no_column(name))
            used |= asked
            return environment.from_string(tree)
        except TemplateSyntaxError as error:
            sentence = f"Line {error.lineno}: {error.message}. Placeholders look like {{{{ {self._an_example()} }}}}."
            raise _mistake(part, sentence) from error
        except RecursionError as error:
            raise _mistake(part, "Its conditions are nested too deeply.") from error

    def _filled(self, row: int, part: Part, template: Any, cells: Mapping[str, Cell]) -> str:
        try:
            # What `render` does, without a copy of all cells for each part.
            context = template.environment.context_class(template.environment, cells, template.name, template.blocks)
            filled = "".join(template.root_render_func(context))
        except _mishaps() as error:
            raise RowProblem(row, part, f"{_capital(str(error) or type(error).__name__)}.") from error
        except (RecursionError, MemoryError) as error:
            raise RowProblem(row, part, "It takes too much memory.") from error
        character = forbidden_in_line(filled.strip()) if part == "subject" else forbidden_in_body(filled)
        if character:
            raise RowProblem(row, part, f"There is {character} in it{self._culprit(cells, part)}.")
        return filled

    def _culprit(self, cells: Mapping[str, Cell], part: Part) -> str:
        forbidden = forbidden_in_line if part == "subject" else forbidden_in_body
        guilty = [
            self._names[name] for name, cell in cells.items() if name in self.placeholders and forbidden(str(cell))
        ]
        return f", from the column “{guilty[0]}”" if guilty else ""

    def _no_column(self, name: str) -> str:
        close = difflib.get_close_matches(name, self._names, 1, 0.6)
        also = f" Is {{{{ {close[0]} }}}} meant?" if close else ""
        return f"The list has no column for {{{{ {name} }}}}.{also}"

    def _an_example(self) -> str:
        return next(iter(self._names), "name")


def _mishaps() -> tuple[type[Exception], ...]:
    from jinja2 import TemplateError

    return (TemplateError, ArithmeticError, LookupError, TypeError, ValueError, AttributeError)


def _environment(*, autoescape: bool) -> "ImmutableSandboxedEnvironment":
    from jinja2 import StrictUndefined, pass_context
    from jinja2.runtime import Context
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    @pass_context
    def nothing_for_none(_context: Context, value: object) -> object:
        return "" if value is None else value

    environment = ImmutableSandboxedEnvironment(
        undefined=StrictUndefined,
        autoescape=autoescape,
        keep_trailing_newline=True,
        cache_size=0,
        # Both of these (and no optimizer in `_compiled`) keep jinja2 from working out `{{ "x" * 10**9 }}`
        # while it compiles, which is outside every limit.
        optimized=False,
        finalize=nothing_for_none,
    )
    environment.globals.clear()
    for name in _WITHOUT_FILTERS:
        environment.filters.pop(name)
    return environment


def _mistake(part: Part, why: str) -> UserError:
    return UserError(
        "mail.letter", f"There is a mistake in {_TITLES[part]}. {why}", "Correct it and try again.", fields={part: why}
    )


def _capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:].rstrip(".")

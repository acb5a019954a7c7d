"""Letters: placeholders, what is refused, and the process that fills in every row and can be ended."""

import time
from pathlib import Path

import billiard  # pyright: ignore[reportMissingTypeStubs]
import psutil
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from backend.core.errors import UserError
from backend.lib.mail.columns import slugs, to_columns, to_slugs
from backend.lib.mail.letters import Cell, CompiledLetter, Letter, RowProblem
from backend.lib.mail.plaintext import text_from_html
from backend.lib.mail.rendering import Limits, check_rows, render_rows

NAMES = slugs(["First Name", "Amount", "Link"])
ROW: dict[str, Cell] = {"first_name": "Zoë", "amount": 12.5, "link": "https://example.com/"}


def _filled(subject: str = "Hi", text: str = "", html: str = "", row: dict[str, Cell] | None = None):
    letter = CompiledLetter(Letter(subject, text or ("x" if not html else ""), html), NAMES)
    rendered = letter.fill(7, {**ROW, **(row or {})})
    letter.check(7, rendered, 100_000)
    return rendered


def test_columns_become_placeholders_that_jinja_takes():
    columns = ["First Name", "first-name", "E-Mail", "2024", "for", "", "姓名", "%", "Größe (cm)", "loop"]
    found = slugs(columns)
    assert list(found) == [
        "first_name",
        "first_name_2",
        "e_mail",
        "c_2024",
        "for_",
        "column_6",
        "姓名",
        "column_8",
        "grösse_cm",
        "loop_",
    ]
    assert list(found.values()) == columns


@given(st.lists(st.text(max_size=20), max_size=12))
def test_every_list_of_columns_has_as_many_placeholders_that_work(columns: list[str]):
    found = slugs(columns)
    assert list(found.values()) == columns
    template = "|".join(f"{{{{ {name} }}}}" for name in found)
    values = {name: str(number) for number, name in enumerate(found)}
    assert Environment().from_string(template).render(values) == "|".join(values.values())


def test_readable_names_are_written_for_placeholders_and_back():
    shown = "Dear {{ First Name }}, {{ Amount | round(2) }} {% if amount > 3 %}{{Link}}{% endif %} {{ other }}"
    stored = to_slugs(shown, NAMES)
    assert stored == "Dear {{ first_name }}, {{ amount | round(2) }} {% if amount > 3 %}{{link}}{% endif %} {{ other }}"
    assert to_columns(stored, NAMES) == shown


def test_a_letter_is_filled_in_and_html_escaped():
    rendered = _filled("For {{ first_name }}", "{{ first_name }}", "<b>{{ first_name }}</b>", {"first_name": "<i>&"})
    assert (rendered.subject, rendered.text, rendered.html) == ("For <i>&", "<i>&", "<b>&lt;i&gt;&amp;</b>")


@pytest.mark.parametrize(("amount", "said"), [(3, "little"), (500, "much"), (None, "nothing ")])
def test_conditions_work_with_numbers_and_empty_cells(amount: Cell, said: str):
    template = "{% if not amount %}nothing {{ amount }}{% elif amount > 100 %}much{% else %}little{% endif %}"
    assert _filled(text=template, row={"amount": amount}).text == said


def test_the_text_part_is_made_from_the_rich_one():
    html = (
        "<style>p {}</style><h1>Hello {{ first_name }}</h1><p>One<br>two &amp; {% if amount < 20 %}<b>small</b>"
        '{% endif %}</p><ul><li>a</li><li>b</li></ul><a href="{{ link }}">our   page</a> <img alt="Logo" src="cid:x">'
    )
    assert _filled(html=html).text == (
        "Hello Zoë\n\nOne\ntwo & small\n\n- a\n- b\n\nour page (https://example.com/) Logo\n"
    )
    assert text_from_html('<a href="mailto:a@b.de">a@b.de</a>') == "a@b.de\n"


@pytest.mark.parametrize(
    ("part", "source", "said"),
    [
        ("subject", "{{ first_nam }}", r"no column for \{\{ first_nam \}\}\. Is \{\{ first_name \}\} meant"),
        ("text", "{{ First Name }}", "Line 1"),
        ("text", "{% if amount %}", "Line 1"),
        ("html", "{{ link|safe }}", "No filter named 'safe'"),
        ("html", "{% autoescape false %}{{ link }}{% endautoescape %}", "safety off"),
        ("text", "{% include '/etc/passwd' %}", "other files"),
        ("html", "<a href={{ link }}>x</a>", "needs quotes"),
        ("subject", "  ", "empty"),
    ],
)
def test_a_mistake_in_a_letter_is_told_with_its_field(part: str, source: str, said: str):
    parts = {"subject": "Hi", "text": "x", "html": "", part: source}
    with pytest.raises(UserError, match=said) as caught:
        CompiledLetter(Letter(**parts), NAMES)
    assert list(caught.value.fields) == [part]


@pytest.mark.parametrize(
    "source",
    [
        "{{ first_name.__class__.__mro__ }}",
        "{{ ''.format.__globals__ }}",
        "{{ first_name.nothing }}",
        "{{ 1 / 0 }}",
        "{{ amount + first_name }}",
        "{{ '%d' % first_name }}",
    ],
)
def test_what_fails_for_a_row_names_the_row_and_the_part(source: str):
    with pytest.raises(RowProblem, match="Row 7 of the list: the letter's text cannot be filled in") as caught:
        _filled(text=source)
    assert (caught.value.row, caught.value.part, list(caught.value.fields)) == (7, "text", ["text"])


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x0b", "\x85", "\ud800"])
def test_control_characters_name_row_part_and_column(bad: str):
    with pytest.raises(RowProblem, match="from the column “First Name”"):
        _filled(text="Dear {{ first_name }}", row={"first_name": f"A{bad}"})


def test_a_line_break_in_a_subject_is_refused_and_one_in_the_text_is_not():
    with pytest.raises(RowProblem, match="a line break"):
        _filled("Hi {{ first_name }}!", row={"first_name": "A\nBcc: x@example.com"})
    assert _filled(text="{{ first_name }}", row={"first_name": "A\nB"}).text == "A\nB"


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<a href="{{ link }}">x</a>', "javascript:"),
        ("<a href = '{{ link }}'>x</a>", "javascript:"),
        ('x = "<a title="a=b" HREF="{{ link }}">x</a>', "javascript:"),
        ('<img src="{{ link }}">', "javascript:"),
        ('<form><button formaction="{{ link }}">x</button></form>', "javascript:"),
    ],
)
@pytest.mark.parametrize("link", ["javascript:alert(1)", " JaVa\tScript:alert(1)", "\njavascript:x"])
def test_a_link_that_runs_something_is_refused(html: str, said: str, link: str):
    with pytest.raises(RowProblem, match="not safe to send"):
        _filled(html=html, row={"link": link})


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ('<a href="java&#115;cript:x">x</a>', "not safe"),
        ('<a href="data:text/html,x">x</a>', "not safe"),
        ('<a href="www.example.com">x</a>', "put https:// in front"),
        ('<a href="">x</a>', "leads nowhere"),
        ('<img src="data:image/png;base64,AAAA">', "not safe"),
        ('<img src="mailto:a@b.de">', "not safe"),
        ("<script>x</script>", "<script>"),
        ('<p onclick="x()">x</p>', "onclick"),
        ('<svg/onload="x()">', "onload"),
        ("<iframe src='https://example.com'></iframe>", "<iframe>"),
    ],
)
def test_what_runs_or_leads_nowhere_is_refused(html: str, said: str):
    with pytest.raises(RowProblem, match=said):
        _filled(html=html)


@pytest.mark.parametrize(
    "html",
    [
        '<a href="https://example.com/?a=1&amp;b=javascript:x">x</a>',
        '<a href="#part">x</a><a href="mailto:a@b.de">m</a><a href="tel:+49">t</a>',
        '<img src="cid:logo" alt="1 = 1"><p>href=x or onclick = y in the text</p>',
    ],
)
def test_honest_links_pass(html: str):
    assert _filled(html=html).html == html


def test_empty_cells_are_those_that_the_letter_uses():
    letter = CompiledLetter(Letter("{{ first_name }}", "{% if amount %}x{% endif %}"), NAMES)
    assert letter.empty_cells({"first_name": "", "amount": None, "link": ""}) == ["First Name", "Amount"]
    assert letter.empty_cells({"first_name": "A", "amount": 0, "link": ""}) == []


def _children() -> list[psutil.Process]:
    return [child for child in psutil.Process().children() if any("spawn_main" in word for word in child.cmdline())]


def test_every_row_is_filled_in_by_the_child_as_it_is_here():
    letter = Letter("Hi {{ first_name }}", html="<p>{{ first_name }} {{ amount }}</p>")
    rows: list[tuple[int, dict[str, Cell]]] = [(n, {"first_name": f"<{n}>", "amount": n}) for n in range(2, 200)]
    compiled = CompiledLetter(letter, NAMES)
    assert list(render_rows(letter, NAMES, rows)) == [(row, compiled.fill(row, cells)) for row, cells in rows]


def test_the_first_row_that_fails_in_the_child_stops_it_with_row_and_part():
    rows: list[tuple[int, dict[str, Cell]]] = [(n, {"first_name": "", "amount": n, "link": ""}) for n in range(2, 300)]
    with pytest.raises(RowProblem, match="Row 250 of the list: the subject") as caught:
        check_rows(Letter("{{ 1 / (amount - 250) }}", "x"), NAMES, rows)
    assert (caught.value.row, caught.value.part) == (250, "subject")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (
            "{% for a in 'x' * 99999 %}{% for b in 'x' * 99999 %}{% endfor %}{% endfor %}",
            "longer than 0.5 seconds",
        ),
        ("{{ 'x' * (10 ** 9) }}", "too much memory"),
        ("{{ 'x'|center(10 ** 9) }}", "too much memory"),
        ("{{ 'x' * 200000 }}", "far too long"),
    ],
)
def test_a_letter_that_takes_too_much_is_ended(source: str, said: str):
    started = time.monotonic()
    limits = Limits(seconds=0.5, characters=100_000, memory=64 << 20)
    with pytest.raises(RowProblem, match=said) as caught:
        check_rows(Letter("Hi", source), NAMES, [(2, ROW), (3, ROW)], limits=limits)
    assert caught.value.row == 2
    assert time.monotonic() - started < 10
    assert _children() == []


def test_a_stop_ends_the_child_at_once():
    class StopError(Exception):
        pass

    def stop() -> None:
        if time.monotonic() > until:
            raise StopError

    until = time.monotonic() + 1.0
    endless = "{% for a in 'x' * 99999 %}{% for b in 'x' * 99999 %}{% endfor %}{% endfor %}"
    with pytest.raises(StopError):
        check_rows(Letter("Hi", endless), NAMES, [(2, ROW)], limits=Limits(seconds=60), checkpoint=stop)
    assert _children() == []


def _in_a_worker(target: str) -> None:
    count = check_rows(Letter("Hi {{ first_name }}", "x"), NAMES, [(n, ROW) for n in range(100)])
    Path(target).write_text(str(count))


def test_rows_are_filled_in_also_from_a_worker_process_of_celery(tmp_path: Path):
    """Such a process is a daemon in the eyes of multiprocessing, which would let it have no children."""
    process = billiard.Process(target=_in_a_worker, args=(str(tmp_path / "count"),))  # pyright: ignore
    process.daemon = True
    process.start()
    process.join(30)
    assert process.exitcode == 0
    assert (tmp_path / "count").read_text() == "100"

"""Rich text of letters: reduced to what may go out, with placeholders, conditions and pictures left whole."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import UserError
from backend.lib.mail.markup import clean
from backend.lib.mail.pictures import embed, show
from backend.lib.mail.plaintext import text_from_html

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.mark.parametrize(
    "template",
    [
        '<div>Dear {{ a | default("<x>") }}, {% if n > 3 and b == "c" %}<b>many</b>{% endif %}</div>',
        '<a href="{{ link }}">l</a> <a href="https://x.y/?a={{ b }}&amp;c=1">m</a>',
        "<table><tbody>{% for one in many %}<tr><td>{{ one }}</td></tr>{% endfor %}</tbody></table>",
        '<p style="color:red">a &lt; b &amp; c</p><img src="cid:logo" width="100" alt="Logo">',
    ],
)
def test_a_harmless_template_stays_as_it_is(template: str) -> None:
    assert clean(template) == template


@pytest.mark.parametrize(
    ("template", "left"),
    [
        ("<b onclick='x()'>a</b><script>x()</script><style>b {}</style>", "<b>a</b>"),
        ("<iframe src='https://x.y'></iframe><form><input name='a'>b</form>", "b"),
        ('<p style="color: red; position: fixed">a<!-- b --></p>', '<p style="color:red">a</p>'),
        ("<svg><a xlink:href='javascript:x'>a</a></svg>b", "b"),
        ("<!--jinja 0-->{{ a }}\U000f0000<!--jinja 7-->", "{{ a }}"),
    ],
)
def test_what_runs_or_hides_is_taken_out(template: str, left: str) -> None:
    assert clean(template) == left


@given(st.text(alphabet="<>/abij {}%#\"'=&;!-\U000f0000", max_size=60))
def test_cleaning_twice_is_cleaning_once_and_leaves_no_script(template: str) -> None:
    once = clean(template)
    assert "<script" not in once.lower()
    assert clean(clean(once)) == clean(once)


def test_lines_of_the_editor_are_lines_of_the_text() -> None:
    html = (
        "<div>Dear A,</div>\n<div><br></div>\n<div>one<br>two</div>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n"
        "{% if x %}<div>more</div>{% endif %}\n<div>end</div>"
    )
    assert text_from_html(html) == "Dear A,\n\none\ntwo\n\n- a\n- b\n\n{% if x %}more\n{% endif %} end\n"


def test_pictures_go_along_once_and_can_be_shown_again(tmp_path: Path) -> None:
    file = tmp_path / "our logo & co.png"
    file.write_bytes(PNG)
    address = file.as_uri()
    html = clean(f'<img src="{address}" width="9">a<img src="{address}">')
    embedded, parts, shown_as = embed(html)
    assert embedded == '<img src="cid:picture1@letter" width="9">a<img src="cid:picture1@letter">'
    assert [(part.name, part.kind, part.cid) for part in parts] == [(file.name, "image/png", "picture1@letter")]
    assert show(embedded, shown_as).count(address) == 2


@pytest.mark.parametrize(
    ("name", "contents", "said"),
    [
        ("a.png", b"no picture", "not a picture"),
        ("a.svg", b"<svg/>", "not a picture"),
        ("a.png", PNG + bytes(5 << 20), "larger than 5 MB"),
        ("", b"", "cannot be read"),
    ],
)
def test_what_is_no_picture_is_refused(tmp_path: Path, name: str, contents: bytes, said: str) -> None:
    file = tmp_path / (name or "missing.png")
    if name:
        file.write_bytes(contents)
    with pytest.raises(UserError, match=said):
        embed(f'<img src="{file.as_uri()}">')


@pytest.mark.parametrize("address", ["file://server/share/a.png", "file:///{{ a }}.png"])
def test_a_picture_of_another_computer_or_by_a_placeholder_is_refused(address: str) -> None:
    with pytest.raises(UserError, match="not a file of this computer"):
        embed(f'<img src="{address}">')

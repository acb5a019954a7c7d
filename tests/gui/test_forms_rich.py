"""The small editor for rich text: what is done in it is the simple HTML that goes out, and comes back the same."""

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData
from PySide6.QtGui import QColor, QImage, QTextCursor
from pytestqt.qtbot import QtBot

from desktop.ui.forms.control import Offer, OfferState
from desktop.ui.forms.rich import RichTextControl
from desktop.ui.forms.richedit import LinkDialog
from desktop.ui.forms.richtext import whole_address
from tests.gui.test_forms_templates import pick
from tests.helpers.form_driving import control

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

LETTER = """<div>Dear <b>{{ name }}</b> &amp; co, {% if n > 3 and n <5 %}<i>all</i>{% endif %}</div>
<div><br></div>
<div>two<br>lines</div>
<ul>
<li>one</li>
<li><b><i>two</i></b></li>
</ul>
<ol>
<li>first</li>
</ol>
<div>see <a href="https://x.y/?a=1&amp;b={{ q }}">this</a> <img src="file:///a%20b.png" width="100"></div>
<div>end</div>"""


@pytest.fixture
def letter(qtbot: QtBot) -> RichTextControl:
    made = control("rich", RichTextControl)
    qtbot.addWidget(made)
    return made


def select(letter: RichTextControl, words: str) -> None:
    """Selects the first place where these words stand."""
    letter.edit.setTextCursor(letter.edit.document().find(words))


def test_a_letter_comes_back_as_it_was(letter: RichTextControl) -> None:
    letter.set_value(LETTER)
    assert letter.value() == LETTER


@pytest.mark.parametrize("html", ["", "<div><br></div>", "<p> </p>"])
def test_a_letter_with_nothing_in_it_is_none(letter: RichTextControl, html: str) -> None:
    letter.set_value(html)
    assert letter.value() == ""


def test_tools_change_what_is_selected_and_show_how_it_looks(letter: RichTextControl) -> None:
    letter.set_value("<div>one two</div><div>three</div>")
    select(letter, "two")
    letter.bold.click()
    letter.italic.click()
    assert letter.value() == "<div>one <b><i>two</i></b></div>\n<div>three</div>"
    select(letter, "one")
    assert not letter.bold.isChecked()
    select(letter, "two")
    assert letter.bold.isChecked()
    letter.bold.click()
    assert letter.value() == "<div>one <i>two</i></div>\n<div>three</div>"


def test_paragraphs_become_a_list_another_kind_of_list_and_paragraphs_again(letter: RichTextControl) -> None:
    letter.set_value("<div>one</div><div>two</div>")
    letter.edit.selectAll()
    letter.bullets.click()
    assert letter.value() == "<ul>\n<li>one</li>\n<li>two</li>\n</ul>"
    assert letter.bullets.isChecked()
    letter.numbers.click()
    assert letter.value() == "<ol>\n<li>one</li>\n<li>two</li>\n</ol>"
    letter.numbers.click()
    assert letter.value() == "<div>one</div>\n<div>two</div>"


def test_a_link_is_asked_for_and_what_follows_is_none(letter: RichTextControl) -> None:
    letter.set_value("<div>see our page</div>")
    select(letter, "our page")
    letter.link.click()
    dialog = letter.dialog
    assert isinstance(dialog, LinkDialog)
    assert dialog.words.text() == "our page"
    dialog.address.setText("example.com/a?b=1&c=2")
    dialog.accept()
    letter.edit.textCursor().insertText(", please")
    assert letter.value() == ('<div>see <a href="https://example.com/a?b=1&amp;c=2">our page</a>, please</div>')


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        (" example.com ", "https://example.com"),
        ("anna@example.com", "mailto:anna@example.com"),
        ("http://example.com", "http://example.com"),
        ("{{ link }}", "{{ link }}"),
        ("tel:+491234", "tel:+491234"),
    ],
)
def test_an_address_is_completed_as_it_is_meant(typed: str, meant: str) -> None:
    assert whole_address(typed) == meant


def test_a_picture_is_put_in_no_wider_than_mail_programs_show(letter: RichTextControl, tmp_path: Path) -> None:
    for name, width in (("small & fine.png", 20), ("wide.png", 2000)):
        picture = QImage(width, 10, QImage.Format.Format_RGB32)
        picture.fill(QColor("red"))
        assert picture.save(str(tmp_path / name))
        letter.edit.put_picture(str(tmp_path / name))
    assert letter.value() == (
        f'<div><img src="{tmp_path.as_uri()}/small%20&amp;%20fine.png" width="20">'
        f'<img src="{tmp_path.as_uri()}/wide.png" width="480"></div>'
    )


def test_placeholders_and_conditions_are_put_in_with_the_look_of_what_is_there(letter: RichTextControl) -> None:
    letter.show_offers(OfferState("ready", "", (Offer("first_name", "First Name"),)))
    letter.set_value("<div>Dear <b>you</b></div>")
    select(letter, "you")
    pick(letter.placeholders.conditions, "First Name")
    assert letter.value() == "<div>Dear <b>{% if first_name %}you{% endif %}</b></div>"
    letter.edit.moveCursor(QTextCursor.MoveOperation.Start)
    pick(letter.placeholders.choices, "First Name")
    assert letter.value().startswith("<div>{{ first_name }}Dear")


def test_what_is_pasted_keeps_only_what_a_letter_may_have(letter: RichTextControl) -> None:
    pasted = QMimeData()
    pasted.setHtml(
        "<html><head><style>b {color: red}</style></head><body><h1 style='font-family: x'>Title</h1><p>a "
        "<a href='https://x.y'>link</a> <img src='https://x.y/spy.png'></p><script>x()</script></body></html>"
    )
    letter.edit.insertFromMimeData(pasted)
    assert letter.value() == '<div><b>Title</b></div>\n<div>a <a href="https://x.y">link</a> </div>'
    plain = QMimeData()
    plain.setText("<b>1 & 2</b>")
    letter.edit.selectAll()
    letter.edit.insertFromMimeData(plain)
    assert letter.edit.toPlainText() == "<b>1 & 2</b>"

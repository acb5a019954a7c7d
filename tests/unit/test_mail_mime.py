"""Messages written by hand, read back by the standard library's parser."""

import email
import email.policy
import re
from email.header import decode_header, make_header
from email.message import EmailMessage
from email.utils import parseaddr, parsedate_to_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import UserError
from backend.lib.mail.addresses import Address, parse
from backend.lib.mail.mime import Envelope, FilePart, Mailbox, Message, file_part

_CLEAN = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\u2028\u2029\ufffe\uffff")
_LINE = st.text(_CLEAN, max_size=200).map(str.strip)
_BODY = st.text(st.one_of(_CLEAN, st.sampled_from("\n\n..=-_ \tFrom")), max_size=600)
_FILE_NAME = st.text(_CLEAN, max_size=120).map(str.strip).filter(bool)

SENDER = Mailbox("Zoë Grün, Office", parse("office@example.com"))
ANNA = Mailbox("Anna", parse("anna@example.com"))


def _envelope(**more: object) -> Envelope:
    return Envelope(SENDER, **more)  # pyright: ignore[reportArgumentType]


def _message(envelope: Envelope | None = None, to: Mailbox = ANNA, **parts: object) -> Message:
    given_parts = {"subject": "Hello", "text": "Good day\n", **parts}
    return (envelope or _envelope()).message(
        to,
        message_id="<1.abc@example.com>",
        date=1_790_000_000.0,
        **given_parts,  # pyright: ignore[reportArgumentType]
    )


def _read(message: Message) -> EmailMessage:
    data = message.as_bytes()
    assert all(len(line) <= 998 for line in data.split(b"\r\n"))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", data), "a bare CR or LF"
    read = email.message_from_bytes(data, policy=email.policy.default)
    assert isinstance(read, EmailMessage)
    for part in read.walk():
        assert part.defects == []
    return read


def _only_address(message: Message, header: str) -> tuple[str, str]:
    """Name and address by the older parser: the newer one puts spaces between the encoded words of a name."""
    read = email.message_from_bytes(message.as_bytes(), policy=email.policy.compat32)
    name, address = parseaddr(str(read[header]).replace("\r\n", ""))
    return str(make_header(decode_header(name))), address


def _content(read: EmailMessage, kind: str) -> str:
    part = read.get_body((kind,))
    assert part is not None
    return part.get_content().replace("\r\n", "\n")


def _normal(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


@given(_LINE)
def test_every_subject_is_read_back_as_it_was_written(subject: str):
    assert str(_read(_message(subject=subject))["Subject"]) == subject


@given(_LINE)
def test_every_display_name_is_read_back_with_its_address(name: str):
    message = _message(to=Mailbox(name, ANNA.address))
    assert _read(message)["To"]
    assert _only_address(message, "To") == (" ".join(name.split()), "anna@example.com")


@given(_BODY, _BODY)
def test_every_text_and_every_html_is_read_back_as_it_was_written(text: str, html: str):
    read = _read(_message(text=text, html=html or "x"))
    assert _content(read, "plain") == _normal(text)
    assert _content(read, "html") == _normal(html or "x")


@given(_FILE_NAME, st.binary(max_size=400))
def test_every_file_name_and_content_is_read_back_as_it_was_written(name: str, contents: bytes):
    read = _read(_message(_envelope(attachments=[file_part(name, "application/pdf", contents)])))
    (attachment,) = read.iter_attachments()
    assert attachment.get_filename() == name
    assert attachment.get_content() == contents
    assert attachment.get_content_type() == "application/pdf"


@given(_BODY)
def test_dots_are_doubled_on_the_wire_and_the_end_is_marked_once(text: str):
    message = _message(text=text)
    data = message.as_data()
    assert data.endswith(b"\r\n.\r\n")
    assert data.count(b"\r\n.\r\n") == 1
    received = re.sub(rb"(?m)^\.", b"", data[:-3])
    assert received == message.as_bytes()


def _tree(part: EmailMessage) -> object:
    kinds = [_tree(child) for child in part.iter_parts()] if part.is_multipart() else []  # pyright: ignore
    return (part.get_content_type(), kinds) if kinds else part.get_content_type()


@pytest.mark.parametrize(
    ("html", "picture", "shared", "own", "shape"),
    [
        ("", False, False, False, "text/plain"),
        ("<p>", False, False, False, ("multipart/alternative", ["text/plain", "text/html"])),
        (
            "<p>",
            True,
            False,
            False,
            ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
        ),
        ("", False, False, True, ("multipart/mixed", ["text/plain", "text/csv"])),
        (
            "<p>",
            True,
            True,
            True,
            (
                "multipart/mixed",
                [
                    ("multipart/alternative", ["text/plain", ("multipart/related", ["text/html", "image/png"])]),
                    "text/csv",
                    "application/pdf",
                ],
            ),
        ),
    ],
)
def test_a_message_has_the_layers_that_it_needs_and_no_others(
    html: str, picture: bool, shared: bool, own: bool, shape: object
):
    envelope = _envelope(
        pictures=[file_part("logo.png", "image/png", b"\x89PNG", "logo")] if picture else [],
        attachments=[file_part("terms.pdf", "application/pdf", b"%PDF")] if shared else [],
    )
    extra: list[FilePart] = [file_part("own.csv", "text/csv", b"a;b")] if own else []
    read = _read(_message(envelope, html=html, attachments=extra))
    assert _tree(read) == shape
    if picture:
        pictures = [part for part in read.walk() if part.get_content_type() == "image/png"]
        assert [part["Content-ID"] for part in pictures] == ["<logo>"]
        assert pictures[0].get_payload(decode=True) == b"\x89PNG"


def test_date_and_message_id_are_the_ones_given_and_the_sender_keeps_its_umlauts():
    read = _read(_message())
    assert read["Message-ID"] == "<1.abc@example.com>"
    assert parsedate_to_datetime(str(read["Date"])).timestamp() == 1_790_000_000
    assert _only_address(_message(), "From") == ("Zoë Grün, Office", "office@example.com")


def test_a_message_can_be_unsubscribed_from_with_one_click():
    read = _read(_message(unsubscribe_mailto="leave@example.com", unsubscribe_url="https://example.com/u?a=1"))
    assert read["List-Unsubscribe"] == "<https://example.com/u?a=1>, <mailto:leave@example.com>"
    assert read["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    by_mail = _read(_message(unsubscribe_mailto="leave@example.com"))
    assert by_mail["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize("url", ["http://example.com/u", "https://exa mple.com", "https://e.com/>\r\nBcc: x@y.de"])
def test_an_unsafe_address_for_unsubscribing_is_refused(url: str):
    with pytest.raises(UserError):
        _message(unsubscribe_url=url)


@pytest.mark.parametrize("bad", ["\x00", "\r\nBcc: x@example.com", "\n", "\x7f", "\x85", "\u2028"])
def test_control_characters_are_refused_in_every_header(bad: str):
    with pytest.raises(UserError):
        _message(subject=f"Hello{bad}")
    with pytest.raises(UserError):
        _message(to=Mailbox(f"Anna{bad}", ANNA.address))
    with pytest.raises(UserError):
        file_part(f"a{bad}.pdf", "application/pdf", b"")


@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\x1b", "\x9f", "\ud800"])
def test_control_characters_are_refused_in_bodies(bad: str):
    with pytest.raises(UserError):
        _message(text=f"Good{bad} day")
    with pytest.raises(UserError):
        _message(html=f"Good{bad} day")


def test_an_address_outside_ascii_stands_in_utf8_in_its_header():
    jose = parse("josé@bücher.example.com")
    data = _message(to=Mailbox("José", jose)).as_bytes()
    assert "<josé@xn--bcher-kva.example.com>".encode() in data
    assert isinstance(jose, Address)


def test_a_body_that_holds_the_boundary_does_not_end_its_part():
    envelope = _envelope(marker="fixed")
    text = "one\n--=_fixeda--\ntwo\n"
    assert _content(_read(_message(envelope, text=text, html="<p>x</p>")), "plain") == text

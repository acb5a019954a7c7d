"""Addresses: which are good, which are the same, and what a list is made of."""

from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.core.errors import UserError
from backend.lib.mail import addresses as addresses_module
from backend.lib.mail.addresses import Address, check_list, envelope, parse


@pytest.mark.parametrize(
    ("written", "envelope_form", "key"),
    [
        ("anna@example.com", "anna@example.com", "anna@example.com"),
        ("  Anna.B+news@EXAMPLE.com ", "Anna.B+news@example.com", "anna.b+news@example.com"),
        ("info@bücher.example.com", "info@xn--bcher-kva.example.com", "info@xn--bcher-kva.example.com"),
        ("José@example.com", "José@example.com", "josé@example.com"),
        ("用户@例子.cn", "用户@xn--fsqu00a.cn", "用户@xn--fsqu00a.cn"),
    ],
)
def test_good_addresses_have_a_form_to_send_to_and_one_to_compare(written: str, envelope_form: str, key: str):
    address = parse(written)
    assert (address.envelope, address.key) == (envelope_form, key)
    assert address.needs_utf8 == (not envelope_form.partition("@")[0].isascii())


@pytest.mark.parametrize(
    "written",
    [
        "anna",
        "anna@",
        "@example.com",
        "anna@example",
        "anna@@example.com",
        "an na@example.com",
        "anna.@example.com",
        "Anna <anna@example.com>",
        '"a b"@example.com',
        "anna@[127.0.0.1]",
        "anna@example.com\r\nBcc: x@example.com",
        "anna\x00@example.com",
        "a" * 65 + "@example.com",
        "anna@intranet.local",
        "anna@mail.test",
        "anna@localhost",
    ],
)
def test_what_is_no_public_address_is_refused_in_words(written: str):
    with pytest.raises(UserError, match="is not an e-mail address") as caught:
        parse(written)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("written", ["a@example.com, b@example.com", "a@example.com;b@example.com", "a@b.de c@d.de"])
def test_two_addresses_in_one_cell_are_named_as_such(written: str):
    with pytest.raises(UserError, match="more than one address"):
        parse(written)


@pytest.mark.parametrize(
    "written", ["anna@intranet.local", "anna@mail.test", "anna@localhost", "Anna@SERVER", "anna@example.com"]
)
def test_names_of_a_local_network_are_good_where_they_are_allowed(written: str):
    assert parse(written, internal=True).envelope == written.partition("@")[0] + "@" + written.partition("@")[2].lower()
    with pytest.raises(UserError):
        parse("an na@intranet.local", internal=True)


@given(st.text(max_size=60))
def test_no_text_makes_an_envelope_that_holds_more_than_one_address(text: str):
    try:
        address = parse(text)
    except UserError:
        return
    assert envelope(address.envelope) == address.envelope
    assert not set(address.envelope) & set(" ,;<>\r\n\t\0\"'()[]") - {"'"}
    assert address.envelope.count("@") == 1


def test_a_list_is_sorted_into_good_ones_and_findings_with_their_rows():
    rows = [
        (2, "anna@example.com"),
        (3, ""),
        (4, "nonsense"),
        (5, " ANNA@example.com"),
        (6, "left@example.com"),
        (7, "berta@example.com"),
    ]
    checked = check_list(rows, suppressed={"left@example.com"})
    assert [(row, address.text) for row, address in checked.good] == [(2, "anna@example.com"), (7, "berta@example.com")]
    assert [(one.row, one.kind) for one in checked.findings] == [
        (3, "empty"),
        (4, "bad"),
        (5, "duplicate"),
        (6, "suppressed"),
    ]
    assert "row 2" in checked.findings[2].sentence
    assert checked.count("duplicate") == 1


def test_checking_a_long_list_can_be_stopped():
    class StopError(Exception):
        pass

    def stop() -> None:
        raise StopError

    with pytest.raises(StopError):
        check_list(((n, f"p{n}@example.com") for n in range(10**9)), checkpoint=stop)


@example(local="WWW", domain="example.com", internal=False)
@example(local="Postmaster", domain="mail.test", internal=True)
@given(
    st.from_regex(r"[A-Za-z0-9_+.-]{1,70}", fullmatch=True),
    st.one_of(
        st.sampled_from(["example.com", "Example.ORG", "mail.test", "localhost", "xn--bcher-kva.example.com", "-a.de"]),
        st.from_regex(r"[A-Za-z0-9.-]{1,40}", fullmatch=True),
    ),
    st.booleans(),
)
def test_a_simple_address_is_judged_as_it_would_be_with_a_closer_look(local: str, domain: str, internal: bool):
    def judged(parse: Callable[[str, bool], Address]) -> Address | str:
        try:
            return parse(f"{local}@{domain}", internal)
        except UserError as error:
            return error.message

    closely: Callable[[str, bool], Address] = addresses_module._checked  # pyright: ignore[reportPrivateUsage]
    assert judged(lambda text, internal: parse(text, internal=internal)) == judged(closely)

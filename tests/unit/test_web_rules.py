"""The rules of web calls that need no server: addresses, pasted commands, covers, and where records are."""

import ipaddress
import json
import string
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.errors import UserError
from backend.lib.accounts.kinds.web import ACCOUNT_KIND, WebSettings
from backend.lib.masking import COVER, shown_body, shown_url
from backend.lib.tables.records import at_path, flat, framed, parsed, records_in
from backend.lib.web.addresses import is_public
from backend.lib.web.curl import read_curl
from backend.lib.web.paging import with_parameter

OWN = [
    "127.0.0.1", "127.8.8.8", "0.0.0.0", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.2.1", "198.18.0.1", "224.0.0.1", "255.255.255.255", "240.0.0.1", "::", "::1", "fe80::1",
    "fe80::1%eth0", "fc00::1", "fd12::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "2002:7f00:1::", "2002:c0a8:101::", "2001:db8::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "93.184.215.14", "172.32.0.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", OWN)
def test_addresses_of_computers_networks_and_tests_are_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_addresses_of_the_internet_are_public(address: str) -> None:
    assert is_public(address)


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_however_it_is_wrapped(address: ipaddress.IPv4Address) -> None:
    wrapped = [f"::ffff:{address}", str(ipaddress.IPv6Address(0x64FF9B << 96 | int(address)))]
    assert {is_public(each) for each in wrapped} == {is_public(str(address))}


def test_a_command_of_a_description_fills_in_the_form() -> None:
    read = read_curl(
        """curl -sS -XPOST 'https://api.example.com/v1/orders?x=1' \\
          -H "Content-Type: application/json" -H 'Accept: application/json' -H 'Authorization: Bearer tok-1' \\
          --max-time 20 --retry=5 -d '{"name": "it''s"}' --compressed -u ann:pw"""
    )
    assert read.answers == {
        "url": "https://api.example.com/v1/orders?x=1",
        "method": "POST",
        "content": "json",
        "body": '{"name": "its"}',
        "headers": [{"name": "Accept", "value": "application/json"}],
        "seconds": 20,
        "again": 5,
    }
    assert read.notes == ["The login was left out: choose an account for it, or make one."]


def test_a_command_copied_from_a_browser_is_read_without_its_cookies_and_keys() -> None:
    read = read_curl(
        r"""curl 'https://shop.example.com/api' -H 'accept: */*' -H 'cookie: sid=s3cret' -H 'sec-fetch-mode: cors' """
        r"""-H 'x-api-key: k3y' -H 'content-type: text/plain' --data-raw $'a\u0021 \'b\'\nc' --http3 -k"""
    )
    assert read.answers["body"] == "a! 'b'\nc"
    assert read.answers["content"] == "text"
    assert read.answers["headers"] == [
        {"name": "accept", "value": "*/*"},
        {"name": "content-type", "value": "text/plain"},
    ]
    assert "s3cret" not in repr(read)
    assert "k3y" not in repr(read)
    told = " ".join(read.notes)
    for words in ("Cookies were left out", "x-api-key looks like a key", "--http3 is not known", "always checked"):
        assert words in told


@pytest.mark.parametrize(
    ("command", "answers"),
    [
        ("curl example.com", {"url": "http://example.com", "method": "GET"}),
        ("$ curl -I https://example.com", {"method": "HEAD"}),
        ("curl -G https://example.com/s -d q=a --data-urlencode 'x=b c'", {"url": "https://example.com/s?q=a&x=b+c"}),
        ("curl https://example.com -d a=1 -d b=2", {"method": "POST", "content": "form", "body": "a=1&b=2"}),
        ("curl https://example.com -T x -d @data.json", {"content": "file", "file": "data.json"}),
        ("curl --json '[1]' https://example.com", {"content": "json", "body": "[1]"}),
        ("curl https://ann:pw@example.com/x", {"url": "https://example.com/x"}),
        ("curl -X BREW https://example.com", {"method": "GET"}),
        ('curl.exe "https://example.com/a b"', {"url": "https://example.com/a b"}),
    ],
)
def test_the_usual_options_are_known(command: str, answers: dict[str, Any]) -> None:
    read = read_curl(command).answers
    assert {name: read[name] for name in answers} == answers


@pytest.mark.parametrize(
    "command", ["", "wget https://x", "curl", "curl 'https://x", "curl https://x -H", 'curl ^"x^"']
)
def test_what_is_no_whole_command_is_said_at_the_field(command: str) -> None:
    with pytest.raises(UserError) as caught:
        read_curl(command)
    assert caught.value.fields.keys() == {"curl"}


@settings(max_examples=300)
@given(st.text(alphabet=string.printable, max_size=60))
def test_a_pasted_text_is_read_or_refused_in_words(text: str) -> None:
    told: dict[str, Any] = {}
    try:
        told = read_curl(f"curl {text}").answers
    except UserError as error:
        told = dict(error.fields)
    assert told.get("url") or told.get("curl")


def test_what_may_be_a_secret_is_covered() -> None:
    assert (
        shown_url("https://a.test/x?page=2&api_key=abc&token=&q=1")
        == f"https://a.test/x?page=2&api_key={COVER}&token={COVER}&q=1"
    )
    assert shown_url("https://ann:pw@a.test/") == "https://a.test/"
    assert "pw" not in shown_body('{"user": "ann", "Password": "pw\\"pw", "n": 1}')
    assert shown_body("user=ann&password=pw") == f"user=ann&password={COVER}"


def test_records_are_found_where_services_put_them() -> None:
    items = [{"a": 1}, {"a": 2}]
    for answer in (items, {"items": items}, {"meta": {"n": 2}, "data": {"orders": items, "errors": [{"e": 1}]}}):
        assert records_in(answer, "") == items
    assert records_in({"a": 1}, "") is None
    assert records_in({"a": {"b": {"c": 1}}}, "a.b") == [{"c": 1}]
    assert records_in({"a": 1}, "b") is None
    assert at_path({"@odata.nextLink": "x"}, "@odata.nextLink") == "x"
    assert at_path({"a": {"b.c": {"d": 1}}}, "a.b.c.d") == 1
    assert parsed(b'{"a": 1}\n{"a": 2}\n', "x") == items
    assert parsed("﻿[1]".encode(), "x") == [1]


def test_every_record_becomes_one_row_and_nothing_is_lost() -> None:
    rows = [{"a": {"b": [1, "x"]}, "c": [{"d": 1}], "e": {}}, {"c": 1}, "plain"]
    frame = framed([flat(row) for row in rows])
    assert frame.to_dict(as_series=False) == {
        "a.b": ["1, x", None, None],
        "c": ['[{"d": 1}]', "1", None],
        "e": ["{}", None, None],
        "value": [None, None, "plain"],
    }


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(values, max_size=6))
def test_any_json_becomes_a_table_of_as_many_rows(rows: list[Any]) -> None:
    frame = framed([flat(row) for row in json.loads(json.dumps(rows))])
    assert frame.height == len(rows) or frame.width == 0


def test_a_parameter_takes_the_place_of_the_one_before() -> None:
    assert with_parameter("https://a.test/x?a=1&page=2&b=ä", "page", "3") == "https://a.test/x?a=1&b=%C3%A4&page=3"


def test_an_account_needs_the_secret_of_its_way_and_no_login_goes_in_the_clear() -> None:
    address = "https://api.example.com"
    needs = {
        way: list(ACCOUNT_KIND.needs(WebSettings(address=address, login=way)))
        for way in ("none", "basic", "bearer", "header")
    }
    assert needs == {"none": [], "basic": ["password"], "bearer": ["token"], "header": ["token"]}
    with pytest.raises(ValueError, match="begins with https"):
        WebSettings(address="http://api.example.com", login="basic")
    assert WebSettings(address="http://nas.local", login="basic", private=True).private

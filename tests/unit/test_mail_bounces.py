"""Mail that came back: what it says of whom, and when that counts."""

from pathlib import Path

import pytest

from backend.lib.mail.bounces import bounces_in, is_hard, ours
from backend.lib.mail.ledger import Ledger
from tests.helpers.mail_ledgers import note, people
from tests.helpers.returned_mail import returned


def test_a_report_says_who_was_not_reached_and_why() -> None:
    (bounce,) = bounces_in(returned("Anna@Example.com", "<1.a@example.com>"))
    assert (bounce.address.key, bounce.status, bounce.hard) == ("anna@example.com", "5.1.1", True)
    assert bounce.words == "550 5.1.1 User unknown"
    assert bounce.message_id == "<1.a@example.com>"


@pytest.mark.parametrize(
    ("status", "hard"),
    [
        ("5.1.1", True),
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.4.4", True),
        ("5.2.2", False),
        ("5.7.1", False),
        ("5.1.8", False),
        ("4.1.1", False),
        ("2.1.5", False),
        ("", False),
        ("5.1", False),
    ],
)
def test_only_a_status_about_the_address_itself_is_hard(status: str, hard: bool) -> None:
    assert is_hard(status) is hard


def test_delays_other_mail_and_nonsense_are_no_bounces() -> None:
    assert bounces_in(returned("anna@example.com", "<1@e.com>", action="delayed", status="4.4.1")) == []
    assert bounces_in(b"From: anna@example.com\r\nSubject: out of office\r\n\r\nI am away.\r\n") == []
    assert bounces_in(returned("not an address", "<1@e.com>")) == []
    assert bounces_in(b"Content-Type: multipart/report\r\n\r\n\xff\xfe\x00") == []
    assert bounces_in(b"") == []
    whole = returned("anna@example.com", "<1@e.com>")
    for end in range(0, len(whole), 37):
        assert len(bounces_in(whole[:end])) <= 1


def test_a_forged_report_does_not_count(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(2), "example.com")
        (claim,) = note(ledger, ("sent", "250 ok"))
    ledgers = [tmp_path / "l"]
    (genuine,) = bounces_in(returned("p2@example.com", claim.message_id))
    assert ours(genuine, ledgers)
    for address, message_id in (
        ("p3@example.com", claim.message_id),
        ("p2@example.com", "<guessed@example.com>"),
        ("p2@example.com", ""),
        ("p3@example.com", ""),
    ):
        (forged,) = bounces_in(returned(address, message_id))
        assert not ours(forged, ledgers)

"""Whoever was refused is handed on to one later mailing, and whoever is on the list gets nothing to the last."""

from pathlib import Path

import pytest

from backend.core.errors import UserError
from backend.lib.mail.handing_on import hand_on, refused
from backend.lib.mail.ledger import Claim, Ledger
from backend.lib.mail.mime import Message
from backend.lib.mail.suppression import heeding
from tests.helpers.mail_ledgers import note, people


def test_a_refused_one_is_handed_on_to_the_first_that_asks_and_to_no_other(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(4), "example.com")
        note(ledger, ("refused", "550 no"), ("sent", "250 ok"), ("unknown", "lost"))
        assert refused(tmp_path / "l") == {"p2@example.com": 0}
        assert hand_on(tmp_path / "l", 7) == {"p2@example.com"}
        note(ledger, ("refused", "550 no"))
    assert hand_on(tmp_path / "l", 8) == {"p5@example.com"}
    assert hand_on(tmp_path / "l", 7) == {"p2@example.com"}
    assert hand_on(tmp_path / "l", 9) == frozenset()
    assert refused(tmp_path / "l") == {"p2@example.com": 7, "p5@example.com": 8}
    with pytest.raises(UserError, match="not there any more"):
        hand_on(tmp_path / "none", 7)
    assert not (tmp_path / "none").exists()


def test_whoever_was_put_on_the_list_after_the_mailing_was_prepared_is_skipped(tmp_path: Path) -> None:
    composed: list[str] = []

    def compose(claim: Claim) -> Message:
        composed.append(claim.address.key)
        raise UserError("test", "Enough.", "")

    with Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(2), "example.com")
        heeded = heeding(compose, {"p2@example.com"})
        for claim in ledger.claim(2):
            with pytest.raises(UserError, match=r"list of those who get no mail|Enough"):
                heeded(claim)
    assert composed == ["p3@example.com"]

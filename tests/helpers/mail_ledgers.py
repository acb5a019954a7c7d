"""Ledgers of mailings that never were, in the folders of jobs."""

from collections.abc import Iterator
from pathlib import Path

from backend.core.paths import DataPaths, private_dir
from backend.lib.mail.addresses import Address
from backend.lib.mail.ledger import Claim, Ledger
from backend.lib.mail.ledger_file import LEDGER_NAME, Recipient, State


def ledger_place(paths: DataPaths, job: int) -> Path:
    """Where the ledger of a job belongs."""
    return private_dir(paths.job(job)) / LEDGER_NAME


def people(count: int) -> Iterator[Recipient]:
    """Recipients from row 2 on, as a list under a header has them."""
    for row in range(2, count + 2):
        address = f"p{row}@example.com"
        yield Recipient(row, Address(address, address, address), f"Person {row}", {"row": row})


def note(ledger: Ledger, *outcomes: tuple[State, str]) -> list[Claim]:
    """Lets the next recipients come to these ends, each with the server's words."""
    claims = ledger.claim(len(outcomes))
    for claim, (state, words) in zip(claims, outcomes, strict=True):
        ledger.about_to(claim)
        ledger.record(claim, state, words, 1e12 if state == "deferred" else 0.0)
    ledger.flush()
    return claims

"""What a scheduled job waits for: the network, by its kind or its account."""

from collections.abc import Generator
from pathlib import Path

import pytest

from backend.queue.schedules import needs
from backend.queue.schedules.needs import lacking
from backend.store import accounts
from backend.store.record import record
from tests.helpers.backup_accounts import add_backup, desk
from tests.helpers.web_servers import add_web_account


@pytest.fixture(autouse=True)
def _offline_desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[None]:  # pyright: ignore[reportUnusedFunction]
    """A record on a computer without a network."""
    monkeypatch.setattr(needs, "has_network", lambda: False)
    with desk(tmp_path / "data"):
        yield


def test_a_call_of_a_web_service_waits_for_the_network_with_an_account_or_without() -> None:
    answers = {"url": "https://api.example.com", "folder": "/"}
    assert lacking(record(), "web-service", answers) == "network"
    account = add_web_account("https://api.example.com", ca_file=None)
    assert lacking(record(), "web-service", {**answers, "account": account}) == "network"


def test_a_mailing_waits_for_the_network_and_a_backup_for_its_folder(tmp_path: Path) -> None:
    settings = {"address": "anna@example.com", "host": "smtp.example.com", "ca_file": None}
    mail = accounts.insert(record(), accounts.new_key(), "mail", "Mail", settings, {}).id
    assert lacking(record(), "mailing", {"account": mail}) == "network"
    assert lacking(record(), "verify-backup", {"backup": add_backup(tmp_path / "backup")}) is None
    assert lacking(record(), "verify-backup", {"backup": add_backup(tmp_path / "away" / "backup")}) == "drive"

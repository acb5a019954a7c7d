"""A mailing through the real window into a real Postfix: written in the form, looked at, started, and counted."""

from collections.abc import Generator
from pathlib import Path

import pytest

from tests.helpers.mail_servers import MailServer, make_certificates, postfix, server_folder, wait_until
from tests.helpers.person import Person, person
from tests.helpers.running_host import SETTINGS, HostClient

GUESTS = [f"guest{number}@mail.test" for number in range(1, 31)]


@pytest.fixture
def server() -> Generator[MailServer]:
    with server_folder() as folder, postfix(folder, make_certificates(folder / "certificates")) as running:
        yield running


@pytest.fixture
def user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Generator[Person]:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    with person(tmp_path / "data", settings=SETTINGS) as sitting:
        yield sitting


def test_a_letter_is_written_looked_at_and_sent_to_everybody_once(
    user: Person, server: MailServer, tmp_path: Path
) -> None:
    table = tmp_path / "guests.csv"
    table.write_text("\n".join(["Mail", *GUESTS, GUESTS[0]]) + "\n", "utf-8")
    user.start()
    settings = {
        "address": "office@mail.test",
        "login": "none",
        "security": "none",
        "host": "localhost",
        "port": server.ports["plain"],
        "internal": True,
    }
    HostClient(user.data).client.post("/accounts", json={"kind": "mail", "name": "Office", "settings": settings})

    user.presses("Mailing")
    user.writes("List", str(table))
    user.keys("Tab")
    user.writes("Subject", "Invitation for {{ mail }}")
    user.finds("Letter", "text").take_focus()
    user.types("Dear {{ mail }}, you are invited.")
    user.writes("Put the results into", str(tmp_path))
    user.reads("Letter 1 of 30", seconds=40)
    user.reads("Invitation for guest1@mail.test")
    user.presses("Next letter")
    user.reads("Invitation for guest2@mail.test")
    user.presses("Start now")
    user.reads("30 letters sent.", seconds=60)

    wait_until(lambda: len(server.delivered()) == 30)
    assert set(server.delivered().values()) == {1}
    assert server.subjects("guest7") == ["Invitation for guest7@mail.test"]

"""The user's mailbox in a real Dovecot: mail that came back, and letters looked for in the Sent folder."""

import base64
import logging
from collections.abc import Generator
from contextlib import AbstractContextManager
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from imapclient import IMAPClient

from backend.core.errors import UserError
from backend.core.paths import DataPaths
from backend.lib.mail import bounces
from backend.lib.mail.bounces import Place
from backend.lib.mail.imap import ImapAccount, mailbox
from backend.lib.mail.ledger import Ledger
from backend.lib.mail.sent_folder import FOUND, look_for_unknown
from tests.helpers.imap_servers import ImapServer, imap_server
from tests.helpers.mail_faults import Faults
from tests.helpers.mail_ledgers import ledger_place, note, people
from tests.helpers.mail_servers import PASSWORD, TOKEN, USER, Certificates, make_certificates, server_folder
from tests.helpers.returned_mail import returned
from tests.helpers.running_host import RunningHost, running_host


@pytest.fixture(scope="module")
def certificates() -> Generator[Certificates]:
    with server_folder() as folder:
        yield make_certificates(folder / "certificates")


@pytest.fixture
def server(certificates: Certificates) -> Generator[ImapServer]:
    with server_folder() as folder, imap_server(folder, certificates) as running:
        yield running


def opened(
    server: ImapServer, certificates: Certificates, secret: str = PASSWORD, **more: Any
) -> AbstractContextManager[IMAPClient]:
    settings: dict[str, Any] = {"host": "localhost", "port": server.port, "user": USER}
    settings |= {"ca_file": certificates.ca, **more}
    return mailbox(ImapAccount(**settings), lambda: secret)


def test_a_mailbox_opens_with_either_encryption_and_login(server: ImapServer, certificates: Certificates) -> None:
    ways: list[dict[str, Any]] = [
        {},
        {"security": "starttls", "port": server.plain_port},
        {"login": "oauth2", "secret": TOKEN},
    ]
    for more in ways:
        with opened(server, certificates, **more) as client:
            assert client.folder_exists("Versendet")


def test_neither_logins_nor_mail_get_into_a_log(
    server: ImapServer, certificates: Certificates, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    server.put(b"From: a@example.com\r\nSubject: confidential\r\n\r\nhello\r\n")
    for more in ({"secret": PASSWORD}, {"login": "oauth2", "secret": TOKEN}):
        with opened(server, certificates, **more) as client:
            client.select_folder("INBOX", readonly=True)
            assert "confidential" in str(client.fetch(1, ["BODY.PEEK[]"])[1])
    assert "confidential" not in caplog.text
    for secret in (f"\0{USER}\0{PASSWORD}", f"user={USER}\1auth=Bearer {TOKEN}\1\1", PASSWORD, TOKEN):
        assert secret not in caplog.text
        assert base64.b64encode(secret.encode()).decode()[:24] not in caplog.text


def test_what_is_wrong_is_told_in_words(server: ImapServer, certificates: Certificates) -> None:
    wrong: list[tuple[str, dict[str, Any]]] = [
        ("does not accept the login", {"secret": "wrong"}),
        ("does not accept the login", {"login": "oauth2", "secret": "wrong"}),
        ("certificate .* is not accepted", {"host": "127.0.0.1"}),
        ("certificate .* is not accepted", {"ca_file": None}),
        ("Mail cannot be read", {"port": 1}),
        ("says no server for reading", {"host": ""}),
    ]
    for words, more in wrong:
        with pytest.raises(UserError, match=words) as caught, opened(server, certificates, **more):
            pass
        assert "wrong" not in caught.value.message


def test_returned_mail_is_read_once_and_stays_unread(server: ImapServer, certificates: Certificates) -> None:
    server.put(b"From: a@example.com\r\nSubject: hello\r\n\r\nhello\r\n")
    server.put(returned("anna@example.com", "<1@e.com>"))
    with opened(server, certificates) as client:
        pages = list(bounces.read(client, "INBOX", Place()))
        assert [bounce.address.text for _, found in pages for bounce in found] == ["anna@example.com"]
        place = pages[-1][0]
        assert [found for _, found in bounces.read(client, "INBOX", place)] == [[]]
        server.put(returned("bert@example.com", "<2@e.com>"))
        again = list(bounces.read(client, "INBOX", place))
        assert [bounce.address.text for _, found in again for bounce in found] == ["bert@example.com"]
        assert len(list(bounces.read(client, "INBOX", Place(place.validity + 1, place.last)))) == 2
        assert client.search("UNSEEN") == [1, 2, 3]


def test_unknown_letters_that_are_in_the_sent_folder_count_as_sent(
    server: ImapServer, certificates: Certificates, tmp_path: Path
) -> None:
    with Ledger(tmp_path / "l") as ledger:
        ledger.prepare(people(3), "example.com")
        first, *_ = note(ledger, ("unknown", "lost"), ("unknown", "lost"), ("sent", "250 ok"))
    server.put(f"Message-ID: {first.message_id}\r\nSubject: Hello\r\n\r\nHello\r\n".encode(), "Versendet")
    looked = look_for_unknown(tmp_path / "l", opened(server, certificates))
    assert looked.model_dump() == {"looked": 2, "found": 1, "folder": "Versendet"}
    with Ledger(tmp_path / "l") as ledger:
        entries = ledger.view.entries()
    assert [(entry.state, entry.words) for entry in entries[:2]] == [("sent", FOUND), ("unknown", "lost")]


def mail_account(host: RunningHost, server: ImapServer, certificates: Certificates) -> int:
    settings = {
        "address": USER,
        "password": PASSWORD,
        "host": "localhost",
        "port": 1,
        "imap_host": "localhost",
        "imap_port": server.port,
        "internal": True,
        "ca_file": str(certificates.ca),
    }
    return host.client.post("/accounts", json={"kind": "mail", "settings": settings}).json()["id"]


def test_a_job_puts_addresses_on_the_list_for_genuine_returned_mail_only(
    server: ImapServer, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    with running_host(tmp_path / "data") as host:
        earlier = host.job(steps=1)
        host.reaches(earlier, "succeeded")
        place = ledger_place(DataPaths(tmp_path / "data"), earlier)
        with Ledger(place) as ledger:
            ledger.prepare(people(3), "example.com")
            gone, full, _ = note(ledger, ("sent", "250 ok"), ("sent", "250 ok"), ("unknown", "lost"))
        server.put(returned("p2@example.com", gone.message_id))
        server.put(returned("p3@example.com", full.message_id, status="5.2.2"))
        server.put(returned("p4@example.com", "<forged@example.com>"))
        params = {"account": mail_account(host, server, certificates)}
        seen = host.client.post("/job-types/read-bounces/rehearsal", json={"params": params}).json()
        assert seen["tables"][0]["rows"] == [["p2@example.com", "550 5.1.1 User unknown"]]
        for summary in ("1 address put on", "0 addresses put on"):
            job = host.client.post("/jobs", json={"kind": "read-bounces", "params": params}).json()["id"]
            ended = host.reaches(job, "succeeded", "failed", "needs_user", "warned")
            assert ended["summary"].startswith(summary), ended
        listed = host.client.get("/suppressed").json()["items"]
        assert [(one["address"], one["reason"]) for one in listed] == [
            ("p2@example.com", "Came back: 550 5.1.1 User unknown")
        ]
        nobody = host.client.post(f"/jobs/{earlier}/recipients/sent-folder")
        assert (nobody.status_code, nobody.json()["code"]) == (404, "recipients.no_account")


def test_a_letter_of_which_nobody_knows_is_found_in_the_sent_folder_or_sent_again_to_that_one_only(
    server: ImapServer, certificates: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    names = ["cutdot-anna", "cutdot-bert", "carl"]
    people_file = tmp_path / "people.csv"
    people_file.write_text("Mail\n" + "".join(f"{name}@example.com\n" for name in names), "utf-8")
    with running_host(tmp_path / "data") as host, Faults().serving() as smtp:
        settings = {
            "address": USER,
            "login": "none",
            "security": "none",
            "host": "127.0.0.1",
            "port": smtp.port,
            "internal": True,
            "connections": 1,
        }
        account = host.client.post("/accounts", json={"kind": "mail", "settings": settings}).json()["id"]
        answers = {
            "file": str(people_file),
            "address_column": "Mail",
            "subject": "Hello",
            "format": "plain",
            "text": "It is you.",
            "account": account,
            "folder": str(tmp_path),
        }
        job = host.client.post("/jobs", json={"kind": "mailing", "params": answers}).json()["id"]
        assert host.reaches(job, "warned", "failed", "needs_user")["state"] == "warned"
        recipients = f"/jobs/{job}/recipients"
        assert host.client.get(recipients).json()["counts"]["unknown"] == 2
        none = host.client.post(f"{recipients}/sent-folder").json()
        assert none["code"] == "imap.none"
        login = {"login": "password", "password": PASSWORD, "security": "starttls", "imap_host": "localhost"}
        reading = {**settings, **login, "imap_port": server.port, "ca_file": str(certificates.ca)}
        host.client.put(f"/accounts/{account}", json={"settings": reading})
        sent = dict(smtp.delivered)
        server.put(sent["cutdot-anna@example.com"], "Versendet")
        looked = host.client.post(f"{recipients}/sent-folder").json()
        assert looked == {"looked": 2, "found": 1, "folder": "Versendet"}
        host.client.put(f"/accounts/{account}", json={"settings": settings})
        assert host.client.post(f"{recipients}/decision", json={"what": "send_again"}).json() == {"count": 1}
        host.reaches(job, "succeeded")
        assert host.client.get(recipients).json()["counts"]["sent"] == 3
        assert smtp.count() == {f"{name}@example.com": 1 + (name == "cutdot-bert") for name in names}
        again = [letter for to, letter in smtp.delivered if to == "cutdot-bert@example.com"]
        assert len({message_from_bytes(letter)["Message-ID"] for letter in again}) == 1

"""Mailings to a real Postfix, with logins judged by a real Dovecot, counted in Maildirs."""

from collections.abc import Generator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from backend.core.errors import UserError
from backend.lib.mail.accounts import Account, connect, trust
from backend.lib.mail.addresses import parse
from backend.lib.mail.composing import Composer
from backend.lib.mail.ledger import Ledger
from backend.lib.mail.ledger_file import Recipient
from backend.lib.mail.letters import CompiledLetter, Letter
from backend.lib.mail.mime import Envelope, Mailbox, file_part
from backend.lib.mail.plan import Plan
from backend.lib.mail.sender import Sender
from backend.lib.mail.smtp import Link, Post
from tests.helpers.mail_jobs import Controls
from tests.helpers.mail_servers import (
    PASSWORD,
    TOKEN,
    USER,
    MailServer,
    dovecot,
    make_certificates,
    postfix,
    server_folder,
    wait_until,
)

OFFICE = parse("office@mail.test", internal=True)


@pytest.fixture(scope="module")
def server() -> Generator[MailServer, None, None]:
    with server_folder() as root:
        certificates = make_certificates(root / "certificates")
        with postfix(root, certificates) as running, dovecot(root):
            yield running


def _connected(server: MailServer, port: str, secret: str = "", login: str = "none") -> Link:
    account = server.account(port, login=login)
    return connect(account, lambda: secret, context=trust(server.certificates.ca), timeout=10)


def _mail(server: MailServer, path: Path, port: str, *local_parts: str, login: str = "none", secret: str = ""):
    recipients = [
        Recipient(row, parse(f"{local}@mail.test", internal=True), f"Größe {local}", {"name": local})
        for row, local in enumerate(local_parts, 2)
    ]
    picture = file_part("Bild ü.png", "image/png", b"\x89PNG\r\n\x1a\n", "logo")
    terms = file_part("Bedingungen für alle.pdf", "application/pdf", bytes(range(256)) * 300)
    envelope = Envelope(Mailbox("Büro", OFFICE), pictures=[picture], attachments=[terms])
    letter = Letter("Grüße an {{ name }}", html='<p>Liebe {{ name }} ☺</p><img src="cid:logo">\n<p>.</p>\n.\n')
    compose = Composer(envelope, CompiledLetter(letter, {"name": "Name"}), unsubscribe_mailto="leave@mail.test")
    with Ledger(path) as ledger:
        ledger.prepare(recipients, "mail.test")
        plan = Plan(connections=4, tries=2, delay=0.05)
        Sender(ledger, compose, OFFICE, lambda: _connected(server, port, secret, login), plan, Controls()).run()
        return {entry.address.partition("@")[0]: (entry.state, entry.words) for entry in ledger.view.entries(limit=-1)}


@pytest.mark.parametrize("port", ["plain", "starttls", "tls"])
def test_every_message_lies_in_its_maildir_once(server: MailServer, tmp_path: Path, port: str):
    names = [f"{port}{n}" for n in range(60)]
    states = _mail(server, tmp_path / "l", port, *names)
    assert {state for state, _ in states.values()} == {"sent"}
    wait_until(lambda: set(names) <= set(server.delivered()))
    assert {server.delivered()[name] for name in names} == {1}


def test_a_message_arrives_with_all_its_parts(server: MailServer, tmp_path: Path):
    assert _mail(server, tmp_path / "l", "tls", "whole")["whole"][0] == "sent"
    wait_until(lambda: server.delivered()["whole"])
    (raw,) = server.messages("whole")
    read = message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    assert read["Subject"] == "Grüße an whole"
    assert read["To"] == "Größe whole <whole@mail.test>"
    assert read["From"] == "Büro <office@mail.test>"
    assert read["List-Unsubscribe"] == "<mailto:leave@mail.test>"
    html, text = read.get_body(("html",)), read.get_body(("plain",))
    assert html is not None
    assert text is not None
    assert html.get_content() == '<p>Liebe whole ☺</p><img src="cid:logo">\n<p>.</p>\n.\n'
    assert "Liebe whole ☺" in text.get_content()
    (terms,) = read.iter_attachments()
    assert (terms.get_filename(), terms.get_content()) == ("Bedingungen für alle.pdf", bytes(range(256)) * 300)
    assert [part.get_filename() for part in read.walk() if part["Content-ID"] == "<logo>"] == ["Bild ü.png"]


def test_refused_and_deferred_ones_are_told_apart_by_the_servers_words(server: MailServer, tmp_path: Path):
    states = _mail(server, tmp_path / "l", "starttls", "refuse1", "unknown1", "defer1", "fine1")
    assert states["refuse1"] == (
        "refused",
        "550 5.7.1 <refuse1@mail.test>: Recipient address rejected: not wanted here",
    )
    assert states["unknown1"][0] == "refused"
    assert states["unknown1"][1].startswith("550 5.1.1 <unknown1@mail.test>")
    assert states["defer1"][0] == "refused"
    assert states["defer1"][1].startswith("Given up after 2 tries. 450 4.2.0 <defer1@mail.test>")
    assert states["fine1"][0] == "sent"
    wait_until(lambda: server.delivered()["fine1"])
    assert not {"refuse1", "unknown1", "defer1"} & set(server.delivered())


def test_nothing_can_leave_the_machine(server: MailServer):
    link = _connected(server, "plain")
    away = parse("somebody@example.com")
    message = Envelope(Mailbox("", OFFICE)).message(
        Mailbox("", away), "Hi", "Hi\n", message_id="<1@mail.test>", date=1.0
    )
    assert link.deliver(Post(OFFICE, away, message), lambda: None).meaning == "refused"
    link.leave()


@pytest.mark.parametrize(
    ("port", "reason"),
    [("other_name", "belongs to another name"), ("expired", "has expired"), ("stranger", "does not know who vouches")],
)
def test_a_certificate_that_is_wrong_is_refused_and_no_password_sent(server: MailServer, port: str, reason: str):
    asked: list[str] = []
    with pytest.raises(UserError, match=reason) as caught:
        connect(
            Account("localhost", server.ports[port], "starttls", "password", USER),
            lambda: asked.append("secret") or PASSWORD,
            context=trust(server.certificates.ca),
            timeout=10,
        )
    assert caught.value.code == "mail.certificate"
    assert asked == []


@pytest.mark.parametrize("port", ["starttls", "tls"])
def test_the_system_s_own_store_does_not_trust_the_test_s_ca(server: MailServer, port: str):
    with pytest.raises(UserError) as caught:
        connect(server.account(port), str, timeout=10)
    assert caught.value.code == "mail.certificate"


def test_a_port_of_the_other_kind_is_named_as_such(server: MailServer):
    account = Account("localhost", server.ports["starttls"], "tls", "none")
    with pytest.raises(UserError, match="No encrypted connection") as caught:
        connect(account, str, context=trust(server.certificates.ca), timeout=10)
    assert "465" in caught.value.hint
    with pytest.raises(UserError, match="offers no encryption"):
        connect(
            Account("localhost", server.ports["plain"], "starttls", "none"),
            str,
            context=trust(server.certificates.ca),
            timeout=10,
        )


@pytest.mark.parametrize(("login", "secret"), [("password", PASSWORD), ("oauth2", TOKEN)])
def test_a_login_that_is_right_lets_mail_through(server: MailServer, tmp_path: Path, login: str, secret: str):
    states = _mail(server, tmp_path / "l", "submission", f"by-{login}", login=login, secret=secret)
    assert states[f"by-{login}"][0] == "sent"
    wait_until(lambda: server.delivered()[f"by-{login}"])


@pytest.mark.parametrize("login", ["password", "oauth2"])
def test_a_login_that_is_wrong_is_told_in_plain_words(server: MailServer, login: str):
    with pytest.raises(UserError, match=r"does not accept the login of “office@mail\.test”: 535") as caught:
        _connected(server, "submission", "wrong", login)
    assert caught.value.code == "mail.login.refused"
    assert "wrong" not in f"{caught.value.message} {caught.value.hint}"


def test_login_works_where_only_the_old_mechanism_is_offered(server: MailServer, monkeypatch: pytest.MonkeyPatch):
    original = Link.ehlo

    def only_login(self: Link, name: str = "") -> tuple[int, bytes]:
        answer = original(self, name)
        self.esmtp_features["auth"] = "LOGIN"
        return answer

    monkeypatch.setattr(Link, "ehlo", only_login)
    link = _connected(server, "submission", PASSWORD, "password")
    assert link.noop()[0] == 250
    link.leave()


def test_letters_beyond_ascii_reach_a_mailbox(server: MailServer, tmp_path: Path):
    assert _mail(server, tmp_path / "l", "tls", "josé")["josé"][0] == "sent"
    wait_until(lambda: server.delivered()["josé"])
    assert server.subjects("josé") == ["Grüße an josé"]

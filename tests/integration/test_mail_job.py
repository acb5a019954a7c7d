"""A mailing through the real queue and worker, into a real Postfix."""

from pathlib import Path

import pytest

from tests.helpers.mail_servers import MailServer, make_certificates, postfix, server_folder
from tests.helpers.running_host import RunningHost, running_host


def test_a_mailing_reaches_everybody_once_and_says_who_got_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    people = tmp_path / "people.csv"
    people.write_text(
        "First Name,Mail\nAnna,anna@mail.test\nBert,bert@mail.test\nAnna,ANNA@mail.test\nNobody,nobody\n"
        "Rita,refuse1@mail.test\n",
        "utf-8",
    )
    with (
        server_folder() as folder,
        postfix(folder, make_certificates(folder / "certificates")) as server,
        running_host(tmp_path / "data") as host,
    ):
        _send(host, server, people, tmp_path)


def _send(host: RunningHost, server: MailServer, people: Path, folder: Path) -> None:
    settings = {
        "address": "sender@mail.test",
        "login": "none",
        "security": "none",
        "host": "localhost",
        "port": server.ports["plain"],
        "internal": True,
    }
    account = host.client.post("/accounts", json={"kind": "mail", "settings": settings}).json()["id"]
    answers = {
        "file": str(people),
        "address_column": "Mail",
        "name_column": "First Name",
        "subject": "Hello {{ First Name }}",
        "text": "Dear {{ First Name }},\nit is you.",
        "account": account,
        "folder": str(folder),
    }
    seen = host.client.post("/job-types/mailing/rehearsal", json={"params": answers}).json()
    assert "headline" in seen, seen
    assert seen["headline"] == "3 letters would go out."
    assert [row[0] for row in seen["tables"][0]["rows"]] == ["4", "5"]
    job = host.client.post("/jobs", json={"kind": "mailing", "params": answers}).json()["id"]
    ended = host.reaches(job, "warned", "failed", "succeeded", "needs_user")
    assert ended["summary"] == "2 letters sent.", ended
    assert server.subjects("anna") == ["Hello Anna"]
    assert server.subjects("bert") == ["Hello Bert"]
    ledger = Path(ended["artifacts"][0]["path"]).read_text("utf-8-sig")
    assert "550 5.7.1" in ledger
    assert ledger.count("sent") == 2

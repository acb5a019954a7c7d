"""A mailing through the real queue and worker, into a real Postfix: looked at, tried, practised, and sent."""

from collections.abc import Generator
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.mail_servers import MailServer, make_certificates, postfix, server_folder, wait_until
from tests.helpers.running_host import RunningHost, running_host

PEOPLE = (
    "First Name,Mail\nAnna,anna@mail.test\nBert,bert@mail.test\nAnna,ANNA@mail.test\nNobody,nobody\n"
    "Rita,refuse1@mail.test\n"
)


class Office:
    """A host with a mail account, and the Postfix that it sends to."""

    def __init__(self, host: RunningHost, server: MailServer) -> None:
        self.host, self.server = host, server
        settings = {
            "address": "sender@mail.test",
            "name": "The Office",
            "login": "none",
            "security": "none",
            "host": "localhost",
            "port": server.ports["plain"],
            "internal": True,
        }
        self.account: int = host.client.post("/accounts", json={"kind": "mail", "settings": settings}).json()["id"]

    def answers(self, folder: Path, people: str = PEOPLE, **more: Any) -> dict[str, Any]:
        """Answers of a mailing whose list is written into the folder."""
        folder.joinpath("people.csv").write_text(people, "utf-8")
        return {
            "file": str(folder / "people.csv"),
            "address_column": "Mail",
            "name_column": "First Name",
            "subject": "Hello {{ First Name }}",
            "text": "Dear {{ First Name }},\nit is you.",
            "account": self.account,
            "folder": str(folder),
            **more,
        }

    def asks(self, what: str, answers: dict[str, Any], **more: Any) -> dict[str, Any]:
        """What the form asks: `rehearsal`, `letters`, `letters/test`."""
        return self.host.client.post(f"/job-types/mailing/{what}", json={"params": answers, **more}).json()

    def carries_out(self, answers: dict[str, Any]) -> dict[str, Any]:
        """The job, once it has ended."""
        job = self.host.client.post("/jobs", json={"kind": "mailing", "params": answers}).json()["id"]
        return self.host.reaches(job, "warned", "failed", "succeeded", "needs_user")


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Generator[Office, None, None]:
    with (
        pytest.MonkeyPatch.context() as patch,
        server_folder() as folder,
        postfix(folder, make_certificates(folder / "certificates")) as server,
    ):
        patch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
        with running_host(tmp_path_factory.mktemp("data") / "data") as host:
            yield Office(host, server)


def test_a_mailing_reaches_everybody_once_and_says_who_got_none(office: Office, tmp_path: Path) -> None:
    answers = office.answers(tmp_path)
    seen = office.asks("rehearsal", answers)
    assert seen["headline"] == "3 letters would go out."
    assert [row[0] for row in seen["tables"][0]["rows"]] == ["4", "5"]
    ended = office.carries_out(answers)
    assert (ended["name"], ended["summary"]) == ("Mailing: Hello \N{HORIZONTAL ELLIPSIS}", "2 letters sent."), ended
    wait_until(lambda: {"anna", "bert"} <= set(office.server.delivered()))
    assert office.server.subjects("anna") == ["Hello Anna"]
    assert office.server.subjects("bert") == ["Hello Bert"]
    ledger = Path(ended["artifacts"][0]["path"]).read_text("utf-8-sig")
    assert "550 5.7.1" in ledger
    assert ledger.count("sent") == 2


def test_letters_are_looked_at_in_pages_and_searched_by_any_cell(office: Office, tmp_path: Path) -> None:
    people = "First Name,Mail\n" + "".join(f"Guest {n},guest{n}@mail.test\n" for n in range(1, 51))
    answers = office.answers(tmp_path, people)
    first = office.asks("rehearsal", answers)["letters"]
    assert (first["found"], first["first"], len(first["letters"])) == (50, 0, 20)
    assert first["letters"][0] == {
        "place": 0,
        "row": 2,
        "sender": "The Office <sender@mail.test>",
        "to": "Guest 1 <guest1@mail.test>",
        "subject": "Hello Guest 1",
        "text": "Dear Guest 1,\nit is you.",
        "html": "",
        "files": [],
        "problem": "",
    }
    last = office.asks("letters", answers, first=40)
    assert [one["place"] for one in last["letters"]] == list(range(40, 50))
    found = office.asks("letters", answers, search="GUEST 4")
    assert found["found"] == 11
    assert [one["place"] for one in found["letters"][:2]] == [3, 39]
    assert not set(office.server.delivered()) & {f"guest{n}" for n in range(1, 51)}


def test_a_row_that_cannot_be_filled_in_is_named_before_anything_is_sent(office: Office, tmp_path: Path) -> None:
    people = "First Name,Mail,Sum\nAda,ada@mail.test,12\nBea,bea@mail.test,\nCid,cid@mail.test,7\n"
    answers = office.answers(tmp_path, people, text="You owe {{ 100 / (Sum | int) }}".replace("Sum", "sum"))
    refused = office.asks("rehearsal", answers)
    assert refused["message"].startswith("Row 3 of the list: the letter's text cannot be filled in.")
    assert "zero" in refused["fields"]["text"]
    page = office.asks("letters", answers)
    assert [bool(one["problem"]) for one in page["letters"]] == [False, True]
    assert office.carries_out(answers)["problem"]["message"].startswith("Row 3 of the list")
    assert not set(office.server.delivered()) & {"ada", "bea", "cid"}


def test_a_letter_to_oneself_goes_to_nobody_else_and_into_no_ledger(office: Office, tmp_path: Path) -> None:
    people = "First Name,Mail\nDora,dora@mail.test\nEmil,emil@mail.test\n"
    answers = office.answers(tmp_path, people)
    said = office.asks("letters/test", answers, place=1)["message"]
    assert said == "Sent to sender@mail.test, as emil@mail.test (row 3) would get it. Nobody else got anything."
    wait_until(lambda: office.server.delivered()["sender"])
    (raw,) = office.server.messages("sender")
    mine = message_from_bytes(raw, policy=default)
    assert (mine["Subject"], mine["To"]) == ("Hello Emil", "The Office <sender@mail.test>")
    assert office.carries_out(answers)["summary"] == "2 letters sent."
    wait_until(lambda: {"dora", "emil"} <= set(office.server.delivered()))
    assert [office.server.delivered()[one] for one in ("dora", "emil", "sender")] == [1, 1, 1]


def test_a_practice_run_writes_each_letter_and_sends_none(office: Office, tmp_path: Path) -> None:
    people = "First Name,Mail\nFay,fay@mail.test\nGus,gus@mail.test\n"
    answers = office.answers(tmp_path, people, mode="practice")
    assert office.asks("rehearsal", answers)["headline"] == "2 letters would be written as files; nothing is sent."
    ended = office.carries_out(answers)
    assert ended["state"] == "succeeded", ended
    (index,) = [Path(one["path"]) for one in ended["artifacts"]]
    written = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(index.parent.glob("*.eml"))]
    assert [(one["To"], one["Subject"]) for one in written] == [
        ("Fay <fay@mail.test>", "Hello Fay"),
        ("Gus <gus@mail.test>", "Hello Gus"),
    ]
    assert index.read_text("utf-8-sig").splitlines()[1] == "000001 fay@mail.test.eml,2"
    assert not {"fay", "gus"} & set(office.server.delivered())


def test_an_account_that_is_gone_is_said_at_its_field(office: Office, tmp_path: Path) -> None:
    refused = office.asks("rehearsal", office.answers(tmp_path, account=4711))
    assert list(refused["fields"]) == ["account"]

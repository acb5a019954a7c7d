"""A mailing through the real queue and worker, into a real Postfix: looked at, tried, practised, and sent."""

from collections.abc import Generator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.mail_faults import Faults
from tests.helpers.mail_servers import MailServer, make_certificates, postfix, server_folder, wait_until
from tests.helpers.running_host import RunningHost, running_host
from tests.helpers.waiting import until

PEOPLE = (
    "First Name,Mail\nAnna,anna@mail.test\nBert,bert@mail.test\nAnna,ANNA@mail.test\nNobody,nobody\n"
    "Rita,refuse1@mail.test\n"
)


class Office:
    """A host with a mail account, and the Postfix that it sends to."""

    def __init__(self, host: RunningHost, server: MailServer) -> None:
        self.host, self.server = host, server
        self.account = self.new_account()

    def new_account(self, **more: Any) -> int:
        """The number of another account at the same server."""
        settings = {
            "address": "sender@mail.test",
            "name": "The Office",
            "login": "none",
            "security": "none",
            "host": "localhost",
            "port": self.server.ports["plain"],
            "internal": True,
            **more,
        }
        return self.host.client.post("/accounts", json={"kind": "mail", "settings": settings}).json()["id"]

    def answers(self, folder: Path, people: str = PEOPLE, **more: Any) -> dict[str, Any]:
        """Answers of a mailing whose list is written into the folder."""
        folder.joinpath("people.csv").write_text(people, "utf-8")
        return {
            "file": str(folder / "people.csv"),
            "address_column": "Mail",
            "name_column": "First Name",
            "subject": "Hello {{ First Name }}",
            "format": "plain",
            "text": "Dear {{ First Name }},\nit is you.",
            "account": self.account,
            "folder": str(folder),
            **more,
        }

    def asks(self, what: str, answers: dict[str, Any], **more: Any) -> dict[str, Any]:
        """What the form asks: `rehearsal`, `letters`, `letters/test`."""
        return self.host.client.post(f"/job-types/mailing/{what}", json={"params": answers, **more}).json()

    def starts(self, answers: dict[str, Any]) -> int:
        """The number of a new job."""
        return self.host.client.post("/jobs", json={"kind": "mailing", "params": answers}).json()["id"]

    def carries_out(self, answers: dict[str, Any]) -> dict[str, Any]:
        """The job, once it has ended."""
        return self.ends(self.starts(answers))

    def ends(self, job: int) -> dict[str, Any]:
        """A job, once it has ended."""
        return self.host.reaches(job, "warned", "failed", "succeeded", "needs_user")

    def letter(self, local: str) -> EmailMessage:
        """The one letter that has come to somebody."""
        wait_until(lambda: self.server.delivered()[local])
        (raw,) = self.server.messages(local)
        read = message_from_bytes(raw, policy=default)
        assert isinstance(read, EmailMessage)
        return read

    def rests(self, job: int) -> str:
        """What a running job says of its rest, once it says so."""

        def said() -> str:
            words = self.host.client.get(f"/jobs/{job}").json()["progress"]["message"]
            return words if "Going on" in words else ""

        return until(said)


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
    assert seen["warnings"] == ["2 rows get no letter: 1 with a wrong address, 1 with the address of another row."]
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


def test_a_look_that_takes_long_is_waited_for(office: Office) -> None:
    answer = office.host.client.post("/job-types/steps/rehearsal", json={"params": {"steps": 1, "pause": 6}})
    assert answer.json()["headline"] == "1 steps"


def test_a_row_that_cannot_be_filled_in_is_named_before_anything_is_sent(office: Office, tmp_path: Path) -> None:
    people = "First Name,Mail,Sum\nAda,ada@mail.test,12\nBea,bea@mail.test,\nCid,cid@mail.test,7\n"
    answers = office.answers(tmp_path, people, text="You owe {{ 100 / (Sum | int) }}".replace("Sum", "sum"))
    refused = office.asks("rehearsal", answers)
    assert refused["message"].startswith("Row 3 of the list: the letter's text cannot be filled in.")
    assert "zero" in refused["fields"]["text"]
    harmless = office.asks("rehearsal", {**answers, "text": "You owe {{ sum }}"})
    assert harmless["tables"] == [
        {
            "title": "Empty cells that the letter uses",
            "columns": ["Column", "Empty in", "Rows"],
            "rows": [["Sum", "1", "3"]],
            "note": "",
        }
    ]
    page = office.asks("letters", answers)
    assert [bool(one["problem"]) for one in page["letters"]] == [False, True]
    assert office.carries_out(answers)["problem"]["message"].startswith("Row 3 of the list")
    assert not set(office.server.delivered()) & {"ada", "bea", "cid"}


def test_a_letter_to_oneself_goes_to_nobody_else_and_into_no_ledger(office: Office, tmp_path: Path) -> None:
    people = "First Name,Mail\nDora,dora@mail.test\nEmil,emil@mail.test\n"
    answers = office.answers(tmp_path, people)
    said = office.asks("letters/test", answers, place=1)["message"]
    assert said == "Sent to sender@mail.test, as emil@mail.test (row 3) would get it. Nobody else got anything."
    mine = office.letter("sender")
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


def test_unsubscribing_and_the_address_for_answers_reach_the_wire(office: Office, tmp_path: Path) -> None:
    account = office.new_account(
        reply_to="desk@mail.test",
        unsubscribe_mailto="leave@mail.test",
        unsubscribe_url="https://mail.test/leave?who={address}",
    )
    people = "First Name,Mail\nHal,hal@mail.test\n"
    office.carries_out(office.answers(tmp_path, people, account=account))
    letter = office.letter("hal")
    assert letter["Reply-To"] == "desk@mail.test"
    leave = "<https://mail.test/leave?who=hal%40mail.test>, <mailto:leave@mail.test>"
    assert " ".join(letter["List-Unsubscribe"].split()) == leave
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    people = "First Name,Mail\nIda,ida@mail.test\n"
    office.carries_out(office.answers(tmp_path, people, account=account, reply_to="boss@mail.test"))
    assert office.letter("ida")["Reply-To"] == "boss@mail.test"


def test_a_limit_of_the_account_counts_what_earlier_mailings_sent(office: Office, tmp_path: Path) -> None:
    account = office.new_account(per_hour=3, host="127.0.0.1")
    people = "First Name,Mail\nJan,jan@mail.test\nKim,kim@mail.test\n"
    assert office.carries_out(office.answers(tmp_path, people, account=account))["summary"] == "2 letters sent."
    people = "First Name,Mail\nLea,lea@mail.test\nMax,max@mail.test\n"
    job = office.starts(office.answers(tmp_path, people, account=account))
    assert office.rests(job).startswith("No more may go out just now. Going on ")
    office.host.client.post(f"/jobs/{job}/stop")
    office.host.reaches(job, "stopped")
    wait_until(lambda: office.server.delivered()["lea"])
    assert office.server.delivered()["max"] == 0


def test_nothing_goes_out_before_the_hour_that_the_form_says(office: Office, tmp_path: Path) -> None:
    later = datetime.now().astimezone() + timedelta(hours=2)
    people = "First Name,Mail\nNia,nia@mail.test\n"
    answers = office.answers(tmp_path, people, hours_from=f"{later:%H}:00", hours_until=f"{later:%H}:59")
    seen = office.asks("rehearsal", answers)
    assert [(one["label"], one["value"][-5:]) for one in seen["facts"]] == [("Begins", f"{later:%H}:00")]
    job = office.starts(answers)
    assert office.rests(job).endswith(f"at {later:%H}:00.")
    office.host.client.post(f"/jobs/{job}/stop")
    office.host.reaches(job, "stopped")
    assert office.server.delivered()["nia"] == 0


def test_a_mailing_is_paused_while_an_answer_is_under_way_and_goes_on(office: Office, tmp_path: Path) -> None:
    people = "First Name,Mail\n" + "".join(f"P{n},p{n}@mail.test\n" for n in range(12))
    with Faults(slow_answer=4.0).serving() as server:
        account = office.new_account(host="127.0.0.1", port=server.port, connections=1)
        job = office.starts(office.answers(tmp_path, people, account=account))
        until(lambda: server.delivered)
        office.host.client.post(f"/jobs/{job}/pause")
        office.host.reaches(job, "paused")
        assert len(server.delivered) == 1
        server.slow_answer = 0.0
        office.host.client.post(f"/jobs/{job}/resume")
        assert office.ends(job)["summary"] == "12 letters sent."
        assert set(server.count().values()) == {1}


def test_too_many_failures_in_a_row_wait_for_a_person_and_go_on_after(office: Office, tmp_path: Path) -> None:
    people = "First Name,Mail\nOle,refuse2@mail.test\nPia,refuse3@mail.test\nQuin,quin@mail.test\n"
    account = office.new_account(connections=1)
    job = office.starts(office.answers(tmp_path, people, account=account, stop_after=2))
    stopped = office.ends(job)
    assert stopped["state"] == "needs_user"
    assert "550 5.7.1" in stopped["problem"]["message"]
    assert office.server.delivered()["quin"] == 0
    office.host.client.post(f"/jobs/{job}/retry")
    ended = office.host.reaches(job, "warned", "failed", "succeeded")
    assert ended["summary"] == "1 letter sent."
    assert office.letter("quin")["Subject"] == "Hello Quin"


def test_a_rich_letter_has_two_parts_its_pictures_and_everybodys_own_files(office: Office, tmp_path: Path) -> None:
    picture = b"\x89PNG\r\n\x1a\n" + bytes(50)
    (tmp_path / "our logo.png").write_bytes(picture)
    (tmp_path / "terms.txt").write_text("the terms")
    own = tmp_path / "bills"
    own.mkdir()
    (own / "1.txt").write_text("bill one")
    logo = (tmp_path / "our logo.png").as_uri()
    html = (
        "<div>Dear <b>{{ First Name }}</b><script>steal()</script>,</div>\n<div><br></div>\n"
        '{% if bill %}<div>your bill is <a href="https://mail.test/?for={{ first_name }}">here</a>.</div>{% endif %}'
        f'<img src="{logo}" width="40">'
    )
    people = "First Name,Mail,Bill\nRia & Co,ria@mail.test,1.txt\nSam,sam@mail.test,\n"
    answers = office.answers(
        tmp_path,
        people,
        format="rich",
        html=html,
        text="",
        attachments=[str(tmp_path / "terms.txt")],
        own_files=True,
        own_folder=str(own),
        own_column="Bill",
    )
    first, second = office.asks("rehearsal", answers)["letters"]["letters"]
    assert f'src="{logo}"' in first["html"]
    assert [one["name"] for one in first["files"]] == ["terms.txt", "1.txt"]
    assert [one["name"] for one in second["files"]] == ["terms.txt"]
    assert office.carries_out(answers)["summary"] == "2 letters sent."
    letter = office.letter("ria")
    rich, plain = letter.get_body(("html",)), letter.get_body(("plain",))
    assert rich is not None
    assert plain is not None
    assert "<b>Ria &amp; Co</b>" in rich.get_content()
    assert "steal" not in rich.get_content()
    assert plain.get_content() == "Dear Ria & Co,\n\nyour bill is here (https://mail.test/?for=Ria & Co).\n"
    (shown,) = [part for part in letter.walk() if part["Content-ID"]]
    assert shown.get_content() == picture
    assert f'src="cid:{shown["Content-ID"][1:-1]}"' in rich.get_content()
    names = [part.get_filename() for part in letter.iter_attachments()]
    assert names == ["1.txt", "terms.txt"]
    assert [part.get_filename() for part in office.letter("sam").iter_attachments()] == ["terms.txt"]


@pytest.mark.parametrize(
    ("change", "field", "said"),
    [
        ({"html": "<div>{{ nobody }}</div>"}, "html", "no column for {{ nobody }}"),
        ({"html": ""}, "html", "no letter yet"),
        ({"html": '<a href="javascript:x()">x</a>'}, "html", "not safe to send"),
        ({"html": '<img src="file:///etc/passwd">'}, "html", "not a picture"),
        ({"attachments": ["/nowhere/a.pdf"]}, "attachments", "cannot be read"),
        ({"own_files": True, "own_column": "Bill"}, "own_folder", "choose a folder"),
        ({"own_files": True, "own_folder": ".", "own_column": "Bill"}, "own_column", "does not stay in the chosen"),
    ],
)
def test_what_is_wrong_with_a_rich_letter_is_said_at_its_field(
    office: Office, tmp_path: Path, change: dict[str, Any], field: str, said: str
) -> None:
    people = "First Name,Mail,Bill\nTom,tom@mail.test,../people.csv\n"
    answers = office.answers(tmp_path, people, format="rich", html="<div>Hello</div>", text="")
    change = {name: str(tmp_path) if value == "." else value for name, value in change.items()}
    refused = office.asks("rehearsal", {**answers, **change})
    assert said in refused["fields"][field], refused
    assert list(refused["fields"]) == [field]


def test_whoever_is_to_get_no_mail_is_left_out_and_the_ledger_says_so(office: Office, tmp_path: Path) -> None:
    listed = tmp_path / "gone.csv"
    listed.write_text("Name,Mail\nOlga,OLGA@mail.test\nPaul,paul@mail.test\n", "utf-8")
    added = office.host.client.post("/suppressed/import", json={"path": str(listed), "reason": "asked us"}).json()
    assert added == {"new": 2, "known": 0, "wrong": []}
    answers = office.answers(tmp_path, "First Name,Mail\nOlga,olga@mail.test\nQuentin,quentin@mail.test\n")
    seen = office.asks("rehearsal", answers)
    assert seen["headline"] == "1 letter would go out."
    assert seen["tables"][0]["rows"] == [["2", "olga@mail.test", "This address is on the list of those not to mail."]]
    job = office.carries_out(answers)["id"]
    page = office.host.client.get(f"/jobs/{job}/recipients").json()
    assert [(one["row"], one["state"]) for one in page["items"]] == [(2, "skipped"), (3, "sent")]
    wait_until(lambda: office.server.delivered()["quentin"])
    assert not office.server.delivered()["olga"]


def test_those_who_were_refused_get_the_letter_by_one_later_mailing_only(office: Office, tmp_path: Path) -> None:
    rows = "First Name,Mail\nRudi,refuse-rudi@mail.test\nSara,refuse-sara@mail.test\nTina,tina@mail.test\n"
    answers = office.answers(tmp_path, rows)
    first = office.carries_out(answers)["id"]
    wait_until(lambda: office.server.delivered()["tina"])
    again = {**answers, "again_of": first}
    seen = office.asks("rehearsal", again)
    assert seen["headline"] == "2 letters would go out."
    assert seen["facts"][0]["value"].startswith(f"Only those whom mailing #{first} could not reach")
    second = office.carries_out(again)["id"]
    page = office.host.client.get(f"/jobs/{second}/recipients").json()
    assert [one["address"] for one in page["items"]] == ["refuse-rudi@mail.test", "refuse-sara@mail.test"]
    assert office.server.delivered()["tina"] == 1
    assert office.asks("rehearsal", again)["headline"] == "0 letters would go out."
    words = office.host.client.get(f"/jobs/{first}/recipients", params={"state": "refused"}).json()["items"][0]["words"]
    assert words.endswith(f"(Sent again by job #{second}.)")
    unknown = office.asks("rehearsal", {**answers, "again_of": 4_000})
    assert unknown["fields"] == {"again_of": "There is no mailing of this number."}


def test_the_list_of_those_who_get_no_mail_is_kept_searched_and_written_to_a_file(
    office: Office, tmp_path: Path
) -> None:
    client = office.host.client
    addresses = ["Ute@Example.com", "victor@example.com", "nonsense", "ute@example.com"]
    added = client.post("/suppressed", json={"addresses": addresses, "reason": "=left"}).json()
    assert added == {"new": 2, "known": 0, "wrong": ["nonsense"]}
    first = client.get("/suppressed", params={"search": "example.com", "limit": 1}).json()
    assert ([one["address"] for one in first["items"]], first["total"]) == (["Ute@example.com"], 2)
    rest = client.get("/suppressed", params={"search": "left", "cursor": first["next_cursor"]}).json()
    assert [one["key"] for one in rest["items"]] == ["victor@example.com"]
    client.post("/suppressed/export", json={"path": str(tmp_path / "gone.csv")})
    assert "victor@example.com,'=left," in (tmp_path / "gone.csv").read_text("utf-8-sig")
    assert client.post("/suppressed/remove", json={"keys": ["victor@example.com"]}).json() == {"count": 1}
    assert client.get("/suppressed", params={"search": "victor"}).json()["total"] == 0

"""Calling a web service: against servers of the tests' own, friendly, faulty and hostile."""

import gzip
import json
import socket
import time
from collections.abc import Generator
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from backend.core.clock import now
from backend.core.errors import DeskhandError, NeedsUserError, UserError
from backend.jobtypes.contract import JobStopped, Outcome
from backend.jobtypes.web_service import JOB_TYPE
from backend.jobtypes.web_service.params import WebServiceParams
from backend.lib.web import calling
from tests.helpers.backup_accounts import desk
from tests.helpers.direct_context import DirectContext
from tests.helpers.mail_servers import Certificates, make_certificates
from tests.helpers.web_servers import Answer, Asked, WebServer, add_web_account, web_server

ORDERS = [
    {"id": 1, "customer": {"name": "Ann", "tags": ["new", "vip"]}, "day": "2026-01-05", "total": 10},
    {"id": 2, "customer": {"name": "=cmd()"}, "day": "2026-01-06", "total": 12.5, "paid": True},
]


def as_json(value: Any, **headers: str) -> Answer:
    """An answer in JSON."""
    return Answer(200, json.dumps(value).encode(), {"Content-Type": "application/json", **headers})


@pytest.fixture
def place(tmp_path: Path) -> Generator[Path]:
    """A record, a keyring, and a folder for results."""
    (tmp_path / "out").mkdir()
    with desk(tmp_path / "data"):
        yield tmp_path


@pytest.fixture
def server() -> Generator[WebServer]:
    """A server that answers with orders."""
    with web_server(lambda _asked: as_json(ORDERS)) as running:
        yield running


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """Good and bad ones."""
    return make_certificates(tmp_path_factory.mktemp("web") / "certificates")


def context(place: Path, **more: Any) -> DirectContext:
    """A context of a job of its own."""
    return DirectContext(place / f"job-{len(list(place.iterdir()))}", **more)


def params_for(place: Path, url: str, **answers: Any) -> WebServiceParams:
    """Answers, with an account that allows loopback unless another one is given."""
    if "account" not in answers:
        answers["account"] = add_web_account(url)
    return WebServiceParams(url=url, folder=place / "out", **answers)


def run(place: Path, url: str, **answers: Any) -> tuple[DirectContext, Outcome]:
    """The job, run to its end."""
    ctx = context(place)
    return ctx, JOB_TYPE.run(params_for(place, url, **answers), ctx)


def failure(place: Path, url: str, **answers: Any) -> DeskhandError:
    """The job fails in words, and leaves no file."""
    with pytest.raises(DeskhandError) as caught:
        run(place, url, **answers)
    assert list((place / "out").iterdir()) == []
    return caught.value


def made(place: Path) -> Path:
    """The one result file."""
    (found,) = (place / "out").iterdir()
    return found


def test_an_answer_is_kept_as_it_comes(place: Path, server: WebServer) -> None:
    ctx, outcome = run(place, server.at("/v1/orders?state=open"))
    assert made(place).name == "orders.json"
    assert json.loads(made(place).read_bytes()) == ORDERS
    assert outcome.summary.startswith("The answer of localhost")
    assert server.asked[0].path == "/v1/orders?state=open"
    assert any(told.unit == "bytes" and told.done == told.total for told in ctx.told)


def test_records_become_a_table_with_nested_fields_as_columns(place: Path, server: WebServer) -> None:
    _, outcome = run(place, server.at("/orders"), make="csv")
    rows = made(place).read_text("utf-8-sig").splitlines()
    assert rows[0] == "id,customer.name,customer.tags,day,total,paid"
    assert rows[1] == '1,Ann,"new, vip",2026-01-05,10,'
    assert rows[2] == "2,'=cmd(),,2026-01-06,12.5,true"
    assert outcome.facts["rows"] == 2


def test_a_workbook_has_numbers_and_days_as_such(place: Path, server: WebServer) -> None:
    server.reply = lambda _asked: as_json({"count": 2, "data": {"items": ORDERS}, "errors": []})
    run(place, server.at("/orders"), make="xlsx", records="data.items", name="All orders")
    assert made(place).name == "All orders.xlsx"
    frame = pl.read_excel(made(place), engine="calamine")
    assert frame["total"].to_list() == [10, 12.5]
    assert frame.schema["day"] == pl.Date


def test_what_is_no_table_is_said_at_its_field(place: Path, server: WebServer) -> None:
    server.reply = lambda _asked: Answer(200, b"<html>hello</html>")
    assert "no JSON" in failure(place, server.at("/"), make="csv").fields["make"]
    server.reply = lambda _asked: as_json({"a": 1})
    assert failure(place, server.at("/"), make="csv").fields.keys() == {"records"}
    assert "no field 'b.c'" in failure(place, server.at("/"), make="csv", records="b.c").message
    server.reply = lambda _asked: Answer(200, b"[" * 100_000)
    assert "no JSON" in failure(place, server.at("/"), make="csv").message


@pytest.mark.parametrize("way", ["link", "field", "mark", "number"])
def test_pages_are_fetched_until_the_last(place: Path, server: WebServer, way: str) -> None:
    def reply(asked: Asked) -> Answer:
        query = asked.path.partition("?")[2]
        page = int(query.rpartition("=")[2]) if query else 1
        items = [{"id": page * 10 + each} for each in range(2)] if page <= 3 else []
        more = page < 3
        return as_json(
            {"items": items, "next": f"?page={page + 1}" if more else None, "mark": page + 1 if more else ""},
            **({"Link": f'</orders?page={page + 1}>; rel="next", </orders>; rel="first"'} if more else {}),
        )

    server.reply = reply
    answers: dict[str, dict[str, Any]] = {
        "link": {"pages": "link"},
        "field": {"pages": "field", "next_field": "next"},
        "mark": {"pages": "field", "next_field": "mark", "page_name": "page"},
        "number": {"pages": "number", "page_name": "page"},
    }
    _, outcome = run(place, server.at("/orders"), make="csv", **answers[way])
    assert made(place).read_text("utf-8-sig").split() == ["id", "10", "11", "20", "21", "30", "31"]
    assert outcome.facts["rows"] == 6


def test_the_number_of_pages_is_bounded_and_circles_end(place: Path, server: WebServer) -> None:
    server.reply = lambda asked: as_json([{"path": asked.path}])
    ctx, _ = run(place, server.at("/x"), make="csv", pages="number", page_name="page", most_pages=3)
    assert len(server.asked) == 3
    assert ctx.warnings == ["There are more than 3 pages; the rest was not asked for."]
    server.reply = lambda _asked: as_json([{"always": "the same"}])
    ctx, _ = run(place, server.at("/x"), make="csv", pages="number", page_name="page")
    assert len(server.asked) == 5
    assert "the same as one before" in ctx.warnings[0]


def test_an_address_that_only_looks_like_one_is_said_at_its_field(place: Path) -> None:
    for url in ("http://xn--/", "http://" + "b" * 300, "http://a..b/", "http://[fe80::1%25x]/"):
        with pytest.raises(DeskhandError) as caught:
            run(place, url, account=None, again=0)
        assert caught.value.fields.keys() == {"url"}, url


def test_a_next_page_without_an_address_is_said_in_words(place: Path, server: WebServer) -> None:
    server.reply = lambda _asked: as_json([], Link='<http://[broken>; rel="next"')
    assert failure(place, server.at("/x"), pages="link").code == "web.next_page"


def test_pages_on_another_server_are_not_fetched(place: Path, server: WebServer) -> None:
    server.reply = lambda _asked: as_json([], Link='<https://example.com/more>; rel="next"')
    assert "another server" in failure(place, server.at("/x"), pages="link").message


def test_what_is_sent_arrives_as_it_was_typed(place: Path, server: WebServer) -> None:
    letter = place / "letter.pdf"
    letter.write_bytes(b"%PDF" * 100_000)
    sent: list[tuple[dict[str, Any], str, bytes]] = [
        ({"content": "json", "body": '{"name": "Zoë"}'}, "application/json", '{"name": "Zoë"}'.encode()),
        ({"content": "form", "body": "a=1\nb=x y&c=ü"}, "application/x-www-form-urlencoded", b"a=1&b=x%20y&c=%C3%BC"),
        ({"content": "text", "body": "hello"}, "text/plain; charset=utf-8", b"hello"),
        ({"content": "file", "file": letter}, "application/pdf", letter.read_bytes()),
    ]
    for answers, kind, body in sent:
        run(place, server.at("/in"), method="POST", headers=[{"name": "X-Note", "value": "hi"}], **answers)
        asked = server.asked[-1]
        assert (asked.method, asked.headers["content-type"], asked.body) == ("POST", kind, body)
        assert asked.headers["x-note"] == "hi"
        assert asked.headers["content-length"] == str(len(body))


@pytest.mark.parametrize(
    ("settings", "secrets", "header", "value"),
    [
        ({"login": "basic", "user": "ann"}, {"password": "s3cret"}, "authorization", "Basic YW5uOnMzY3JldA=="),
        ({"login": "bearer"}, {"token": "tok-123"}, "authorization", "Bearer tok-123"),
        ({"login": "header", "header": "X-Api-Key"}, {"token": "key-9"}, "x-api-key", "key-9"),
    ],
)
def test_a_login_is_sent_but_neither_shown_nor_logged(
    place: Path, server: WebServer, settings: dict[str, Any], secrets: dict[str, str], header: str, value: str
) -> None:
    account = add_web_account(server.url, secrets, **settings)
    params = params_for(place, server.at("/orders?api_key=in-address"), account=account)
    assert JOB_TYPE.rehearse is not None
    seen = JOB_TYPE.rehearse(params).model_dump_json()
    assert server.asked == []
    ctx = context(place)
    JOB_TYPE.run(params, ctx)
    assert server.asked[0].headers[header] == value
    for secret in (*secrets.values(), value, "in-address"):
        assert secret not in seen
        assert secret not in repr(ctx.lines)


def test_a_login_goes_to_its_own_server_only(place: Path, server: WebServer) -> None:
    account = add_web_account("https://api.example.com", {"token": "tok"}, login="bearer")
    assert failure(place, server.at("/"), account=account).fields.keys() == {"account"}
    assert server.asked == []


def test_a_redirect_to_another_server_takes_no_key_along(place: Path, server: WebServer) -> None:
    with web_server(lambda _asked: as_json([])) as other:
        there = other.url.replace("localhost", "127.0.0.1")
        server.reply = lambda _asked: Answer(302, b"", {"Location": f"{there}/landing"})
        account = add_web_account(server.url, {"token": "tok-123"}, login="bearer")
        keys = [{"name": "X-Own-Key", "value": "mine"}, {"name": "Accept-Language", "value": "de"}]
        problem = failure(place, server.at("/start"), account=account, headers=keys)
        assert problem.code == "web.address", "the account allows its own host on this network, and no other"
        assert other.asked == []
        server.reply = lambda _asked: Answer(302, b"", {"Location": f"{other.url}/landing"})
        run(place, server.at("/start"), account=account, headers=keys)
    assert server.asked[-1].headers["authorization"] == "Bearer tok-123"
    assert "authorization" not in other.asked[0].headers
    assert "x-own-key" not in other.asked[0].headers
    assert other.asked[0].headers["accept-language"] == "de"


def test_redirects_are_followed_within_reason(place: Path, server: WebServer) -> None:
    server.reply = lambda asked: as_json([]) if asked.path == "/b" else Answer(303, b"", {"Location": "b"})
    run(place, server.at("/a"), method="POST", content="text", body="x")
    assert [(asked.method, asked.path, asked.body) for asked in server.asked] == [
        ("POST", "/a", b"x"),
        ("GET", "/b", b""),
    ]
    (place / "out" / "a.json").unlink()
    server.reply = lambda asked: Answer(302, b"", {"Location": asked.path + "a"})
    assert "without end" in failure(place, server.at("/a")).message
    with web_server(lambda _asked: as_json([])) as other:
        server.reply = lambda _asked: Answer(307, b"", {"Location": other.at("/in")})
        problem = failure(place, server.at("/a"), method="POST", content="text", body="x")
        assert "another server" in problem.message
        assert other.asked == []
    server.reply = lambda _asked: Answer(302, b"", {"Location": "file:///etc/passwd"})
    assert failure(place, server.at("/a")).code == "web.redirect"


OWN = ["localhost", "127.0.0.1", "[::1]", "169.254.169.254", "10.0.0.1", "0.0.0.0", "2130706433"]


@pytest.mark.parametrize("host", OWN)
def test_this_computer_and_its_network_are_not_called_unless_the_account_allows_it(
    place: Path, server: WebServer, host: str
) -> None:
    port = server.url.rpartition(":")[2]
    for account in (None, add_web_account(f"http://{host}:{port}", private=False)):
        problem = failure(place, f"http://{host}:{port}/", account=account, again=0)
        assert problem.code == "web.address"
        assert "Addresses of a local network" in problem.hint
    assert server.asked == []


def test_the_address_that_is_judged_is_the_one_that_is_connected_to(
    place: Path, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that gives another address at each look-up gains nothing: there is one look-up for a connection."""
    port = int(server.url.rpartition(":")[2])
    looked_up: list[str] = []
    real = socket.getaddrinfo

    def changing(host: Any, *rest: Any, **more: Any) -> Any:
        if host != "rebind.example":
            return real(host, *rest, **more)
        looked_up.append(host)
        address = "192.0.2.1" if len(looked_up) == 1 else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(socket, "getaddrinfo", changing)
    for _ in range(3):
        assert failure(place, f"http://rebind.example:{port}/", account=None, again=0).code == "web.address"
    assert server.asked == []


def test_a_login_in_the_clear_stays_on_the_own_network(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    account = add_web_account("http://nas.example", {"token": "tok"}, login="bearer", private=True)
    public = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_rest, **_more: public)
    problem = failure(place, "http://nas.example/", account=account, again=0)
    assert "without encryption" in problem.message


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "wants a login"),
        (403, "does not allow"),
        (404, "knows nothing at"),
        (429, "asked too often"),
        (500, "fault of its own"),
    ],
)
def test_refusals_are_said_in_words_with_what_the_server_says(
    place: Path, server: WebServer, status: int, said: str
) -> None:
    server.reply = lambda _asked: Answer(status, b'{"error": "because"}', {"Content-Type": "application/json"})
    problem = failure(place, server.at("/"), again=0)
    assert said in problem.message
    assert status == 401 or ("because" in problem.message and str(status) in problem.message)
    assert problem.hint


def test_a_login_that_is_not_accepted_needs_the_user(place: Path, server: WebServer) -> None:
    server.reply = lambda _asked: Answer(401, b"no token tok-123", {"Content-Type": "text/plain"})
    account = add_web_account(server.url, {"token": "tok-123"}, login="bearer")
    problem = failure(place, server.at("/"), account=account)
    assert isinstance(problem, NeedsUserError)
    assert "My service" in problem.message
    server.reply = lambda _asked: Answer(400, b"no token tok-123", {"Content-Type": "text/plain"})
    assert "tok-123" not in failure(place, server.at("/"), account=account).message


def test_a_busy_server_is_asked_again_when_it_says(place: Path, server: WebServer) -> None:
    later = format_datetime(now(), usegmt=True)
    answers = [Answer(503, b"", {"Retry-After": "1"}), Answer(429, b"", {"Retry-After": later}), as_json([])]
    server.reply = lambda _asked: answers.pop(0)
    began = time.monotonic()
    ctx, _ = run(place, server.at("/x"), method="POST", content="text", body="x")
    assert 1 <= time.monotonic() - began < 10
    assert len(server.asked) == 3
    assert any("Trying again in" in told.message for told in ctx.told)
    server.reply = lambda _asked: Answer(503, b"", {"Retry-After": "7200"})
    (place / "out" / "x.json").unlink()
    assert "rest of 2 hours" in failure(place, server.at("/x")).message


def test_what_must_not_be_done_twice_is_sent_once(
    place: Path, server: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calling, "FIRST_WAIT", 0.01)
    server.reply = lambda _asked: Answer(200, b"half", whole=False)
    problem = failure(place, server.at("/pay"), method="POST", content="text", body="x", again=3)
    assert problem.code == "web.unknown"
    assert len(server.asked) == 1
    failure(place, server.at("/pay"), method="PUT", content="text", body="x", again=2)
    assert len(server.asked) == 4


def test_a_job_that_was_cut_off_does_not_send_again_before_the_user_has_looked(place: Path, server: WebServer) -> None:
    params = params_for(place, server.at("/pay"), method="POST", content="text", body="x")

    def stop(_asked: Asked) -> Answer:
        ctx.stop_at = 0
        time.sleep(0.5)
        return as_json([])

    ctx = _Stoppable(place / "job")
    server.reply = stop
    with pytest.raises(JobStopped):
        JOB_TYPE.run(params, ctx)
    server.reply = lambda _asked: as_json([])
    with pytest.raises(NeedsUserError, match="not known"):
        JOB_TYPE.run(params, DirectContext(place / "job", attempt=2))
    assert len(server.asked) == 1
    JOB_TYPE.run(params, DirectContext(place / "job", attempt=3))
    assert len(server.asked) == 2


class _Stoppable(DirectContext):
    stop_at: int | None = None

    def stop_requested(self) -> bool:
        """Whenever the test says so."""
        return self.stop_at is not None


@pytest.mark.alone
def test_a_stop_takes_effect_while_the_server_is_silent(place: Path, server: WebServer) -> None:
    ctx = _Stoppable(place / "job")

    def silent(_asked: Asked) -> Answer:
        ctx.stop_at = 0
        time.sleep(5)
        return as_json([])

    server.reply = silent
    began = time.monotonic()
    with pytest.raises(JobStopped):
        JOB_TYPE.run(params_for(place, server.at("/x")), ctx)
    assert time.monotonic() - began < 2
    assert list((place / "out").iterdir()) == []


def test_an_answer_that_takes_too_long_or_is_too_large_is_given_up(place: Path, server: WebServer) -> None:
    def slow(_asked: Asked) -> Answer:
        time.sleep(2)
        return as_json([])

    server.reply = slow
    assert failure(place, server.at("/x"), seconds=1, again=0).code == "web.slow"
    server.reply = lambda _asked: Answer(200, bytes(2_000_000))
    assert failure(place, server.at("/x"), most_mb=1).fields.keys() == {"most_mb"}
    bomb = gzip.compress(bytes(50_000_000))
    server.reply = lambda _asked: Answer(200, bomb, {"Content-Encoding": "gzip"})
    assert failure(place, server.at("/x"), most_mb=1).fields.keys() == {"most_mb"}
    server.reply = lambda _asked: Answer(200, b"no gzip", {"Content-Encoding": "gzip"})
    assert "damaged" in failure(place, server.at("/x")).message


@pytest.mark.parametrize(
    ("which", "said"),
    [("other_name", "belongs to another name"), ("expired", "has expired"), ("stranger", "does not know who vouches")],
)
def test_certificates_that_do_not_fit_are_said_in_words(
    place: Path, certificates: Certificates, which: str, said: str
) -> None:
    with web_server(lambda _asked: as_json([]), getattr(certificates, which)) as server:
        account = add_web_account(server.url, ca_file=str(certificates.ca))
        problem = failure(place, server.at("/"), account=account)
        assert said in problem.message
        assert server.asked == []


def test_an_encrypted_answer_is_read_with_the_certificate_of_the_account(
    place: Path, certificates: Certificates
) -> None:
    with web_server(lambda _asked: as_json(ORDERS), certificates.good) as server:
        account = add_web_account(server.url, {"token": "tok"}, ca_file=str(certificates.ca), login="bearer")
        run(place, server.at("/orders"), account=account)
        assert server.asked[0].headers["authorization"] == "Bearer tok"
        (place / "out" / "orders.json").unlink()
        assert "does not know who vouches" in failure(place, server.at("/orders")).message
        server.reply = lambda _asked: Answer(302, b"", {"Location": server.url.replace("https", "http")})
        assert "without encryption" in failure(place, server.at("/orders"), account=account).message


def test_servers_that_are_not_there_are_said_in_words(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://localhost:{taken.getsockname()[1]}/"
        assert "Nothing answers" in failure(place, url, again=0).message

    def unknown(*_rest: Any, **_more: Any) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "no such name")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert "no server called" in failure(place, "http://nowhere.example/", account=None).message


def test_answers_that_do_not_fit_are_said_at_their_fields(place: Path) -> None:
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"method": "POST", "content": "json"}, "body"),
        ({"method": "POST", "content": "file", "file": place / "gone"}, "file"),
        ({"pages": "field"}, "next_field"),
        ({"pages": "number"}, "page_name"),
    ]
    for answers, field in wrong:
        with pytest.raises(UserError) as caught:
            JOB_TYPE.run(WebServiceParams(url="https://example.com", folder=place / "out", **answers), context(place))
        assert caught.value.fields.keys() == {field}


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({"url": "ftp://example.com"}, "begin with https"),
        ({"url": "https://ann:pw@example.com"}, "into an account"),
        ({"url": "https://exa mple.com"}, "no web address"),
        ({"url": "https://"}, "no web address"),
        ({"headers": [{"name": "Authorization", "value": "Bearer x"}]}, "belongs in an account"),
        ({"headers": [{"name": "X-A", "value": "a\r\nB: c"}]}, "Only plain letters"),
        ({"headers": [{"name": "X A", "value": "a"}]}, "letters, digits and hyphens"),
        ({"headers": [{"name": "Host", "value": "a"}]}, "set by itself"),
        ({"method": "POST", "content": "json", "body": '{"a": }'}, "line 1, at sign 7"),
        ({"curl": "curl https://example.com"}, "at most 0"),
    ],
)
def test_answers_that_cannot_be_right_are_refused_in_words(tmp_path: Path, answers: dict[str, Any], said: str) -> None:
    from backend.queue.checking import checked

    with pytest.raises(UserError) as caught:
        checked(JOB_TYPE, {"url": "https://example.com", "folder": str(tmp_path), **answers})
    assert said in " ".join(caught.value.fields.values())


def test_the_rehearsal_shows_the_request_and_sends_nothing(place: Path, server: WebServer) -> None:
    assert JOB_TYPE.rehearse is not None
    params = params_for(
        place,
        server.at("/in"),
        method="POST",
        content="json",
        body='{"name": "Ann", "password": "pw-1"}',
        headers=[{"name": "X-Api-Token", "value": "tok-1"}],
        pages="link",
        make="csv",
    )
    seen = JOB_TYPE.rehearse(params)
    assert seen.headline == "localhost would be asked with POST."
    assert '"name": "Ann"' in seen.tables[1].rows[0][0]
    assert "pw-1" not in seen.model_dump_json()
    assert "tok-1" not in seen.model_dump_json()
    assert any("cannot take it back" in warning for warning in seen.warnings)
    assert server.asked == []

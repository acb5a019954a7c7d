"""One connection against a server that misbehaves: what each answer, and each lost one, is taken for."""

from collections.abc import Callable, Generator

import pytest

from backend.core.errors import UserError
from backend.lib.mail.accounts import Account, connect
from backend.lib.mail.addresses import parse
from backend.lib.mail.mime import Envelope, Mailbox, Message
from backend.lib.mail.replies import Delivery, MalformedReplyError, ReplyReader
from backend.lib.mail.smtp import Link, Post
from backend.lib.mail.switchboard import wait_for
from tests.helpers.mail_faults import Faults

SENDER = parse("office@example.com")
ENVELOPE = Envelope(Mailbox("Office", SENDER))


def _message(to: str, text: str = "Hello\n.\n..dots\n") -> Message:
    return ENVELOPE.message(Mailbox("", parse(to)), "Hi", text, message_id="<1@example.com>", date=1.0)


def _post(to: str) -> Post:
    return Post(SENDER, parse(to), _message(to))


@pytest.fixture(params=[True, False], ids=["pipelining", "one by one"])
def server(request: pytest.FixtureRequest) -> Generator[Faults, None, None]:
    with Faults(pipelining=request.param).serving() as running:
        yield running


def _deliver(link: Link, to: str, about_to: Callable[[], None] = lambda: None) -> Delivery:
    return link.deliver(_post(to), about_to)


@pytest.fixture(params=["held up", "others go on"], autouse=True)
def waiting(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections either hold their thread up or let others go on meanwhile."""
    if request.param == "others go on":
        monkeypatch.setattr(f"{__name__}._prepared", lambda link: link.let_others_go_on(wait_for))


def _prepared(_link: Link) -> None:
    """Replaced where others go on."""


def _open(server: Faults) -> Link:
    link = connect(server.account(), str, timeout=5)
    _prepared(link)
    return link


def test_a_message_arrives_as_it_was_written(server: Faults):
    link = _open(server)
    for number in range(3):
        delivery = _deliver(link, f"anna{number}@example.com")
        assert (delivery.meaning, delivery.words) == ("sent", "250 2.0.0 taken")
    link.leave()
    received = server.delivered[0][1]
    assert b"\r\n..\r\n...dots\r\n" in received
    assert (
        b"\r\n".join(line[line.startswith(b"..") :] for line in received.split(b"\r\n"))
        == _message("anna0@example.com").as_bytes()
    )
    assert server.talked_early == 0


@pytest.mark.parametrize(
    ("word", "meaning", "words", "marked"),
    [
        ("refuse", "refused", "550 5.1.1 nobody here by that name", False),
        ("empty", "refused", "550 no", False),
        ("defer", "deferred", "450 4.2.1 come back later", False),
        ("late", "refused", "554 5.7.1 looks like spam", True),
        ("cutrcpt", "again", "The connection was lost", False),
        ("cutdata", "again", "The connection was lost", False),
        ("shut", "again", "421 closing", False),
        ("cutdot", "unknown", "no clear answer came back", True),
        ("garbled", "unknown", "no clear answer came back", True),
        ("half", "unknown", "no clear answer came back", True),
    ],
)
def test_every_answer_is_taken_for_what_it_is(server: Faults, word: str, meaning: str, words: str, marked: bool):
    marks: list[str] = []
    link = _open(server)
    delivery = _deliver(link, f"{word}@example.com", lambda: marks.append(word))
    assert delivery.meaning == meaning
    assert words in delivery.words
    assert marks == [word] * marked
    if meaning in {"refused", "deferred"}:
        assert _deliver(link, "next@example.com").meaning == "sent"
    else:
        assert link.sock is None
    link.leave()
    assert server.count()["next@example.com"] == (meaning in {"refused", "deferred"})
    assert server.count()[f"{word}@example.com"] == (meaning == "unknown")


def test_a_connection_lost_before_the_dot_could_leave_means_again(server: Faults):
    """The body is larger than every buffer, so the write itself fails."""
    link = _open(server)
    message = _message("cutbody@example.com", "x" * 80 + "\n" + ("y" * 79 + "\n") * 400_000)
    delivery = link.deliver(Post(SENDER, parse("cutbody@example.com"), message), lambda: None)
    assert delivery.meaning == "again"
    assert server.delivered == []


def test_a_connection_that_the_server_closed_while_idle_is_stale(server: Faults):
    link = _open(server)
    assert _deliver(link, "anna@example.com").meaning == "sent"
    server.cut_all()
    delivery = _deliver(link, "berta@example.com")
    assert (delivery.meaning, delivery.stale) == ("again", True)


def test_what_the_mark_raises_ends_the_connection_and_sends_nothing(server: Faults):
    link = _open(server)

    def fails() -> None:
        raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        _deliver(link, "anna@example.com", fails)
    assert link.sock is None
    assert server.delivered == []


def test_a_busy_server_and_a_refused_sender_are_told_apart_from_a_bad_recipient():
    with Faults().serving() as server:
        link = _open(server)
        assert _deliver(link, "busy@example.com").meaning == "busy"
        assert _deliver(link, "busy@example.com").meaning == "sent"
        server.refuse_sender = True
        assert _deliver(link, "anna@example.com").meaning == "sender refused"
        link.leave()


@pytest.mark.parametrize(("pipelining", "exchanges"), [(True, 2), (False, 4)])
def test_commands_go_out_together_only_where_the_server_offers_it(pipelining: bool, exchanges: int):
    with Faults(pipelining=pipelining).serving() as server:
        link = _open(server)
        before = server.reads
        assert _deliver(link, "anna@example.com").meaning == "sent"
        assert server.reads - before == exchanges
        assert server.talked_early == 0
        link.leave()


def test_letters_beyond_ascii_go_only_to_a_server_that_takes_them():
    with Faults().serving() as server:
        link = _open(server)
        assert _deliver(link, "josé@example.com").meaning == "refused"
        link.leave()
        assert server.senders == []
    with Faults(utf8=True).serving() as server:
        link = _open(server)
        assert _deliver(link, "josé@bücher.example.com").meaning == "sent"
        assert _deliver(link, "anna@example.com").meaning == "sent"
        link.leave()
        assert server.senders[0].endswith(" BODY=8BITMIME SMTPUTF8")
        assert "SMTPUTF8" not in server.senders[1]
        assert server.delivered[0][0] == "josé@xn--bcher-kva.example.com"


def test_a_message_larger_than_the_server_takes_is_refused_without_sending_it():
    with Faults(size=100).serving() as server:
        link = _open(server)
        delivery = _deliver(link, "anna@example.com")
        assert delivery.meaning == "refused"
        assert "MB" in delivery.words
        assert server.senders == []
        link.leave()


def test_a_password_is_never_sent_in_the_clear():
    asked: list[str] = []

    def secret() -> str:
        asked.append("asked")
        return "secret"

    with Faults(auth="PLAIN LOGIN").serving() as server:
        for security in ("none", "starttls"):
            with pytest.raises(UserError) as caught:
                connect(Account("127.0.0.1", server.port, security, "password", "anna"), secret, timeout=5)
            assert caught.value.code == "mail.encryption"
        assert asked == []
        assert not any(command.startswith("AUTH") for command in server.commands)


@pytest.mark.parametrize(
    ("greeting", "said"),
    [("554 go away", "does not want to talk"), ("SSH-2.0-OpenSSH_9", "is not a mail server")],
)
def test_a_server_that_does_not_want_us_is_named_in_plain_words(greeting: str, said: str):
    with Faults(greeting=greeting).serving() as server, pytest.raises(UserError, match=said) as caught:
        _open(server)
    assert caught.value.code == "mail.connect"


def test_a_port_where_nothing_answers_and_a_name_that_is_none_are_told_apart():
    with Faults().serving() as server:
        port = server.port
    with pytest.raises(UserError, match="Nothing answers"):
        connect(Account("127.0.0.1", port, "none", "none"), str, timeout=5)
    with pytest.raises(UserError, match="no mail server called"):
        connect(Account("no-such-host.invalid", 25, "none", "none"), str, timeout=5)


@pytest.mark.parametrize(
    "line", [b"250 o", b" 50 ok\r\n", b"+25 ok\r\n", b"2500\r\n", b"ok\r\n", b"\r\n", b"150 hm\r\n", b"250 a\rb\r\n"]
)
def test_what_is_no_whole_reply_is_not_taken_for_one(line: bytes):
    with pytest.raises(MalformedReplyError):
        ReplyReader().add(line)


def test_a_reply_of_several_lines_needs_one_code_throughout():
    reader = ReplyReader()
    assert reader.add(b"250-first\r\n") is None
    reply = reader.add(b"250 second\r\n")
    assert reply is not None
    assert reply.words == "250 first second"
    reader = ReplyReader()
    reader.add(b"250-first\r\n")
    with pytest.raises(MalformedReplyError):
        reader.add(b"550 second\r\n")


def test_what_follows_is_agreed_on_in_the_exchange_that_sends_the_one_before():
    with Faults().serving() as server:
        link = _open(server)
        posts = [_post(f"anna{number}@example.com") for number in range(4)]
        before = server.reads
        assert link.agree(posts[0]) is None
        for post, following in zip(posts, [*posts[1:], None], strict=True):
            delivery, answer = link.hand_over(post, following)
            assert (delivery.meaning, answer) == ("sent", None)
        assert server.reads - before == len(posts) + 1
        assert [to for to, _ in server.delivered] == [f"anna{number}@example.com" for number in range(4)]
        link.leave()


@pytest.mark.parametrize(
    ("word", "meaning"),
    [("cutdot", "unknown"), ("garbled", "unknown"), ("half", "unknown"), ("late", "refused")],
)
def test_what_becomes_of_one_is_no_fault_of_the_next(word: str, meaning: str):
    with Faults().serving() as server:
        link = _open(server)
        first, second = _post(f"{word}@example.com"), _post("next@example.com")
        assert link.agree(first) is None
        delivery, answer = link.hand_over(first, second)
        assert delivery.meaning == meaning
        if meaning == "refused":
            assert answer is None
            assert link.hand_over(second)[0].meaning == "sent"
        else:
            assert answer is not None
            assert (answer.meaning, answer.stale) == ("again", True)
            assert link.sock is None
        link.leave()
        assert server.count()["next@example.com"] == (meaning == "refused")


@pytest.mark.parametrize(
    ("word", "meaning"), [("refuse", "refused"), ("empty", "refused"), ("busy", "busy"), ("cutrcpt", "again")]
)
def test_an_answer_to_the_next_is_told_apart_from_that_to_the_one_before(word: str, meaning: str):
    with Faults().serving() as server:
        link = _open(server)
        first, second = _post("anna@example.com"), _post(f"{word}@example.com")
        assert link.agree(first) is None
        delivery, answer = link.hand_over(first, second)
        assert delivery.meaning == "sent"
        assert answer is not None
        assert answer.meaning == meaning
        if meaning != "again":
            assert _deliver(link, "last@example.com").meaning == "sent"
        link.leave()
        assert server.count()[f"{word}@example.com"] == 0


def test_a_connection_that_waits_for_a_message_is_left_without_a_word():
    with Faults().serving() as server:
        link = _open(server)
        assert link.agree(_post("anna@example.com")) is None
        link.leave()
        assert "QUIT" not in server.commands
        assert server.delivered == []

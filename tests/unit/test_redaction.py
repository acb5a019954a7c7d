"""What is taken out of texts that are given away, and what is left to be read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.state.redaction import Kind, Redactor

KNOWN: dict[str, Kind] = {
    "/home/zoë.brontë": "home",
    r"C:\Users\Zoë Brontë": "home",
    "zoë.brontë": "user",
    "Zoë Brontë": "user",
    "Straßmann": "user",
    "WS-0417": "computer",
    "q7Z_live-token": "secret",
}

TAKEN_OUT = [
    # secrets
    ("password=hunter2", "hunter2"),
    ("Password: correct horse battery", "horse"),
    ('{"password": "it\\"s, two", "next": 1}', "two"),
    ("{'smtp_password': 'it\\'s mine'}", "mine"),
    ("the password 'hunter2' was refused", "hunter2"),
    ("Passphrase is opensesame", "opensesame"),
    ("deskhand --api-token s3cr3t --page jobs", "s3cr3t"),
    ("Authorization: Basic dXNlcjpwYXNz", "dXNlcjpwYXNz"),
    ("authorization: bearer abc.def-ghi", "abc.def-ghi"),
    ("{'Authorization': 'Bearer eyJhbGciOiJIUzI1NiJ9'}", "eyJhbGciOiJIUzI1NiJ9"),
    ("Set-Cookie: sid=ab12", "ab12"),
    ("x-api-key=ab12", "ab12"),
    ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\nIBADAN\n-----END PRIVATE KEY-----", "IBADAN"),
    ("-----BEGIN PRIVATE KEY-----\nMIIEvQ\ncut off", "MIIEvQ"),
    ("sent 8sMrqbDFi1gKSGD0hHsu3IP4yLbVAKqlfmBNYTlXXbk now", "8sMrqbDFi1gKSGD0hHsu3"),
    ("key ab+cd/EFGHIJKLM1234567890=", "EFGHIJKLM"),
    ("sha 9f86d081884c7d659a2feaa0c55ad015", "9f86d081884c7d65"),
    ("with q7Z_live-token.", "q7Z_live"),
    # addresses
    ("mail to jane.doe+x@mail.example.org failed", "jane"),
    ('"Jane Doe"@example.org', "Jane"),
    ("bounce+jane=acme.org@lists.example.org", "jane"),
    ("mailto:jane%40acme.org", "jane"),
    ("用户@例子.中国 was refused", "用户"),
    ("postmaster@[192.0.2.7]", "192.0.2.7"),
    ("from 192.168.1.20:5432.", "192.168.1.20"),
    ("at 10.0.0.5.Then", "10.0.0.5"),
    ("to 2001:db8::17: refused", "2001:db8"),
    ("[fe80::1ff:fe23:4567:890a%eth0]:443", "fe80"),
    ("::ffff:10.1.2.3", "10.1.2.3"),
    ("link 00:1A:2b:3c:4d:5e up", "1A:2b"),
    ("postgresql://deskhand:p@ss/w:rd@db.office/x?sslkey=1", "p@ss"),
    ("postgresql://deskhand:p@ss/w:rd@db.office/x?sslkey=1", "db.office"),
    ("redis://:pa'ss@10.1.1.1:6379", "ss@10"),
    ("POST https://hooks.example.com/services/T0/B1/x", "T0/B1"),
    ("http://127.0.0.1:80/x?token=abc", "abc"),
    # users, computers, homes
    ("connect to smtp.firma.at now", "firma"),
    ("mail.example.org. refused", "example"),
    ("host=fileserver, port=1", "fileserver"),
    ("worker deskhand-11444@vm-3d1219 ready", "vm-3d1219"),
    ("on ws-0417.", "ws-0417"),
    ("user=ada role=x", "ada"),
    ("by ZOË BRONTË", "BRONTË"),
    ("Frau STRASSMANN oder Frau Straßmann", "Straßmann"),
    ("in /home/zoë.brontë/Documents/x.csv", "zoë"),
    ('{"file": "/home/zo\\u00eb.bront\\u00eb/x.csv"}', "zo\\u00eb"),
    ("file:///home/zo%C3%AB.bront%C3%AB/x.csv", "%C3%AB"),
    ("'C:\\\\Users\\\\Zoë Brontë\\\\x.csv'", "Bront"),
    (r"C:\Users\Other Person\x.csv", "Person"),
    ("/home/somebody/x.csv", "somebody"),
    ("/Users/somebody/Library", "somebody"),
]

LEFT = [
    "2026-11-24 14:23:01,540 INFO backend.host.supervisor the worker ended with status -9 and is started again",
    '  File "/opt/deskhand/_internal/desktop/ui/home.py", line 118, in _show_running',
    "GET /api/v1/jobs/17/log 200 35.2 ms",
    "Uvicorn running on http://127.0.0.1:34378 (Press CTRL+C to quit)",
    "Connected to redis+socket:///var/lib/deskhand/run/broker.sock",
    "a copy was put aside: /srv/Deskhand1/Data2/copies/deskhand-20261124T142321-daily.sqlite3",
    "Connected to redis+socket:///srv/Data2/deskhand/run/broker.sock",
    "Valkey version=9.1.2, bits=64, commit=00000000, modified=1, pid=11430",
    "PySide6-Essentials 6.11.3",
    "task 0a64ca37-c6e8-4980-9f7e-1f2f3a4b5c6d received",
    "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database or disk is full",
    "assert self.process is None",
    "/usr/lib/python3.11/site-packages/alembic/runtime/migration.py",
]


@pytest.mark.parametrize(("text", "gone"), TAKEN_OUT)
def test_what_opens_a_door_or_names_somebody_is_taken_out(text: str, gone: str) -> None:
    redactor = Redactor(KNOWN)
    assert gone in text
    clean = redactor.clean(f"before {text}\nafter")
    assert gone.casefold() not in clean.casefold()
    assert clean.startswith("before ")
    assert sum(redactor.found.values()) > 0


@pytest.mark.parametrize("text", LEFT)
def test_what_helps_to_find_a_fault_is_left(text: str) -> None:
    assert Redactor(KNOWN).clean(text) == text


@given(
    before=st.text(st.characters(categories=["P", "Z"]), max_size=5),
    word=st.sampled_from(sorted(KNOWN)),
    after=st.text(st.characters(categories=["P", "Z"]), max_size=5),
)
def test_a_known_text_is_found_whatever_stands_around_it(before: str, word: str, after: str) -> None:
    assert word not in Redactor(KNOWN).clean(before + word + after)


@given(st.text(max_size=300))
def test_any_text_can_be_cleaned_and_what_is_clean_stays_so(text: str) -> None:
    clean = Redactor(KNOWN).clean(text)
    assert Redactor(KNOWN).clean(clean) == clean


def test_a_large_log_is_cleaned_in_little_time() -> None:
    import time

    lines = "\n".join(LEFT) + "\n" + "a" * 2000 + "\n" + "1:" * 1000 + "\n" + "x." * 1000 + "\n"
    text = lines * (256_000 // len(lines))
    began = time.process_time()
    Redactor(KNOWN).clean(text)
    assert time.process_time() - began < 5

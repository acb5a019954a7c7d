"""From recipient to message: own files, own links; and the practice run."""

import os
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from backend.core.errors import UserError
from backend.lib.mail.addresses import parse
from backend.lib.mail.attachments import OwnAttachments, contained, names_in_cell, read_part
from backend.lib.mail.composing import Composer, practice_claim, practice_run
from backend.lib.mail.ledger_file import Recipient
from backend.lib.mail.letters import CompiledLetter, Letter
from backend.lib.mail.mime import Envelope, Mailbox
from backend.lib.mail.presets import PRESETS, preset_for

OFFICE = Mailbox("Office", parse("office@example.com"))
NAMES = {"name": "Name", "file": "File"}


def _composer(folder: Path | None = None) -> Composer:
    return Composer(
        Envelope(OFFICE),
        CompiledLetter(Letter("For {{ name }}", "Dear {{ name }}"), NAMES),
        own_files=OwnAttachments(folder) if folder else None,
        own_files_column="file",
        unsubscribe_mailto="leave@example.com?subject={address}",
        unsubscribe_url="https://example.com/leave?who={address}",
    )


def _recipient(row: int = 2, file: str = "", skip: str = "") -> Recipient:
    return Recipient(row, parse(f"p{row}+a@example.com"), f"P {row}", {"name": f"N{row}", "file": file}, skip)


def _read(raw: bytes) -> EmailMessage:
    read = message_from_bytes(raw, policy=default)
    assert isinstance(read, EmailMessage)
    return read


def test_each_recipient_gets_his_own_files_and_links(tmp_path: Path):
    (tmp_path / "bills").mkdir()
    (tmp_path / "bills" / "Müller.pdf").write_bytes(b"%PDF 1")
    (tmp_path / "b.csv").write_bytes(b"a;b")
    claim = practice_claim(1, _recipient(file="bills/Müller.pdf; b.csv"), "example.com", 1e9)
    compose = _composer(tmp_path)
    read = _read(compose(claim).as_bytes())
    files = {part.get_filename(): part.get_payload(decode=True) for part in read.iter_attachments()}
    assert files == {"Müller.pdf": b"%PDF 1", "b.csv": b"a;b"}
    assert read["List-Unsubscribe"] == (
        "<https://example.com/leave?who=p2%2Ba%40example.com>, <mailto:leave@example.com?subject=p2%2Ba%40example.com>"
    )
    assert compose(claim).as_bytes() == compose(claim).as_bytes()


@pytest.mark.parametrize(
    "name",
    ["../secret", "a/../../secret", "/etc/passwd", "C:\\x", "..\\secret", "a\x00b", "a:b", "", "sub", "nul.txt", "out",
     "missing.pdf", "a//b", "./fine", "fine. "],
)  # fmt: skip
def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path, name: str):
    (tmp_path / "secret").write_text("x")
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "fine").write_text("x")
    (folder / "out").symlink_to(tmp_path / "secret")
    with pytest.raises(UserError, match="is not attached"):
        contained(folder, name)
    assert contained(folder, "fine") == (folder / "fine").resolve()


def test_a_pipe_is_no_file_to_attach(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="not a file"):
        contained(tmp_path, "pipe")


def test_a_file_that_changed_is_read_again_and_one_too_large_refused(tmp_path: Path):
    (tmp_path / "a.txt").write_bytes(b"one")
    files = OwnAttachments(tmp_path, largest=10)
    first = files.parts("a.txt")[0]
    assert files.parts("a.txt")[0] is first
    (tmp_path / "a.txt").write_bytes(b"second")
    assert files.parts("a.txt")[0] is not first
    assert files.check("a.txt") == [("a.txt", 6)]
    (tmp_path / "a.txt").write_bytes(b"x" * 11)
    with pytest.raises(UserError, match="larger"):
        files.parts("a.txt")
    with pytest.raises(UserError, match="larger"):
        files.check("a.txt")
    with pytest.raises(UserError, match="cannot be read"):
        read_part(tmp_path / "gone")


def test_names_of_files_in_a_cell_are_separated_by_semicolons_or_lines():
    assert names_in_cell(" a, b.pdf ;c.pdf\n\nd ") == ["a, b.pdf", "c.pdf", "d"]


def test_a_practice_run_writes_what_would_be_sent(tmp_path: Path):
    done: list[int] = []
    people = [_recipient(2), _recipient(3, skip="on the list of those not to mail"), _recipient(4)]
    compose = _composer()
    count = practice_run(people, compose, tmp_path, domain="example.com", moment=1e9, progress=done.append)
    assert (count, done) == (2, [1, 2])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "000001 p2+a@example.com.eml",
        "000002 p4+a@example.com.eml",
    ]
    read = _read((tmp_path / "000002 p4+a@example.com.eml").read_bytes())
    assert (read["To"], read["Subject"]) == ("P 4 <p4+a@example.com>", "For N4")
    with pytest.raises(UserError, match="letters in the folder"):
        practice_run(people, compose, tmp_path, domain="example.com", moment=1e9)


def test_every_preset_is_encrypted_and_found_by_its_domains():
    assert all(preset.security in ("tls", "starttls") for preset in PRESETS)
    assert len({preset.name for preset in PRESETS}) == len(PRESETS)
    assert preset_for("x@GoogleMail.com").name == "gmail"
    assert preset_for("x@example.com").name == "other"
    office = next(preset for preset in PRESETS if preset.name == "microsoft365")
    assert (office.per_minute, office.per_day, office.connections, office.login) == (30, 10_000, 3, "oauth2")
    domains = [domain for preset in PRESETS for domain in preset.domains]
    assert len(domains) == len(set(domains))

"""A mailing whose disk fills up while it is sent, on a real file system that is small."""

import json
import subprocess
import sys
from pathlib import Path

from tests.helpers.children import with_small_disk
from tests.helpers.mail_faults import Faults

ROOT = Path(__file__).parents[2]
PEOPLE = 400
# What is written over has no place of its own any more, as on a file system that copies on writing: the part of the
# file of notes that is still empty is punched out, to the last page.
SCRIPT = """
import contextlib, json, subprocess, sys
from pathlib import Path
from backend.core.errors import UserError
from backend.lib.mail.accounts import Account
from backend.lib.mail.ledger import Ledger
from backend.lib.mail.plan import Plan
from tests.helpers.mail_jobs import Controls, people, sender

disk, port = Path(sys.argv[1]), int(sys.argv[2])
path, ballast = disk / "ledger", disk / "ballast"
notes = disk / "ledger.mailing.notes"


def fill_up():
    if ballast.exists() or not notes.exists() or b"sent" not in notes.read_bytes():
        return
    used = -len(notes.read_bytes().rstrip(bytes(1))) // 4096 * -4096
    length = notes.stat().st_size - used
    subprocess.run(["fallocate", "--punch-hole", f"--offset={used}", f"--length={length}", notes], check=True)
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(4096))


def send(controls):
    with Ledger(path) as ledger:
        ledger.prepare(people(*(f"p{n}" for n in range(int(sys.argv[3])))), "example.com")
        return sender(ledger, Account("127.0.0.1", port, "none", "none"), Plan(connections=4), controls).run()


controls = Controls()
controls.at_checkpoint = fill_up
try:
    send(controls)
except UserError as error:
    said = [error.code, error.message]
else:
    said = []
ballast.unlink()
print(json.dumps([said, send(Controls())]))
"""


def test_a_full_disk_stops_a_mailing_in_words_and_nobody_gets_the_letter_twice_when_it_goes_on(tmp_path: Path):
    with Faults().serving() as server:
        script = [sys.executable, "-c", SCRIPT, str(tmp_path / "disk"), str(server.port), str(PEOPLE)]
        command = with_small_disk(tmp_path / "disk", 4, script)
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)
        delivered = server.count()
    assert done.returncode == 0, done.stderr
    (code, message), states = json.loads(done.stdout)
    assert code == "mail.ledger"
    assert "the disk is full" in message
    assert set(delivered.values()) == {1}
    assert states["sent"] + states["unknown"] == PEOPLE
    assert states["unknown"] <= 4
    assert len(delivered) >= states["sent"]

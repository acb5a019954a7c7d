"""A practice run: every letter is written into a folder as a file that mail programs open; nothing is sent."""

import csv
import json
import time
from collections.abc import Callable
from pathlib import Path

from backend.jobtypes.contract import JobContext
from backend.lib.mail.composing import practice_run
from backend.lib.mail.ledger import Claim
from backend.lib.mail.ledger_file import Recipient
from backend.lib.mail.mime import Message
from backend.lib.results import file_name


def practise(
    recipients: list[Recipient], compose: Callable[[Claim], Message], folder: Path, domain: str, ctx: JobContext
) -> None:
    """Writes the letters, and a list of them. What an attempt that was cut off has written is written anew."""
    for left in folder.glob("*.eml"):
        left.unlink()
    practice_run(
        recipients,
        compose,
        folder,
        domain=domain,
        moment=time.time(),
        checkpoint=ctx.checkpoint,
        progress=lambda done: ctx.progress(done, len(recipients), "letters"),
    )
    with (
        ctx.artifact(folder / "Letters.csv", "The letters of the practice run") as part,
        part.open("w", encoding="utf-8-sig", newline="") as file,
    ):
        rows = csv.writer(file)
        rows.writerow(["File", "Row of the list"])
        for path, one in zip(sorted(folder.glob("*.eml")), recipients, strict=True):
            rows.writerow([path.name, one.row])


def practice_folder(into: Path, title: str, note: Path) -> Path:
    """A new folder, or the one that an earlier attempt made, which is noted before it is made."""
    if note.exists():
        folder = Path(json.loads(note.read_text("utf-8")))
        folder.mkdir(exist_ok=True)
        return folder
    number = 1
    while True:
        name = file_name(f"{title} practice run", "eml", "Letters").removesuffix(".eml")
        folder = into / (name if number == 1 else f"{name} ({number})")
        if not folder.exists():
            note.write_text(json.dumps(str(folder)), "utf-8")
            folder.mkdir()
            return folder
        number += 1

"""The recovery sheet: a page to be printed, with the password and what to type where Deskhand is not at hand."""

import unicodedata
from datetime import datetime
from pathlib import Path
from typing import Final

from backend.lib.restic import words
from backend.lib.restic.paper import pages, printable
from backend.lib.restic.repository import host_name

_UNMISTAKABLE: Final = frozenset("abcdefghijkmnpqrstuvwxyz23456789-")
COMMANDS: Final = (
    ("restic -r FOLDER snapshots", "the versions, with date and contents"),
    ("restic -r FOLDER ls latest", "what is in the newest one"),
    ("restic -r FOLDER restore latest --target NEW_FOLDER", "everything, under NEW_FOLDER"),
    ("restic -r FOLDER find 'invoice*.pdf'", "a name in all versions"),
    ("restic -r FOLDER check --read-data", "proof that all of it is whole"),
    ("restic -r FOLDER unlock", "if it says 'already locked' and nothing runs"),
)
_TEMPLATE: Final = """
#heading(rgb("#2456d6"))
#data.explanation
#v(3mm)
#facts
#v(4mm)
#block(width: 100%, inset: 5mm, radius: 2mm, stroke: 1pt + muted)[
  #text(fill: muted)[Password] #linebreak()
  #text(size: 19pt, weight: "bold", tracking: 0.06em)[#data.password]
  #if data.spelled.len() > 0 [
    #v(1mm) #text(size: 8pt)[Signs that are easily mistaken: #data.spelled.join("; ").]
  ]
]
#v(3mm)
#text(size: 12pt, weight: "bold")[With Deskhand]
#v(1mm)
Under Accounts add a backup, name its folder, and type the password. Then start 'Restore from a backup'.
#v(3mm)
#text(size: 12pt, weight: "bold")[Without Deskhand]
#v(1mm)
The backup has the format of restic, a free program for Windows, macOS and Linux: https://restic.net. Any version from
0.14 on will do. Type these lines in a terminal; FOLDER is the folder of the backup, the one that holds the file
'config'. restic asks for the password.
#v(2mm)
#table(columns: (auto, 1fr), inset: (x: 1.5mm, y: 1.4mm), stroke: (x, y) => (bottom: 0.4pt + rgb("#d1d5db")),
  ..data.commands.map(line => (text(weight: "bold")[#raw(line.at(0)).text], text(fill: muted)[#line.at(1)])).flatten())
#v(2mm)
Restored files lie under NEW_FOLDER with their whole path. A second password can be added with
'restic -r FOLDER key add'.
"""


def recovery_sheet(name: str, folder: Path, password: str, when: datetime, scratch: Path) -> bytes:
    """The sheet as PDF, one page; `scratch` is a folder for the template."""
    data = {
        "title": "Recovery sheet of a backup",
        "explanation": "Print this sheet, keep it away from the computer, and delete the file. Whoever has this sheet "
        "and the backup can read all of it; without the password nobody can, the makers of Deskhand included.",
        "facts": [
            ("Backup", printable(name)),
            ("Folder", printable(words.shown(str(folder)), 200)),
            ("Computer", printable(host_name())),
            ("Printed on", f"{when:%d %B %Y}"),
        ],
        "password": password,
        "spelled": spelled(password),
        "commands": COMMANDS,
    }
    return pages(_TEMPLATE, data, scratch)


def place_sheet(part: Path, name: str, folder: Path, password: str, when: datetime, scratch: Path) -> None:
    """Writes the sheet to a file that only this user may read."""
    part.touch(0o600)
    part.chmod(0o600)
    part.write_bytes(recovery_sheet(name, folder, password, when, scratch))


def spelled(password: str) -> list[str]:
    """The signs of a password that may be taken for others, or not be printable, each with its name in Unicode."""
    odd = [char for char in dict.fromkeys(password) if char not in _UNMISTAKABLE]
    return [f"{char} is {unicodedata.name(char, f'U+{ord(char):04X}').lower()}" for char in odd]

"""Those who must get no mail: added by hand, from a file or for a bounce, and heeded up to the last moment."""

import csv
import json
import tempfile
from collections.abc import Callable, Container, Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel

from backend.core.errors import UserError
from backend.lib.mail.addresses import parse
from backend.lib.mail.ledger import Claim
from backend.lib.mail.mime import Message
from backend.lib.mail.whole_file import harmless, whole
from backend.lib.tables.child import work
from backend.store import suppressed
from backend.store.record import Record, record

PATIENCE = 50.0
SKIPPED = "This address is on the list of those who get no mail."
MOST_TOLD = 20


class Added(BaseModel):
    """What came of adding: how many are new, how many were there already, and some of what is no address."""

    new: int
    known: int
    wrong: list[str]


def add(book: Record, texts: Iterable[str], reason: str) -> Added:
    """Adds addresses as people write them. What is no address is told, and adds nothing."""
    good: dict[str, str] = {}
    wrong: list[str] = []
    for text in texts:
        try:
            address = parse(text, internal=True)
        except UserError:
            wrong.append(text.strip()[:200])
        else:
            good.setdefault(address.key, address.text)
    new = suppressed.add(book, good.items(), reason)
    return Added(new=new, known=len(good) - new, wrong=wrong[:MOST_TOLD])


def add_from_file(path: str, reason: str) -> Added:
    """Adds every address that stands in any cell of a table (CSV, Excel, ODS) or in a line of a text file."""
    file = Path(path)
    with tempfile.TemporaryDirectory(prefix="deskhand-") as folder:
        into = Path(folder) / "list.jsonl"
        places = {"scratch": folder, "into": str(into)}
        request = {"file": str(file.absolute()), "table": "", "encoding": "", "separator": "", **places}
        names: list[str] = work("listing", request, file, time_limit=PATIENCE)
        # A file without a header has its first address where the names stand.
        found = add(record(), (cell for cell in _cells(names, into) if "@" in cell), reason)
    if not found.new and not found.known:
        raise UserError("suppressed.none", f"There is no address in “{file.name}”.", "Choose another file.")
    return found


def _cells(names: list[str], rows: Path) -> Iterator[str]:
    yield from names
    with rows.open(encoding="utf-8") as lines:
        for line in lines:
            yield from json.loads(line)[1]


def write_csv(book: Record, target: Path) -> int:
    """Writes all of them to a file; how many. Raises UserError where it cannot be written."""
    count, after = 0, ""
    with whole(target) as part, part.open("w", encoding="utf-8-sig", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["Address", "Reason", "Since"])
        while some := suppressed.page(book, after=after, limit=1000)[0]:
            rows.writerows([one.address, harmless(one.reason), f"{one.added_at:%Y-%m-%d}"] for one in some)
            count, after = count + len(some), some[-1].key
    return count


def heeding(compose: Callable[[Claim], Message], gone: Container[str]) -> Callable[[Claim], Message]:
    """As `compose`, but for those who were put on the list after the mailing was prepared: they are skipped."""

    def composed(claim: Claim) -> Message:
        if claim.address.key in gone:
            raise UserError("mail.suppressed", SKIPPED, "Take it off the list if it is to get mail.")
        return compose(claim)

    return composed

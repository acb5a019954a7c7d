"""A quarantine: items lie in the cleaned folder itself under numbers, with a list of where each came from.

Since they never leave the drive, moving them is quick, and they can be brought back whatever happens to Deskhand.
`.deskhand-quarantine/<id>/list.json` is written before the first item is moved.
"""

import contextlib
import json
import logging
import os
import stat
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from backend.core.clock import now
from backend.core.disk import sync_file
from backend.lib.cleaning.holding import Held, held, parts_of, split
from backend.lib.cleaning.items import Item, why_not
from backend.lib.cleaning.listing import own_folder
from backend.lib.cleaning.looking import QUARANTINE
from backend.lib.words import shown

log = logging.getLogger(__name__)
LIST = "list.json"


@dataclass(frozen=True)
class Quarantine:
    """One clean-up's quarantine. `day` is the last day on which its items can be brought back."""

    id: str
    root: str
    made: str
    day: str
    items: list[Item] = field(default_factory=list[Item])

    @property
    def place(self) -> str:
        """Its folder below the root."""
        return f"{QUARANTINE}/{self.id}"

    @property
    def size(self) -> int:
        """Bytes, together."""
        return sum(item.size for item in self.items)


def begin(root: Path, items: list[Item], made: date, day: date) -> Quarantine:
    """Makes the folder, and writes the list; nothing is moved yet."""
    quarantine = Quarantine(uuid.uuid4().hex, str(root), made.isoformat(), day.isoformat(), items)
    with held(root, quarantine.place, make=True):
        _write(root.joinpath(*parts_of(quarantine.place)) / LIST, json.dumps(asdict(quarantine)))
    _note_down(quarantine)
    return quarantine


def _note_down(quarantine: Quarantine) -> None:
    _write(_note(quarantine.id), json.dumps({"root": quarantine.root, "day": quarantine.day}))


def _write(path: Path, text: str) -> None:
    part = path.with_suffix(".part")
    with part.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        sync_file(file.fileno())
    part.replace(path)


def _note(name: str) -> Path:
    return own_folder("quarantines") / f"{name}.json"


def move_in(quarantine: Quarantine, number: int) -> str:
    """Moves one item of the list in. Why it was left, in a few words; empty when it was moved, now or earlier."""
    item, root = quarantine.items[number], Path(quarantine.root)
    folder, name = split(item.relative)
    with held(root, quarantine.place) as store, held(root, folder) as place:
        if _is_in(store, number):
            _finish_move(store, number, place, name)
            return ""
        if reason := why_not(place, root, item):
            return reason
        if item.kind == "folder":
            store.mkdir(str(number))
            place.rmdir(name)
        else:
            place.move(name, store, str(number))
    return ""


def _is_in(store: Held, number: int) -> bool:
    try:
        store.stat(str(number))
    except FileNotFoundError:
        return False
    return True


def _finish_move(store: Held, number: int, place: Held, name: str) -> None:
    """A power cut may have come between the new name and the removal of the old one."""
    with contextlib.suppress(OSError):
        stored, there = store.stat(str(number)), place.stat(name)
        if stat.S_ISDIR(there.st_mode):
            place.rmdir(name)
        elif (stored.st_ino, stored.st_dev) == (there.st_ino, there.st_dev):
            place.unlink(name)


def known() -> Iterator[Quarantine]:
    """All quarantines that this computer knows of and can reach, the newest first."""
    notes = sorted(own_folder("quarantines").glob("*.json"), key=lambda path: path.stat().st_mtime, reverse=True)
    for note in notes:
        found = read(note.stem)
        if found is not None:
            yield found


def is_noted(name: str) -> bool:
    """Whether the quarantine has been neither brought back nor emptied, as far as is known; no drive is asked."""
    return _note(name).is_file()


def read(name: str) -> Quarantine | None:
    """The quarantine of that id; None when its drive is away or its folder is gone."""
    try:
        root = Path(json.loads(_note(name).read_text("utf-8"))["root"])
        with held(root, f"{QUARANTINE}/{name}") as store, os.fdopen(store.open(LIST), "rb") as file:
            said = json.load(file)
        items = [Item(*each) for each in said["items"]]
        for item in items:
            parts_of(item.relative)
        return Quarantine(name, str(root), said["made"], said["day"], items)
    except (OSError, ValueError, KeyError, TypeError):
        return None


@dataclass
class Back:
    """What was brought back: how many, those under another name, and those that could not be."""

    items: int = 0
    renamed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    failed: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


def bring_back(quarantine: Quarantine, poll: Callable[[int, str], None]) -> Back:
    """Puts every item into its place; the quarantine is gone when all are. `poll` hears number and name.

    One whose day is over is kept another day: it must not be emptied meanwhile, nor before what failed is tried again.
    """
    _keep_until_after(quarantine, now().astimezone().date())
    back = Back()
    root = Path(quarantine.root)
    for number in _order(quarantine):
        item = quarantine.items[number]
        poll(back.items, shown(item.relative))
        try:
            new_name = _put_back(root, quarantine, number, item)
        except OSError as error:
            back.failed.append((item.relative, error.strerror or str(error)))
            continue
        if new_name is None:
            continue
        back.items += 1
        if new_name and new_name != split(item.relative)[1]:
            back.renamed.append((item.relative, new_name))
    if not back.failed:
        remove(quarantine)
    return back


def _keep_until_after(quarantine: Quarantine, today: date) -> None:
    if date.fromisoformat(quarantine.day) <= today:
        kept = replace(quarantine, day=(today + timedelta(days=1)).isoformat())
        with held(Path(quarantine.root), kept.place):
            _write(Path(kept.root, *parts_of(kept.place), LIST), json.dumps(asdict(kept)))
        _note_down(kept)


def _order(quarantine: Quarantine) -> list[int]:
    """Outer folders before what was in them."""
    numbers = range(len(quarantine.items))
    return sorted(numbers, key=lambda number: quarantine.items[number].relative.count("/"))


def _put_back(root: Path, quarantine: Quarantine, number: int, item: Item) -> str | None:
    """The name it was given; None when it never was in here, or is back already."""
    folder, name = split(item.relative)
    with held(root, quarantine.place) as store:
        if not _is_in(store, number):
            return None
        with held(root, folder, make=True) as place:
            if item.kind == "folder":
                with contextlib.suppress(FileExistsError):
                    place.mkdir(name, item.mode)
                store.rmdir(str(number))
                return name
            for candidate in _names(name):
                with contextlib.suppress(FileExistsError):
                    store.move(str(number), place, candidate)
                    return candidate
    return None


def _names(name: str) -> Iterator[str]:
    yield name
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - a name alone, which may be no valid path
    number = 2
    while True:
        yield f"{stem} ({number}){suffix}"
        number += 1


def remove(quarantine: Quarantine) -> None:
    """Removes the quarantine with all that is left in it, for good."""
    root = Path(quarantine.root)
    with held(root, quarantine.place) as store:
        for number, item in enumerate(quarantine.items):
            with contextlib.suppress(FileNotFoundError):
                (store.rmdir if item.kind == "folder" else store.unlink)(str(number))
        store.unlink(LIST)
    with held(root, QUARANTINE) as outer:
        outer.rmdir(quarantine.id)
    with held(root) as top, contextlib.suppress(OSError):
        top.rmdir(QUARANTINE)
    _note(quarantine.id).unlink(missing_ok=True)


def remove_expired(today: date, is_there: Callable[[Path], bool] = Path.is_dir) -> list[Quarantine]:
    """Removes for good what was kept long enough; returns those quarantines.

    One whose folder is away, or that the system refuses to remove, is left for another time.
    """
    over: list[Quarantine] = []
    for note in own_folder("quarantines").glob("*.json"):
        root = _root_if_over(note, today)
        found = read(note.stem) if root and is_there(root) else None
        if found is None or date.fromisoformat(found.day) >= today:
            continue
        try:
            remove(found)
        except OSError:
            log.exception("the quarantine %s could not be emptied", found.id)
        else:
            over.append(found)
    return over


def _root_if_over(note: Path, today: date) -> Path | None:
    """Where the quarantine of a note lies, if its day is over; no drive is asked."""
    try:
        said = json.loads(note.read_text("utf-8"))
        return Path(said["root"]) if said.get("day", "") < today.isoformat() else None
    except (OSError, ValueError, KeyError, TypeError):
        return None

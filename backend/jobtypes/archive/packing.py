"""Puts files and a folder into a ZIP file."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from backend.core.errors import UserError
from backend.core.views import Fact, PreviewTable, Rehearsal
from backend.jobtypes.archive.params import ArchiveParams
from backend.jobtypes.contract import JobContext, Outcome
from backend.lib.archives.reading import verify
from backend.lib.archives.writing import Poll, ZipMaker
from backend.lib.results import file_name
from backend.lib.words import counted, shown, size

_FLAGS = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
SHOWN = 200
MOST = 500_000


class Piece(NamedTuple):
    """One file or folder: where it is, and its name in the archive."""

    path: Path
    name: str
    size: int
    is_folder: bool = False


def pieces(params: ArchiveParams) -> tuple[list[Piece], int]:
    """What goes in, and how many links are left out. Raises UserError at the answer."""
    found: list[Piece] = []
    taken: set[str] = set()
    links = 0
    for number, path in enumerate(params.files):
        try:
            state = path.stat()
        except OSError as error:
            message = f"'{path.name}' is not there, or may not be read."
            raise UserError(
                "archive.source",
                message,
                "Take it out of the list, or pick it again.",
                fields={f"files.{number}": message},
            ) from error
        if not stat.S_ISREG(state.st_mode):
            message = f"'{path.name}' is no file."
            raise UserError("archive.source", message, "Pick its folder instead.", fields={f"files.{number}": message})
        found.append(Piece(path.resolve(), _free_name(path.name, taken), state.st_size))
    if params.source is not None:
        if not params.source.is_dir():
            message = f"The folder '{params.source}' is not there."
            raise UserError("archive.source", message, "Pick it again.", fields={"source": message})
        top = params.source.resolve()
        base = _free_name(top.name or "Folder", taken)
        for each in _walk(top):
            if each is None:
                links += 1
            else:
                found.append(each._replace(name=f"{base}/{each.name}" if each.name else base))
    if len(found) > MOST:
        message = f"These are more than {MOST:,} files."
        raise UserError("archive.too_many", message, "Choose a smaller folder.", fields={"source": message})
    return found, links


def _free_name(name: str, taken: set[str]) -> str:
    stem, suffix = Path(name).stem, Path(name).suffix
    candidate, number = name, 1
    while candidate.lower() in taken:
        number += 1
        candidate = f"{stem} ({number}){suffix}"
    taken.add(candidate.lower())
    return candidate


def _walk(top: Path) -> Iterator[Piece | None]:
    """Everything below, without following links: None stands for one."""
    waiting = [""]
    while waiting:
        folder = waiting.pop()
        with os.scandir(top / folder if folder else top) as entries:
            inside = sorted(entries, key=lambda entry: entry.name)
        if not inside:
            yield Piece(top / folder, folder, 0, is_folder=True)
        for entry in inside:
            name = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir(follow_symlinks=False):
                waiting.append(name)
            elif entry.is_file(follow_symlinks=False):
                yield Piece(Path(entry.path), name, entry.stat(follow_symlinks=False).st_size)
            else:
                yield None


def target_of(params: ArchiveParams) -> Path:
    """The archive's path."""
    title = params.name.strip().removesuffix(".zip")
    if not title:
        title = params.files[0].stem if params.files else params.source.name if params.source else ""
    return params.folder / file_name(title, "zip", "Archive")


def rehearse(params: ArchiveParams) -> Rehearsal:
    """What would go in."""
    found, links = pieces(params)
    files = [piece for piece in found if not piece.is_folder]
    facts = [Fact(label="ZIP file", value=str(target_of(params)))]
    facts.append(Fact(label="Password", value="yes (AES)" if params.password is not None else "none"))
    if links:
        facts.append(Fact(label="Links", value=f"{links:,}, left out"))
    note = f"The first {SHOWN:,} of {len(files):,}" if len(files) > SHOWN else ""
    rows = [[shown(piece.name), size(piece.size)] for piece in files[:SHOWN]]
    return Rehearsal(
        headline=f"{counted(len(files), 'file')} ({size(sum(piece.size for piece in files))}) into one ZIP file.",
        facts=facts,
        tables=[PreviewTable(title="What goes in", columns=["Name", "Size"], rows=rows, note=note)],
    )


def run(params: ArchiveParams, ctx: JobContext) -> Outcome:
    """Packs, reads everything back, and puts the archive in its place."""
    password = params.secret()
    found, links = pieces(params)
    total, done, words = 2 * sum(piece.size for piece in found), 0, ""

    def poll(amount: int) -> None:
        nonlocal done
        done += amount
        ctx.checkpoint()
        ctx.progress(done, total, "bytes", words)

    packed = 0
    with ctx.artifact(target_of(params), "ZIP file") as part:
        with ZipMaker(part, password) as maker:
            for piece in found:
                words = f"Packing {shown(piece.name)}"
                poll(0)
                packed += _add(maker, piece, ctx, poll)
        words = "Reading the ZIP file back"
        verify(part, password, poll)
        made = part.stat().st_size
    if links:
        ctx.log(f"{counted(links, 'link')} were left out.")
    locked = " It is locked with the password." if password else ""
    return Outcome(
        summary=f"{counted(packed, 'file')} {'was' if packed == 1 else 'were'} packed into {size(made)}.{locked}",
        facts={"files": packed, "bytes": sum(piece.size for piece in found), "packed": made},
    )


def _add(maker: ZipMaker, piece: Piece, ctx: JobContext, poll: Poll) -> int:
    try:
        if piece.is_folder:
            maker.add_folder(piece.name, piece.path.stat())
            return 0
        with os.fdopen(os.open(piece.path, _FLAGS), "rb") as source:
            before = os.fstat(source.fileno())
            maker.add_file(source, piece.name, before, poll)
            after = os.fstat(source.fileno())
    except (PermissionError, FileNotFoundError):
        ctx.warn(f"{shown(piece.name)} was left out: it may not be read, or is gone.")
        return 0
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        ctx.warn(f"{shown(piece.name)} changed while it was read; what is in the ZIP file may be half old, half new.")
    return 1

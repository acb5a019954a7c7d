"""Result files: written beside their target, synced, and renamed into place."""

import contextlib
import json
import mimetypes
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from backend.core.disk import move_to_free_name, sync_file, sync_folder
from backend.core.errors import UserError
from backend.core.paths import private_dir
from backend.queue.claims import Made


class Placement:
    """Puts the files of one job under their final names; `keep` remembers over attempts which were its own."""

    def __init__(self, job_id: int, keep: Path) -> None:
        self._job_id = job_id
        self._keep = keep
        self.made: list[Made] = []

    @contextmanager
    def place(self, target: Path, title: str) -> Generator[Path]:
        """Yields the temporary path; afterwards the whole file stands under a free name near `target`, or nothing.

        Raises UserError when the folder is missing or may not be written to.
        """
        part = target.with_name(f".deskhand-{self._job_id}-{target.stem}.part{target.suffix}")
        try:
            part.unlink(missing_ok=True)
            part.touch()
        except OSError as error:
            raise UserError(
                "folder.not_writable",
                f"Nothing can be written into the folder '{target.parent}'.",
                "Choose another folder, or ask for the right to write there.",
            ) from error
        try:
            yield part
            _sync_written(part)
            final = self._named(part, target)
            sync_folder(final.parent)
        finally:
            part.unlink(missing_ok=True)
        media_type = mimetypes.guess_type(final.name)[0] or "application/octet-stream"
        self.made.append(Made(title or final.name, str(final), final.stat().st_size, media_type))

    def _named(self, part: Path, target: Path) -> Path:
        """Gives the file the first name that is free or that holds what an earlier attempt of this job made."""
        taken_now = {made.path for made in self.made}
        own, mark = self._own(), _mark(part)
        candidate, number = target, 1
        while True:
            name = str(candidate)
            is_own = candidate.exists() and _mark(candidate) in own.get(name, [])
            if name not in taken_now and (is_own or not os.path.lexists(candidate)):
                self._remember({**own, name: [*own.get(name, []), mark]})
                if is_own:
                    part.replace(candidate)
                    return candidate
                with contextlib.suppress(FileExistsError):
                    move_to_free_name(part, candidate)
                    return candidate
            number += 1
            candidate = target.with_name(f"{target.stem} ({number}){target.suffix}")

    @property
    def _note(self) -> Path:
        return self._keep / "files.json"

    def _own(self) -> dict[str, list[list[int]]]:
        return json.loads(self._note.read_text("utf-8")) if self._note.exists() else {}

    def _remember(self, own: dict[str, list[list[int]]]) -> None:
        private_dir(self._keep)
        part = self._note.with_suffix(".part")
        part.write_text(json.dumps(own), "utf-8")
        _sync_written(part)
        part.replace(self._note)


def _mark(path: Path) -> list[int]:
    """What tells this very file from one that somebody else put under its name, or wrote to since."""
    found = path.stat()
    return [found.st_ino, found.st_size, found.st_mtime_ns]


def _sync_written(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        sync_file(handle)
    finally:
        os.close(handle)

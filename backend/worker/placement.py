"""Result files: written beside their target, synced, and renamed into place."""

import json
import mimetypes
import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from backend.core.disk import sync_file, sync_folder
from backend.core.errors import UserError
from backend.queue.claims import Made


class Placement:
    """Puts the files of one job under their final names; `keep` remembers over attempts which were its own."""

    def __init__(self, job_id: int, keep: Path) -> None:
        self._job_id = job_id
        self._note = keep / "placed.json"
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
            final = self._free(target)
            self._remember(final)
            part.replace(final)
            sync_folder(final.parent)
        finally:
            part.unlink(missing_ok=True)
        media_type = mimetypes.guess_type(final.name)[0] or "application/octet-stream"
        self.made.append(Made(title or final.name, str(final), final.stat().st_size, media_type))

    def _own(self) -> list[str]:
        return json.loads(self._note.read_text("utf-8")) if self._note.exists() else []

    def _free(self, target: Path) -> Path:
        taken_now = {made.path for made in self.made}
        own = set(self._own()) - taken_now
        candidate, number = target, 1
        while str(candidate) in taken_now or (candidate.exists() and str(candidate) not in own):
            number += 1
            candidate = target.with_name(f"{target.stem} ({number}){target.suffix}")
        return candidate

    def _remember(self, final: Path) -> None:
        part = self._note.with_suffix(".part")
        part.write_text(json.dumps(sorted({*self._own(), str(final)})), "utf-8")
        _sync_written(part)
        part.replace(self._note)


def _sync_written(path: Path) -> None:
    handle = os.open(path, os.O_RDWR)
    try:
        sync_file(handle)
    finally:
        os.close(handle)

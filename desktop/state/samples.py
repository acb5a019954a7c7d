"""The sample files that come with the program, and the answers of a first job with them."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

HERE = "{samples}"


@dataclass(frozen=True, slots=True)
class FirstJob:
    """A kind of job, and answers that need nothing but the samples."""

    kind: str
    files: tuple[str, ...]
    answers: dict[str, Any]


def first_job(resources: Path, folder: Path) -> FirstJob:
    """The first job, with its files in `folder`."""
    said = json.loads((resources / "samples" / "first_job.json").read_text("utf-8"))
    return FirstJob(said["kind"], tuple(said["files"]), _placed(said["answers"], folder))


def documents() -> Path:
    """Where this user's documents are."""
    return platformdirs.user_documents_path()


def lay_out(resources: Path, folder: Path, files: tuple[str, ...]) -> None:
    """Copies the files into the folder, which is made; one that is there already is the user's own. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in files:
        if not (folder / name).exists():
            shutil.copyfile(resources / "samples" / name, folder / name)


def _placed(answer: Any, folder: Path) -> Any:
    if isinstance(answer, dict):
        return {name: _placed(one, folder) for name, one in answer.items()}
    if isinstance(answer, list):
        return [_placed(one, folder) for one in answer]
    if isinstance(answer, str) and answer.startswith(HERE):
        return str(folder / answer.removeprefix(HERE).lstrip("/"))
    return answer

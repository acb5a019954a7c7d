"""A file that was opened with Deskhand: the form of the first kind of job that takes such a file, with it filled in."""

from pathlib import Path
from typing import Any

from desktop.client.shapes import JobType
from desktop.ui.window import Window


def open_file(window: Window, file: Path) -> None:
    """Shows the form, as soon as the kinds of jobs are known; says so where no kind takes such a file."""
    if window.backend.job_types:
        _show(window, file)
        return

    def known() -> None:
        window.backend.job_types_known.disconnect(known)
        _show(window, file)

    window.backend.job_types_known.connect(known)


def place_for(kinds: list[JobType], file: Path) -> tuple[JobType, str] | None:
    """The first kind that asks for a file with this ending, and the name of the field."""
    for kind in kinds:
        properties: dict[str, dict[str, Any]] = kind.raw["params_schema"].get("properties", {})
        for name, field in properties.items():
            if field.get("x-kind") == "file-in" and file.suffix.lower() in (field.get("x-suffixes") or ()):
                return kind, name
    return None


def _show(window: Window, file: Path) -> None:
    found = place_for(window.backend.job_types, file)
    if found is None:
        window.notice.say(
            window.tr("No kind of job takes a file like “{name}”.").format(name=file.name),
            window.tr("Choose a kind of job, and then the file in its form."),
            "warning",
        )
        return
    kind, field = found
    window.open_filled(kind, {field: str(file)})

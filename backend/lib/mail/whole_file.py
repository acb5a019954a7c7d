"""A file for people that is there whole or not at all, and text in it that no spreadsheet takes for a formula."""

import os
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from backend.core.errors import UserError


@contextmanager
def whole(target: Path) -> Generator[Path, None, None]:
    """A path beside `target` to write to; at the end it takes its place. Raises UserError where that cannot be."""
    part = target.with_name(f".{target.stem}.{os.getpid()}{target.suffix}")
    try:
        yield part
        part.replace(target)
    except OSError as error:
        raise UserError(
            "export.not_written",
            f"The file “{target}” cannot be written: {error.strerror or error}.",
            "Is it open in another program, or the disk full? Close it, or choose another place.",
        ) from error
    finally:
        part.unlink(missing_ok=True)


def harmless(text: str) -> str:
    """The text, with an apostrophe in front where a spreadsheet would take it for a formula (OWASP, CSV injection)."""
    return f"'{text}" if text[:1] in tuple("=+-@\t\r\n\0") else text

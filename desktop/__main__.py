"""The window: `python -m desktop [--page home|jobs|settings] [--background] [FILE]`."""

import gc
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple


class Options(NamedTuple):
    """What was asked for on the command line."""

    page: str = ""
    background: bool = False
    file: Path | None = None


def options_of(words: Sequence[str]) -> Options:
    """Reads the command line. The parser is loaded only where there is something to parse: it costs paint time."""
    if not words:
        return Options()
    import argparse

    parser = argparse.ArgumentParser(prog="deskhand", description="Queue long office jobs and watch them run.")
    parser.add_argument("--page", choices=["home", "jobs", "settings"], default="", help="what is shown first")
    parser.add_argument("--background", action="store_true", help="start without showing the window")
    parser.add_argument("file", nargs="?", type=Path, help="a table to make a report of")
    found, _others = parser.parse_known_args(words)
    return Options(**vars(found))


def main() -> int:
    """Runs the window, or hands over to the one that is open for this data folder."""
    # Until the window has settled: nothing that is made on the way to it can be thrown away.
    gc.disable()
    options = options_of(sys.argv[1:])
    from desktop.client.announcement import data_dir
    from desktop.client.first_window import SilentWindowError, Wish, first_window

    wish = Wish(
        options.page,
        str(options.file.absolute()) if options.file else "",
        os.environ.get("XDG_ACTIVATION_TOKEN", ""),
        options.background,
    )
    folder = data_dir()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        first = first_window(folder, wish)
    except SilentWindowError:
        from desktop.ui.starting import say_silent

        return say_silent(folder)
    if first is None:
        return 0
    from desktop.ui.starting import run

    return run(first, wish, folder)


if __name__ == "__main__":
    sys.exit(main())

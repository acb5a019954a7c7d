"""The window: `python -m desktop [--page home|jobs|settings] [--background] [FILE]`."""

import argparse
import os
import sys
from pathlib import Path


def main() -> int:
    """Runs the window, or hands over to the one that is open for this data folder."""
    parser = argparse.ArgumentParser(prog="deskhand", description="Queue long office jobs and watch them run.")
    parser.add_argument("--page", choices=["home", "jobs", "settings"], default="", help="what is shown first")
    parser.add_argument("--background", action="store_true", help="start without showing the window")
    parser.add_argument("file", nargs="?", type=Path, help="a table to make a report of")
    options, _others = parser.parse_known_args()
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

"""The window: `python -m desktop [--page home|jobs|settings] [FILE]`."""

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Runs the window."""
    parser = argparse.ArgumentParser(prog="deskhand", description="Queue long office jobs and watch them run.")
    parser.add_argument("--page", choices=["home", "jobs", "settings"], default="home", help="what is shown first")
    parser.add_argument("file", nargs="?", type=Path, help="a table to make a report of")
    options, _others = parser.parse_known_args()
    from desktop.ui.starting import run

    return run(options.page, options.file and options.file.absolute())


if __name__ == "__main__":
    sys.exit(main())

"""The window: `python -m desktop [--page home|jobs|settings]`."""

import argparse
import sys


def main() -> int:
    """Runs the window."""
    parser = argparse.ArgumentParser(prog="deskhand", description="Queue long office jobs and watch them run.")
    parser.add_argument("--page", choices=["home", "jobs", "settings"], default="home", help="what is shown first")
    options, _others = parser.parse_known_args()
    from desktop.ui.starting import run

    return run(options.page)


if __name__ == "__main__":
    sys.exit(main())

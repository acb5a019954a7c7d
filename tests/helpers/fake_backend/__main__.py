"""The fake backend on its own, whose jobs come on by themselves; runs until it is ended."""

import argparse
import os
import time
from pathlib import Path

from tests.helpers.fake_backend import FakeBackend
from tests.helpers.made_up_jobs import history


def main() -> None:
    """Runs until it is ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data_dir", nargs="?", type=Path, default=Path(os.environ.get("DESKHAND_DATA_DIR", ".")))
    parser.add_argument("--jobs", type=int, default=40)
    parser.add_argument("--rate", type=float, default=10, help="rounds of progress a second")
    parser.add_argument("--lines", type=int, default=300, help="lines in the log of each job")
    options = parser.parse_args()
    fake = FakeBackend(options.data_dir, history(options.jobs))
    for number in list(fake.jobs)[-60:]:
        fake.log(number, *(f"Read sheet {line} of the workbook, {line * 37} rows" for line in range(options.lines)))
    fake.events.clear()
    fake.number = 0
    fake.start()
    while not fake.stopped_how:
        time.sleep(1 / options.rate)
        fake.come_on(1 / options.rate)
    fake.stop()


if __name__ == "__main__":
    main()

"""`python -m tests.helpers.freezing PROGRAM_FOLDER`: makes what people install, beside that folder."""

import sys
from pathlib import Path

from tests.helpers.freezing.packing import debian_package, portable_archive

if __name__ == "__main__":
    program = Path(sys.argv[1]).resolve()
    for made in (debian_package(program, program.parent), portable_archive(program, program.parent)):
        print(f"{made}: {made.stat().st_size / 2**20:.0f} MiB")

"""Where the frozen program begins: no argument, or a file to open, is the window; a role's name is a part behind it."""

import os
import sys


def begin() -> int:
    """Runs what the first argument names; returns the exit status."""
    # What the bootloader changed for our own libraries must not reach the programs of the system that we start.
    for name in ("LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"):
        before = os.environ.pop(f"{name}_ORIG", None)
        if before is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = before
    # A role that we start looks for those libraries anew; it would take itself for a part of this process otherwise.
    os.environ["PYINSTALLER_RESET_ENVIRONMENT"] = "1"
    if sys.argv[1:2] and sys.argv[1].startswith("-"):
        import multiprocessing

        multiprocessing.freeze_support()
    from backend.__main__ import ROLES

    if sys.argv[1:2] and sys.argv[1] in ROLES:
        from backend.__main__ import main as work

        return work(sys.argv[1:])
    from desktop.__main__ import main as show

    return show()


if __name__ == "__main__":
    sys.exit(begin())

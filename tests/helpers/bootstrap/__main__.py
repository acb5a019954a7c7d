"""`python3 -m tests.helpers.bootstrap TASK [ARGUMENT ...]`: what the Makefile calls."""

import signal
import sys

from tests.helpers.bootstrap.console import Stop, stop_at_wrong_python


def main(arguments: list[str]) -> int:
    """Does the task and returns the exit code for the shell."""
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    try:
        stop_at_wrong_python()
        from tests.helpers.bootstrap import frozen, lock, tasks

        known = {
            "run": tasks.run,
            "test": tasks.test,
            "bench": tasks.bench,
            "chaos": tasks.chaos,
            "freeze": frozen.freeze,
            "package": frozen.package,
            "smoke-frozen": frozen.smoke,
            "tools": tasks.tools,
            "system-for-tests": tasks.system_for_tests,
            "lock": lock.write,
        }
        if not arguments or arguments[0] not in known:
            raise Stop(f"Say one of: {', '.join(known)}")
        return known[arguments[0]](arguments[1:])
    except Stop as stop:
        print(stop, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

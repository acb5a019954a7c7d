"""One program in roles; the first argument says which."""

import sys


def main(arguments: list[str]) -> int:
    """Runs the role that is named first. Returns the exit status; 2 for a role that is not known."""
    match arguments:
        case ["host"]:
            from backend.host.supervisor import serve

            return serve()
        case ["worker"]:
            from backend.core.processes import die_with_parent
            from backend.core.settings import settings
            from backend.worker.app import serve as work

            if settings().parent_pid:
                die_with_parent()
            return work()
        case ["api", descriptor]:
            from backend.api.serving import serve as answer

            return answer(int(descriptor))
        case ["reader"]:
            from backend.lib.tables.reader_main import main as read

            return read()
        case _:
            print("usage: python -m backend host | worker", file=sys.stderr)
            return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

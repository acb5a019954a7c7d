"""One program in roles; the first argument says which."""

import gc
import sys
from collections.abc import Callable


def _host() -> int:
    from backend.host.supervisor import serve

    return serve()


def _record() -> int:
    from backend.core.processes import die_with_parent
    from backend.core.settings import settings
    from backend.store.preparing import prepare

    die_with_parent(settings().parent_pid)
    return prepare()


def _worker() -> int:
    # Nothing of what is loaded now is garbage; `serve` switches it on again.
    gc.disable()
    from backend.core.processes import die_with_parent
    from backend.core.settings import settings
    from backend.worker.serving import serve

    if settings().parent_pid:
        die_with_parent(settings().parent_pid)
    return serve()


def _api(where: str) -> int:
    from backend.api.serving import serve

    return serve(where)


def _broker(port: str) -> int:
    from backend.host.builtin_broker import serve

    return serve(int(port))


def _reader() -> int:
    from backend.lib.tables.reader_main import main as read

    return read()


def _restorer() -> int:
    from backend.lib.restic.hand_main import main as restore

    return restore()


def _program() -> int:
    from backend.lib.programs.keeper import main as keep

    return keep()


ROLES: dict[str, Callable[..., int]] = {
    "host": _host,
    "record": _record,
    "worker": _worker,
    "api": _api,
    "broker": _broker,
    "reader": _reader,
    "restorer": _restorer,
    "program": _program,
}
"""What each role runs; it takes the further arguments. Heavy imports stay inside: the frozen window reads the names."""


def main(arguments: list[str]) -> int:
    """Runs the role that is named first. Returns the exit status; 2 for a role that is not known."""
    if arguments and (run := ROLES.get(arguments[0])):
        return run(*arguments[1:])
    print("usage: python -m backend host | worker", file=sys.stderr)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))

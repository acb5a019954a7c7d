"""`python -m tests.bench [NAME ...]`: runs the benchmarks and prints their figures as a table.

A benchmark is a module here with `bench()`, which returns figures (see `tests.bench.figures`). A name picks the
modules that contain it. Ends with 1 when a target is missed or a benchmark breaks, with 2 when nothing is picked.
"""

import importlib
import os
import pkgutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator, Sequence

import tests.bench
from tests.bench.figures import Figure, Said, figures, table


def modules(wanted: Sequence[str]) -> Iterator[tuple[str, Callable[[], Sequence[Said]]]]:
    """The benchmarks whose name contains one of the wanted words; all of them when there is none."""
    for found in pkgutil.iter_modules(tests.bench.__path__):
        if found.name.startswith("_") or (wanted and not any(word in found.name for word in wanted)):
            continue
        bench = getattr(importlib.import_module(f"tests.bench.{found.name}"), "bench", None)
        if bench:
            yield found.name, bench


def main(wanted: Sequence[str]) -> int:
    """Runs, prints, and returns the exit code. What is measured finds compiled modules, as installed programs do."""
    with tempfile.TemporaryDirectory(prefix="deskhand-bytecode-") as bytecode:
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        os.environ["PYTHONPYCACHEPREFIX"] = bytecode
        return measure(wanted)


def measure(wanted: Sequence[str]) -> int:
    """Runs and prints one benchmark after the other; 0 when every figure reaches its target."""
    measured: list[Figure] = []
    broken: list[str] = []
    for name, bench in modules(wanted):
        began = time.monotonic()
        try:
            own = figures(bench())
        except Exception:  # noqa: BLE001 - one broken benchmark must not hide the figures of the others
            traceback.print_exc()
            broken.append(name)
            continue
        measured += own
        print(f"\n{name} ({time.monotonic() - began:.0f} s)\n{table(own)}", flush=True)
    if not measured and not broken:
        print(f"No benchmark is called like {', '.join(wanted)}." if wanted else "There is no benchmark.")
        return 2
    missed = [figure.name for figure in measured if not figure.ok]
    print(f"\n{len(measured) - len(missed)} of {len(measured)} figures reach their target.")
    for name in broken:
        print(f"The benchmark {name} broke; see above.")
    return 1 if missed or broken else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

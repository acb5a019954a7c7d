"""What PySide carries to check calls by, made ready: else it compiles all of that from source at each start.

Shiboken takes it from a folder `files.dir` beside itself where there is one (`signature_bootstrap.py` in it), and else
from a zip file within its library. What only writes stub files is left empty: it brings in parsers and logging.
"""

import importlib
import py_compile
from pathlib import Path
from typing import Any

FOLDER = "files.dir"
UNUSED = "shibokensupport/signature/lib/pyi_generator.py"


def made_ready(folder: Path) -> list[tuple[str, str]]:
    """Writes it to that folder, compiled; returns the files with the folders of the bundle that they belong to."""
    importlib.import_module("PySide6")
    loader: Any = importlib.import_module("shibokensupport.signature.loader").__loader__
    made: list[tuple[str, str]] = []
    for name in loader.zfile.namelist():
        if not name.startswith("shibokensupport/") or not name.endswith(".py"):
            continue
        source = folder / FOLDER / name
        source.parent.mkdir(parents=True, exist_ok=True)
        source.write_bytes(b"" if name == UNUSED else loader.zfile.read(name))
        compiled = source.with_suffix(".pyc")
        mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
        py_compile.compile(str(source), str(compiled), name, doraise=True, optimize=2, invalidation_mode=mode)
        made.append((str(compiled), f"shiboken6/{FOLDER}/{Path(name).parent.as_posix()}"))
    return made

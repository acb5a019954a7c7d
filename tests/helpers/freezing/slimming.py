"""What the frozen program can do without: symbols in compiled modules, and the data of Qt's ICU that Qt never reads."""

import subprocess
import tempfile
from pathlib import Path

SMALLEST_TO_STRIP = 200_000
ICU_UNREAD = ("brkitr/", "curr/", "lang/", "rbnf/", "region/", "translit/", "unit/", "zone/")
"""Qt has these tables of its own; of ICU's it reads collation and the converters (qtbase, `src/corelib/text`)."""
ICU_SYMBOL = """
.section .rodata
.balign 16
.global {symbol}
.type {symbol}, @object
{symbol}:
.incbin "{data}"
.size {symbol}, .-{symbol}
.section .note.GNU-stack,"",@progbits
"""


def strip(folder: Path) -> None:
    """Takes the symbols out of every compiled module below the folder: a fifth of all that is shipped."""
    for path in folder.rglob("*.so*"):
        if not path.is_symlink() and path.stat().st_size >= SMALLEST_TO_STRIP:
            _run("strip", "--strip-unneeded", path)


def trim_icu(library: Path) -> None:
    """Makes ICU's data library anew, under its own name, without the tables that Qt does not read.

    The library holds nothing but one symbol with a data package in it (ICU User Guide, *ICU Data*).
    """
    version = library.suffix.removeprefix(".")
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        data, unread = work / f"icudt{version}l.dat", work / "unread.lst"
        _run("objcopy", "-O", "binary", "--only-section=.rodata", library, data)
        items = _run("/usr/sbin/icupkg", "-l", data).split()
        unread.write_text("\n".join(item for item in items if item.startswith(ICU_UNREAD)), "ascii")
        _run("/usr/sbin/icupkg", "-r", unread, data)
        source, compiled = work / "data.s", work / "data.o"
        source.write_text(ICU_SYMBOL.format(symbol=f"icudt{version}_dat", data=data), "ascii")
        _run("as", source, "-o", compiled)
        _run("ld", "-shared", f"-soname={library.name}", compiled, "-o", work / library.name)
        library.write_bytes((work / library.name).read_bytes())


def _run(*command: str | Path) -> str:
    return subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout

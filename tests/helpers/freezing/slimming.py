"""What the frozen program can do without: symbols in compiled modules, and the data of Qt's ICU that Qt never reads."""

import re
import subprocess
import tempfile
from pathlib import Path

SMALLEST_TO_STRIP = 12_000
ICU_UNREAD = re.compile(
    r"(brkitr|curr|lang|rbnf|region|translit|unit|zone)/"
    r"|[a-z]{2,3}(_\w+)?\.res$"
    r"|.*\.cnv$"
    r"|unames\.icu$"
)
"""Qt has tables of languages of its own, and takes other text for UTF-8; of ICU's it reads collation (qtbase,
`src/corelib/text`). Only ICU's own names of languages, its converters, and what it says of characters are left out.
"""
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
    """Takes the symbols out of all that is compiled below the folder: a fifth of all that is shipped."""
    for path in (*folder.rglob("*.so*"), *folder.rglob("valkey-server")):
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
        unread.write_text("\n".join(filter(ICU_UNREAD.match, items)), "ascii")
        _run("/usr/sbin/icupkg", "-r", unread, data)
        source, compiled = work / "data.s", work / "data.o"
        source.write_text(ICU_SYMBOL.format(symbol=f"icudt{version}_dat", data=data), "ascii")
        _run("as", source, "-o", compiled)
        _run("ld", "-shared", f"-soname={library.name}", compiled, "-o", work / library.name)
        library.write_bytes((work / library.name).read_bytes())


def _run(*command: str | Path) -> str:
    return subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True).stdout

"""Trees of files made for the purpose: like an office's, with large files, and with everything that is awkward."""

import os
import random
import stat
import zlib
from pathlib import Path
from typing import Any

_LINES = (
    "invoice customer order total price delivery the of and to in for is on that by this with you it not or be are",
    "from at as your all have new more an was we will home can us about if page my has search free but our one other",
)
_WORDS = [word for line in _LINES for word in line.split()]


def text(generator: random.Random, size: int) -> bytes:
    """Compressible bytes, like a letter's or a table's."""
    out = bytearray()
    while len(out) < size:
        line = " ".join(generator.choices(_WORDS, k=12))
        out += f"{generator.randrange(10**9)};{line};{generator.random():.4f}\n".encode()
    return bytes(out[:size])


def office_tree(root: Path, files: int = 200, seed: int = 1, mean: int = 42_000) -> int:
    """Many small and some middling files in folders: half documents that are packed already, half text. Bytes made."""
    generator = random.Random(seed)
    prose = text(generator, 2 << 20)
    total = 0
    for number in range(files):
        folder = root / f"year-{number % 7}" / f"customer-{number // 7 % 40:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        size = min(int(generator.lognormvariate(0, 1.2) * mean / 2), 8 << 20) + generator.randrange(2, 400)
        if number % 5 < 2:
            contents = generator.randbytes(size)
        else:
            start = generator.randrange(len(prose) // 2)
            contents = (f"{number}\n".encode() + prose[start:])[:size].ljust(size, b"x")
        (folder / f"document {number}.{'docx' if number % 5 < 2 else 'csv'}").write_bytes(contents)
        total += size
    return total


def large_tree(root: Path, size: int, files: int = 8, seed: int = 2) -> int:
    """A few large files: mail archives, pictures and databases by turns. Bytes made."""
    generator = random.Random(seed)
    root.mkdir(parents=True, exist_ok=True)
    prose = text(generator, 1 << 20)
    for number in range(files):
        with (root / f"archive-{number}.bin").open("wb") as out:
            left = size // files
            while left > 0:
                block = generator.randbytes(1 << 20)
                if number % 2:
                    shift = generator.randrange(len(prose))
                    block = block[: 200 << 10] + (prose[shift:] + prose[:shift])[: 824 << 10]
                out.write(block[:left])
                left -= len(block)
    return size


def change_some(root: Path, share: float = 0.01, seed: int = 3) -> int:
    """Changes a share of the files: bytes put in near the middle. How many."""
    generator = random.Random(seed)
    found = sorted(path for path in root.rglob("*") if path.is_file())
    chosen = generator.sample(found, max(1, int(len(found) * share)))
    for path in chosen:
        contents = path.read_bytes()
        middle = len(contents) // 2
        path.write_bytes(contents[:middle] + b"changed " + generator.randbytes(16) + contents[middle:])
    return len(chosen)


def change_inside(root: Path, share: float = 0.01, seed: int = 4) -> None:
    """Overwrites a share of every file in place, spread over it."""
    generator = random.Random(seed)
    for path in sorted(path for path in root.rglob("*") if path.is_file()):
        size = path.stat().st_size
        with path.open("r+b") as file:
            for _ in range(max(1, int(size * share) >> 20)):
                file.seek(generator.randrange(max(size - (1 << 20), 1)))
                file.write(generator.randbytes(1 << 20))


def awkward_names() -> list[bytes]:
    """Names that trip programs up, as raw bytes."""
    return [
        b"plain.txt",
        b" leading and trailing ",
        "Grüße & <Küsse>.txt".encode(),
        "日本語 😀.txt".encode(),
        b'quote".txt',
        b"back\\slash\\n",
        b"new\nline\ttab",
        b"\x01\x07\x1f\x7f",
        b"latin-\xe9\xff.txt",
        "line\u2028sep\u2029\u00a0\u200b".encode(),
        "\ufffd replacement".encode(),
        b"-rf",
        b"*?[x]",
        b"n" * 255,
        ("ü" * 127).encode(),
    ]


def awkward_tree(root: Path) -> None:
    """Odd names, empty and sparse files, links of both kinds, odd modes and times, a socket and a pipe, a deep path."""
    root.mkdir(parents=True, exist_ok=True)
    raw = os.fsencode(root)
    for number, name in enumerate(awkward_names()):
        Path(os.fsdecode(raw + b"/" + name)).write_bytes(b"contents %d" % number)
    (root / "empty").write_bytes(b"")
    (root / "empty folder").mkdir()
    with (root / "sparse").open("wb") as file:
        file.seek(24 << 20)
        file.write(b"end")
        file.truncate(40 << 20)
    (root / "zeros").write_bytes(bytes(3 << 20))
    (root / "large").write_bytes(random.Random(5).randbytes(5 << 20))
    os.link(root / "large", root / "large again")
    (root / "sub").mkdir()
    os.link(root / "large", root / "sub" / "large once more")
    (root / "to plain").symlink_to("plain.txt")
    (root / "to nothing").symlink_to("nothing/at/all")
    (root / "to outside").symlink_to("/etc")
    os.symlink(b"latin-\xe9", raw + b"/to latin")
    os.mkfifo(root / "pipe")
    os.mknod(root / "socket", stat.S_IFSOCK | 0o600)
    for mode in (0o000, 0o400, 0o755, 0o4755, 0o2750, 0o1777):
        path = root / f"mode-{mode:o}"
        path.write_bytes(b"x")
        path.chmod(mode)
    (root / "sticky").mkdir()
    (root / "sticky").chmod(0o1777)
    for name, moment in (("old", -86_400 * 365 * 10**9), ("new", 4_102_444_800 * 10**9 + 123_456_789), ("zero", 0)):
        (root / name).write_bytes(b"time")
        os.utime(root / name, ns=(moment, moment))
    deep = root
    for number in range(60):
        deep = deep / f"folder {number:02d} deep"
        deep.mkdir()
    (deep / "at the bottom").write_bytes(b"found")
    os.utime(root / "sub", ns=(10**18, 10**18 + 1))


def picture(root: Path, links: bool = True) -> dict[bytes, Any]:
    """All of a tree that a restore has to bring back: kind, mode, time, contents or target, and hard links."""
    found: dict[bytes, Any] = {}
    first: dict[tuple[int, int], bytes] = {}
    start = os.fsencode(root)
    for folder, folders, files in os.walk(start):
        folders.sort()
        for name in sorted(folders + files):
            path = os.path.join(folder, name)
            info = os.lstat(path)
            key = path[len(start) + 1 :]
            mode = info.st_mode
            if stat.S_ISLNK(mode):
                found[key] = ("link", os.readlink(path))
            elif stat.S_ISDIR(mode):
                found[key] = ("folder", stat.S_IMODE(mode), info.st_mtime_ns)
            elif stat.S_ISREG(mode):
                twin = first.setdefault((info.st_dev, info.st_ino), key) if links and info.st_nlink > 1 else key
                found[key] = ("file", stat.S_IMODE(mode), info.st_mtime_ns, info.st_size, _checksum(path), twin)
    return found


def _checksum(path: bytes) -> int:
    value = 0
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            value = zlib.crc32(block, value)
    return value

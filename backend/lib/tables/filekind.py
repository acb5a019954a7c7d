"""What kind of table a file is, by its first bytes; a suffix may lie."""

from pathlib import Path
from typing import Literal

from backend.lib.tables import problems

FileKind = Literal["text", "xlsx", "ods", "parquet", "sqlite"]

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
HEAD_BYTES = 65_536
OTHER_KINDS = (
    b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"\x7fELF", b"MZ", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"{\\rtf",
    b"\x28\xb5\x2f\xfd", b"BZh", b"OggS", b"ID3", b"RIFF",
)  # fmt: skip


def file_kind(path: Path) -> FileKind:
    """The kind. Raises UserError for what cannot be opened, is empty, encrypted, or no table at all."""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError as error:
        raise problems.of_os_error(path, error) from error
    if not head:
        raise problems.empty(path)
    if head.startswith(OLE):
        raise problems.password(path) if _is_encrypted(path) else problems.old_excel(path)
    if head.startswith(b"PK\x03\x04") or head.startswith(b"PK\x05\x06"):
        return _zip_kind(path)
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith(b"SQLite format 3\x00"):
        return "sqlite"
    if head.startswith(OTHER_KINDS) or _looks_binary(head):
        raise problems.not_a_table(path)
    return "text"


def _is_encrypted(path: Path) -> bool:
    """The directory of the container may lie anywhere in it: [MS-CFB] 2.6, [MS-OFFCRYPTO] 2.3.4."""
    kept = b""
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            if ENCRYPTED_STREAM in kept + piece:
                return True
            kept = piece[-len(ENCRYPTED_STREAM) :]
    return False


def _zip_kind(path: Path) -> FileKind:
    import zipfile

    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
            if "xl/workbook.xml" in names:
                return "xlsx"
            if "content.xml" in names and "mimetype" in names:
                if b"spreadsheet" not in archive.read("mimetype")[:100]:
                    raise problems.not_a_table(path)
                if b"manifest:encryption-data" in _manifest(archive):
                    raise problems.password(path)
                return "ods"
    except (zipfile.BadZipFile, OSError, EOFError, ValueError, RuntimeError, NotImplementedError) as error:
        raise problems.broken(path, "an Excel or OpenDocument workbook") from error
    raise problems.not_a_table(path)


def _manifest(archive: "object") -> bytes:
    import zipfile

    assert isinstance(archive, zipfile.ZipFile)
    if "META-INF/manifest.xml" not in archive.namelist():
        return b""
    with archive.open("META-INF/manifest.xml") as file:
        return file.read(1 << 20)


def _looks_binary(head: bytes) -> bool:
    """Zero bytes occur in text only as UTF-16, where every second byte of Latin text is zero."""
    if head.startswith(UTF16_MARKS):
        return False
    zeros = head.count(0)
    if zeros == 0:
        return False
    return not is_unmarked_utf16(head)


def is_unmarked_utf16(head: bytes) -> str:
    """'utf-16-le' or 'utf-16-be' for UTF-16 without a byte order mark that is at least a third Latin; else ''."""
    even, odd = head[0::2].count(0), head[1::2].count(0)
    pairs = max(1, len(head) // 2)
    if odd > pairs / 3 and even < pairs / 100:
        return "utf-16-le"
    if even > pairs / 3 and odd < pairs / 100:
        return "utf-16-be"
    return ""

"""A repository: its keys and configuration, its sealed documents and its blobs, over a `Store`."""

import getpass
import hashlib
import json
import os
import platform
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, cast

import zstandard

from backend.core import clock
from backend.lib.restic import times
from backend.lib.restic.crypto import Bytes, Kdf, Key, make_key_file, open_key_file
from backend.lib.restic.errors import DamagedError, MissingBlobError, NoRepositoryError, UserError, WrongPasswordError
from backend.lib.restic.index import Index, read_index, write_index
from backend.lib.restic.pack import Blob, BlobKind, Pack, read_header
from backend.lib.restic.polynomial import random_polynomial
from backend.lib.restic.store import Kind, Store

Document = Literal["index", "locks", "snapshots"]
KDF = Kdf()
_LEVEL = 2  # as small as restic makes it, at two thirds of the processor time of level 3
_MOST_DOCUMENT = 512 << 20
MOST_BLOB = 64 << 20
_FIRST_TAIL = 16 << 10


def host_name() -> str:
    """The name of this machine as snapshots and locks carry it."""
    return platform.node() or "unknown"


def user_name() -> str:
    """The name of who works, as snapshots and locks carry it."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def now_text() -> str:
    """The present moment in RFC 3339."""
    moment = clock.now()
    return times.rfc3339(int(moment.timestamp()) * 1_000_000_000 + moment.microsecond * 1000)


class Repository:
    """An open repository. Reading and sealing are thread-safe."""

    def __init__(self, store: Store, key: Key, repository_id: str) -> None:
        self.store = store
        self.key = key
        self.id = repository_id
        self.index = Index()
        self._index_files: set[str] = set()
        self._local = threading.local()

    @classmethod
    def create(cls, root: Path, password: str, kdf: Kdf | None = None) -> "Repository":
        """Makes a repository in a folder that is empty or not there, and opens it."""
        if not password:
            raise UserError("backup.no_password", "A backup needs a password.", "Think of one, or let one be made.")
        store = Store(root)
        if store.has_config():
            raise NoRepositoryError(
                "backup.exists", f"There is a backup in {root} already.", "Go on in it, or choose an empty folder."
            )
        store.create()
        master = Key.random()
        contents = make_key_file(master, password, host_name(), user_name(), now_text(), kdf or KDF)
        store.write("keys", hashlib.sha256(contents).hexdigest(), contents)
        repository_id = os.urandom(32).hex()
        config = {"version": 2, "id": repository_id, "chunker_polynomial": f"{random_polynomial():x}"}
        store.write_config(bytes(master.seal(json.dumps(config, separators=(",", ":")).encode())))
        return cls(store, master, repository_id)

    @classmethod
    def open(cls, root: Path, password: str) -> "Repository":
        """Opens a repository; raises NoRepositoryError, WrongPasswordError or DamagedError."""
        store = Store(root)
        if not store.has_config():
            raise NoRepositoryError(
                "backup.none", f"There is no backup in {root}.", "Choose the folder that holds the file 'config'."
            )
        key = _open_key(store, password)
        try:
            config = cast(dict[str, Any], json.loads(bytes(key.unseal(store.read_config()))))
            version = config["version"]
            repository_id = str(config["id"])
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError("the file 'config'", "cannot be read") from error
        if version != 2:
            raise NoRepositoryError(
                "backup.version",
                f"The backup in {root} has version {version} of the format; Deskhand works with version 2.",
                "Bring it up to date with 'restic migrate upgrade_repo_v2', or choose another folder.",
            )
        return cls(store, key, repository_id)

    def close(self) -> None:
        """Lets go of the files that are held open."""
        self.store.close()

    def save_document(self, kind: Document, document: Bytes) -> str:
        """Seals and writes a JSON document and returns its name."""
        sealed = bytes(self.key.seal(b"\x02" + self.compressor().compress(document)))
        name = hashlib.sha256(sealed).hexdigest()
        self.store.write(kind, name, sealed)
        return name

    def load_document(self, kind: Document, name: str) -> Any:
        """Reads a JSON document; raises DamagedError where it is not what was written."""
        sealed = self.store.read(kind, name)
        what = f"the file {kind}/{name[:8]}"
        if hashlib.sha256(sealed).hexdigest() != name:
            raise DamagedError(what, "is not what was written")
        try:
            plain = bytes(self.key.unseal(sealed))
            if plain[:1] == b"\x02":
                plain = _decompress_unknown(self.decompressor(), plain[1:])
            return json.loads(plain)
        except (ValueError, zstandard.ZstdError) as error:
            raise DamagedError(what, "cannot be read") from error

    def load_index(
        self, on_damage: Callable[[DamagedError], None] | None = None, checkpoint: Callable[[], None] | None = None
    ) -> Index:
        """Reads all index files anew. Damaged ones go to `on_damage`, or are raised where there is none."""
        index, names = Index(), [name for name, _ in self.store.list("index")]
        for name in names:
            if checkpoint:
                checkpoint()
            try:
                document = self.load_document("index", name)
                try:
                    packs = list(read_index(document))
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise DamagedError(f"the file index/{name[:8]}", "makes no sense") from error
            except DamagedError as error:
                if on_damage is None:
                    raise
                on_damage(error)
                continue
            for pack, blobs in packs:
                index.add_pack(pack, blobs)
        self.index, self._index_files = index, set(names)
        return index

    def is_index_as_read(self) -> bool:
        """Whether the index files are still those that `load_index` found."""
        return {name for name, _ in self.store.list("index")} == self._index_files

    def save_index(self, packs: list[tuple[bytes, list[Blob]]], supersedes: list[str] | None = None) -> str:
        """Writes an index file for these packs."""
        return self.save_document("index", write_index(packs, supersedes or ()))

    def save_pack(self, pack: Pack, checkpoint: Callable[[], None]) -> bytes:
        """Writes a pack and returns its name. What it held in memory is let go of."""
        contents = pack.finish(self.key)
        pack.parts.clear()
        name = hashlib.sha256(contents)
        self.store.write("data", name.hexdigest(), contents, checkpoint)
        return name.digest()

    def seal_blob(self, kind: BlobKind, data: Bytes) -> tuple[bytearray, int]:
        """A blob ready for a pack, and its uncompressed length: 0 where compressing would not have made it smaller."""
        packed = self.compressor().compress(data)
        if len(packed) < len(data) or kind == "tree":
            return self.key.seal(packed), len(data)
        return self.key.seal(data), 0

    def open_blob(self, blob: Blob, sealed: Bytes, pack: bytes) -> Bytes:
        """The data of a sealed blob; raises DamagedError where it is not what was written."""
        what = f"the pack {pack.hex()[:8]}"
        try:
            plain: Bytes = self.key.unseal(sealed)
            if blob.plain:
                if blob.plain > MOST_BLOB:
                    raise ValueError("too long")
                plain = self.decompressor().decompress(plain, max_output_size=blob.plain)
        except (ValueError, zstandard.ZstdError) as error:
            raise DamagedError(what, "holds data that cannot be read") from error
        if hashlib.sha256(plain).digest() != blob.id:
            raise DamagedError(what, "holds data that is not what was written")
        return plain

    def load_blob(self, kind: BlobKind, blob_id: bytes) -> Bytes:
        """The data of a blob, from the first place where it is sound."""
        failure: DamagedError | None = None
        for entry in self.index.find_all(kind, blob_id):
            pack, blob = self.index.place(entry)
            try:
                return self.open_blob(blob, self.store.read_part(pack.hex(), blob.offset, blob.length), pack)
            except DamagedError as error:
                failure = error
        if failure:
            raise failure
        raise MissingBlobError(f"the piece {blob_id.hex()[:8]}", "is missing")

    def load_tree(self, tree_id: bytes) -> list[dict[str, Any]]:
        """The nodes of a folder."""
        return self.load_tree_and_text(tree_id)[0]

    def load_tree_and_text(self, tree_id: bytes) -> tuple[list[dict[str, Any]], bytes]:
        """The nodes of a folder, and the JSON they were read from."""
        data = bytes(self.load_blob("tree", tree_id))
        try:
            nodes = json.loads(data)["nodes"] or []
            if not isinstance(nodes, list):
                raise ValueError("no list of nodes")
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedError(f"the folder {tree_id.hex()[:8]}", "makes no sense") from error
        return cast(list[dict[str, Any]], nodes), data

    def pack_contents(self, name: str, size: int) -> list[Blob]:
        """The blobs a pack says it holds, read from its end."""
        wanted = min(_FIRST_TAIL, size)
        while True:
            found = read_header(self.key, name, self.store.read_part(name, size - wanted, wanted), size)
            if not isinstance(found, int):
                return found
            wanted = found

    def compressor(self) -> zstandard.ZstdCompressor:
        """The calling thread's."""
        try:
            return self._local.compressor
        except AttributeError:
            self._local.compressor = zstandard.ZstdCompressor(level=_LEVEL)
            return self._local.compressor

    def decompressor(self) -> zstandard.ZstdDecompressor:
        """The calling thread's."""
        try:
            return self._local.decompressor
        except AttributeError:
            self._local.decompressor = zstandard.ZstdDecompressor()
            return self._local.decompressor


def _open_key(store: Store, password: str) -> Key:
    damage: DamagedError | None = None
    wrong: WrongPasswordError | None = None
    names: list[tuple[str, Kind]] = [(name, "keys") for name, _ in store.list("keys")]
    for name, kind in names:
        contents = store.read(kind, name)
        try:
            if hashlib.sha256(contents).hexdigest() != name:
                raise DamagedError(f"the key file {name[:8]}", "is not what was written")
            return open_key_file(contents, password)
        except WrongPasswordError as error:
            wrong = error
        except DamagedError as error:
            damage = error
    raise wrong or damage or DamagedError("the folder 'keys'", "is empty")


def _decompress_unknown(decompressor: zstandard.ZstdDecompressor, packed: bytes) -> bytes:
    stream = decompressor.stream_reader(packed)
    plain = stream.read(_MOST_DOCUMENT + 1)
    if len(plain) > _MOST_DOCUMENT:
        raise ValueError("too long")
    return plain

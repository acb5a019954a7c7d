"""Many small pieces at once: the same results as one by one, and no piece spoils the others."""

import os
import random
import threading
import time
from pathlib import Path

import pytest

from backend.lib.restic.crew import Crew, Sharing, Work
from backend.lib.restic.crypto import Key
from backend.lib.restic.index import Index
from backend.lib.restic.many import HEAVIEST, handfuls, load_many, open_many, seal_many
from backend.lib.restic.pack import Blob
from backend.lib.restic.repository import Repository
from backend.lib.restic.writer import PackWriter
from tests.helpers.restic_judge import make_repository


@pytest.fixture(name="repository")
def empty_repository(tmp_path: Path) -> Repository:
    """A new one."""
    return make_repository(tmp_path / "repo")


def some_pieces() -> list[bytes]:
    """Pieces that compress and pieces that do not."""
    generator = random.Random(1)
    return [generator.randbytes(500 + number) if number % 2 else b"word %d " % number * 90 for number in range(40)]


def kept(repository: Repository, pieces: list[bytes]) -> list[bytes]:
    """The IDs of pieces that are in a pack."""
    writer = PackWriter(repository, Work(lambda: None))
    ids = writer.save_many(pieces)
    writer.finish()
    return [bytes.fromhex(blob_id) for blob_id in ids]


def test_pieces_kept_together_come_back_together_and_one_by_one(repository: Repository) -> None:
    pieces = [*some_pieces(), some_pieces()[3]]
    ids = kept(repository, pieces)
    assert ids[3] == ids[-1]
    assert [bytes(data or b"") for data in load_many(repository, ids)] == pieces
    assert [bytes(repository.load_blob("data", blob_id)) for blob_id in ids] == pieces
    assert repository.index.place(repository.index.find("data", ids[0]))[1].plain == len(pieces[0])
    assert not repository.index.place(repository.index.find("data", ids[1]))[1].plain


def test_a_piece_that_is_missing_or_spoilt_is_left_out_and_the_others_come(repository: Repository) -> None:
    pieces = some_pieces()
    ids = kept(repository, pieces)
    pack, blob = repository.index.place(repository.index.find("data", ids[5]))
    path = repository.store.path("data", pack.hex())
    contents = bytearray(path.read_bytes())
    contents[blob.offset + 20] ^= 1
    path.chmod(0o600)
    path.write_bytes(contents)
    loaded = load_many(repository, [*ids, os.urandom(32)])
    assert [number for number, data in enumerate(loaded) if data is None] == [5, len(ids)]
    assert [bytes(data) for data in loaded if data is not None] == pieces[:5] + pieces[6:]


def test_a_piece_of_another_length_than_told_is_no_piece(repository: Repository) -> None:
    data = b"word " * 900
    [(sealed, plain)] = seal_many(repository, [data])
    blob = Blob("data", bytes(32), 0, len(sealed), plain - 1)
    assert open_many(repository, [(blob, sealed)]) == [None]
    assert open_many(repository, [(blob._replace(plain=plain), sealed)]) == [None]  # its ID is not that of the data


def test_handfuls_hold_everything_in_order_and_weigh_no_more_than_they_may() -> None:
    generator = random.Random(2)
    blobs = [
        Blob("data", bytes(32), n, generator.randrange(HEAVIEST // 3), generator.randrange(HEAVIEST // 2))
        for n in range(99)
    ]
    blobs.insert(50, Blob("data", bytes(32), 99, 40 << 20, 0))
    found = list(handfuls(blobs))
    assert [blob for some in found for blob in some] == blobs
    assert all(sum(max(b.length, b.plain) for b in some) <= HEAVIEST for some in found if len(some) > 1)


def test_no_two_seals_begin_alike_and_a_process_that_was_forked_draws_its_own() -> None:
    key = Key.random()
    starts = {bytes(key.seal(b"x")[:16]) for _ in range(1000)}
    assert len(starts) == 1000
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.write(writer, key.seal(b"x")[:16])
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reader, 16) != bytes(key.seal(b"x")[:16])
    os.close(reader)
    os.close(writer)


def test_the_beginning_of_an_id_is_no_id() -> None:
    index = Index()
    blob_id = bytes(range(32))
    index.add_pack(os.urandom(32), [Blob("data", blob_id, 0, 40, 0)])
    assert index.has("data", blob_id)
    assert not any(index.has("data", blob_id[:length]) for length in range(32))


def test_work_is_done_at_once_until_it_waits_and_then_by_several() -> None:
    done: list[tuple[int, str]] = []

    def handle(number: int) -> None:
        if number == 5:
            time.sleep(0.1)  # this is the waiting that is to be noticed
        done.append((number, threading.current_thread().name))

    crew = Crew(Work(lambda: None), "test", 2, 2, handle)
    sharing = Sharing(crew, handle, lambda number: number == 2)
    for number in range(8):
        sharing.put(number)
    crew.end()
    own = threading.current_thread().name
    assert [number for number, name in sorted(done) if name == own] == [0, 1, 3, 4, 5]
    assert sorted(number for number, _ in done) == list(range(8))

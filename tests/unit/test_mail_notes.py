"""Notes in a file: whole or not there, whatever a crash or an earlier round has left in it."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.lib.mail.notes import Notes, read


def _written(path: Path, *data: bytes, first: int = 1) -> Notes:
    notes = Notes(path, first)
    for one in data:
        notes.add(one)
    return notes


def test_notes_are_there_at_once_in_order_and_numbered(tmp_path: Path):
    path = tmp_path / "notes"
    assert list(read(path)) == []
    notes = _written(path, b"one", b"", b"three", first=7)
    assert list(read(path)) == [(7, b"one"), (8, b""), (9, b"three")]
    assert notes.last == 9
    notes.close()
    assert list(read(path)) == [(7, b"one"), (8, b""), (9, b"three")]


def test_a_new_file_holds_nothing_of_the_old_one(tmp_path: Path):
    path = tmp_path / "notes"
    _written(path, b"one", b"two").close()
    notes = _written(path, b"new", first=3)
    assert list(read(path)) == [(3, b"new")]
    notes.close()


def test_what_an_earlier_round_left_behind_is_not_read(tmp_path: Path):
    path = tmp_path / "notes"
    notes = _written(path, b"one", b"two", b"three")
    notes.begin_again()
    notes.add(b"old")
    assert list(read(path)) == [(4, b"old")]
    notes.close()


def test_a_file_that_is_full_grows(tmp_path: Path):
    path = tmp_path / "notes"
    large = [bytes([number]) * 400_000 for number in range(6)]
    notes = _written(path, *large)
    assert notes.long
    notes.sync()
    assert [data for _number, data in read(path)] == large
    notes.close()


@settings(max_examples=30)
@given(st.lists(st.binary(max_size=40), max_size=8), st.integers(0, 600), st.binary(min_size=1, max_size=30))
def test_whatever_a_crash_tears_only_whole_notes_before_it_are_read(
    tmp_path_factory: pytest.TempPathFactory, data: list[bytes], at: int, noise: bytes
):
    path = tmp_path_factory.mktemp("notes") / "notes"
    _written(path, *data).close()
    held = bytearray(path.read_bytes())
    before = bytes(held)
    held[at : at + len(noise)] = noise
    path.write_bytes(held)
    found = [data for _number, data in read(path)]
    assert found == data[: len(found)]
    ends = [sum(16 + len(one) for one in data[:count]) for count in range(len(data) + 1)]
    touched = next((place for place in range(at, at + len(noise)) if held[place] != before[place]), len(held))
    assert len(found) >= sum(end <= touched for end in ends[1:])

"""The parts of the format by themselves: names, times, sealing, packs and the index."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.lib.restic.crypto import Kdf, Key, make_key_file, open_key_file
from backend.lib.restic.errors import DamagedError, WrongPasswordError
from backend.lib.restic.index import Index, read_index, write_index
from backend.lib.restic.names import json_text, quote, unquote
from backend.lib.restic.nodes import texts_of, write_node, write_tree
from backend.lib.restic.pack import Blob, Pack, expected_size, read_header
from backend.lib.restic.polynomial import is_irreducible, random_polynomial
from backend.lib.restic.times import moment, nanoseconds, rfc3339

KINDS = st.sampled_from(["data", "tree"])
BLOB_ID = st.binary(min_size=32, max_size=32)


@given(st.binary())
def test_any_name_survives_quoting_and_json(raw: bytes) -> None:
    text = json_text(quote(raw))
    assert unquote(json.loads(text)) == raw
    assert not set("<>&\u2028\u2029") & set(text)


@pytest.mark.parametrize(
    ("raw", "quoted"),
    [
        (b"plain name.txt", "plain name.txt"),
        (b'a"b\\c', 'a\\"b\\\\c'),
        (b"\x00\x07\x08\t\n\x0b\x0c\r\x1b\x7f", "\\x00\\a\\b\\t\\n\\v\\f\\r\\x1b\\x7f"),
        (b"latin \xe9", "latin \\xe9"),
        ("é 😀 \u00a0\u200b\U000e0001".encode(), "é 😀 \\u00a0\\u200b\\U000e0001"),
    ],
)
def test_names_are_quoted_as_gos_strconv_does(raw: bytes, quoted: str) -> None:
    assert quote(raw) == quoted
    assert unquote(quoted) == raw


def test_strings_are_escaped_as_gos_json_does() -> None:
    assert json_text("a<b>&\u2028é\x01") == '"a\\u003cb\\u003e\\u0026\\u2028é\\u0001"'
    assert json.loads(json_text(os.fsdecode(b"x\xff"))) == "x\ufffd"


ATTRIBUTES = [("user.one", b"1"), ("user.two", b"\xff")]


@pytest.mark.parametrize("attributes", [[], ATTRIBUTES[:1], ATTRIBUTES])
@pytest.mark.parametrize("names", [[b"a"], [b"a", b'},{"name":"b"'], [b"<a>", "\u2028é".encode(), b"latin \xe9"]])
def test_the_text_of_each_entry_is_found_in_its_folder(
    names: list[bytes], attributes: list[tuple[str, bytes]], tmp_path: Path
) -> None:
    written = [
        write_node(name, "file", tmp_path.lstat(), size=number, content=["00" * 32], attributes=attributes)
        for number, name in enumerate(names)
    ]
    tree = write_tree(written)
    assert texts_of(tree, json.loads(tree)["nodes"]) == written


def test_the_text_of_each_entry_of_a_folder_that_is_spaced_otherwise_says_the_same() -> None:
    nodes = [{"name": "a", "inode": 18446744073709551615, "content": None}, {"name": "b\u2029<", "size": 3}]
    texts = texts_of(json.dumps({"nodes": nodes}).encode(), nodes)
    assert [json.loads(text) for text in texts] == nodes
    assert texts == ['{"name":"a","inode":18446744073709551615,"content":null}', '{"name":"b\\u2029\\u003c","size":3}']


@pytest.mark.parametrize("broken", ["\\", "\\q", "\\x1", "\\u12"])
def test_broken_quoting_is_an_error(broken: str) -> None:
    with pytest.raises(ValueError):
        unquote(broken)


@given(st.integers(min_value=-62_135_596_800 * 10**9, max_value=253_402_300_799 * 10**9))
def test_any_time_of_the_calendar_survives(when: int) -> None:
    assert nanoseconds(rfc3339(when)) == when


def test_times_are_read_with_offsets_and_written_without_idle_zeros() -> None:
    assert rfc3339(1_795_502_829_500_000_000).endswith(".5Z")
    assert rfc3339(10**21).startswith("9999-12-31T")
    assert nanoseconds("2015-01-02T18:10:50.895208559+01:00") == nanoseconds("2015-01-02T17:10:50.895208559Z")
    assert moment("2015-01-02T18:10:50.895208559+01:00") == datetime(2015, 1, 2, 17, 10, 50, 895208, UTC)
    assert nanoseconds("2015-01-02T17:10:50.5Z") == nanoseconds("2015-01-02T17:10:50.500000000Z")


@pytest.mark.parametrize("text", ["yesterday", "2015-01-02T17:10:50.٣Z", "2015-01-02 17:10:50.5Z", "2015-01-02"])
def test_what_is_no_time_is_an_error(text: str) -> None:
    with pytest.raises(ValueError):
        nanoseconds(text)


@given(st.binary(max_size=5000), st.data())
def test_what_was_sealed_opens_and_what_was_changed_does_not(plain: bytes, data: st.DataObject) -> None:
    key = Key.random()
    sealed = key.seal(plain)
    assert bytes(key.unseal(sealed)) == plain
    sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(ValueError):
        key.unseal(sealed)


@pytest.mark.parametrize(
    ("message", "r", "k", "nonce", "tag"),
    [
        (
            "f3f6",
            "851fc40c3467ac0be05cc20404f3f700",
            "ec074c835580741701425b623235add6",
            "fb447350c4e868c52ac3275cf9d4327e",
            "f4c633c3044fc145f84f335cb81953de",
        ),
        (
            "",
            "a0f3080000f46400d0c7e9076c834403",
            "75deaa25c09f208e1dc4ce6b5cad3fbf",
            "61ee09218d29b0aaed7e154a2c5509cc",
            "dd3fab2251f11ac759f0887129cc2ee7",
        ),
    ],
)
def test_the_signature_agrees_with_the_papers_examples(message: str, r: str, k: str, nonce: str, tag: str) -> None:
    """Bernstein, The Poly1305-AES message-authentication code, appendix B; the message is the ciphertext here."""
    key = Key(bytes(32), bytes.fromhex(k), bytes.fromhex(r))
    assert len(key.unseal(bytes.fromhex(nonce + message + tag))) == len(message) // 2


def test_a_key_file_opens_with_its_password_only() -> None:
    master = Key.random()
    contents = make_key_file(master, "pass", "host", "user", "2026-01-01T00:00:00Z", Kdf(n=1 << 10, p=1))
    assert open_key_file(contents, "pass").to_json() == master.to_json()
    with pytest.raises(WrongPasswordError):
        open_key_file(contents, "Pass")
    with pytest.raises(DamagedError):
        open_key_file(contents[:-10], "pass")
    greedy = json.loads(contents) | {"N": 1 << 40}
    with pytest.raises(DamagedError, match="too much"):
        open_key_file(json.dumps(greedy).encode(), "pass")


@given(
    st.lists(st.tuples(st.sampled_from(["data", "tree"]), BLOB_ID, st.binary(max_size=300), st.booleans()), min_size=1)
)
def test_a_packs_table_of_contents_says_what_was_put_in(items: list[tuple[str, bytes, bytes, bool]]) -> None:
    key, pack = Key.random(), Pack.empty()
    for kind, blob_id, data, is_compressed in items:
        pack.add("tree" if kind == "tree" else "data", blob_id, key.seal(data), len(data) + 1 if is_compressed else 0)
    contents = pack.finish(key)
    assert len(contents) == expected_size(pack.blobs)
    needed = read_header(key, "ab" * 32, contents[-4:], len(contents))
    assert isinstance(needed, int)
    assert read_header(key, "ab" * 32, contents[-needed:], len(contents)) == pack.blobs
    with pytest.raises(DamagedError):
        read_header(key, "ab" * 32, contents[:-1], len(contents) - 1)


def test_a_large_index_finds_everything_and_nothing_else() -> None:
    index = Index()
    ids = [os.urandom(32) for _ in range(30_000)]
    for start in range(0, len(ids), 100):
        blobs = [Blob("data", ids[n], n * 10, 100 + n, n) for n in range(start, start + 100)]
        assert index.add_pack(ids[start][::-1], blobs)
        assert not index.add_pack(ids[start][::-1], blobs)
    for number, blob_id in enumerate(ids):
        pack, blob = index.place(index.find("data", blob_id))
        assert blob == Blob("data", blob_id, number * 10, 100 + number, number)
        assert pack == ids[number // 100 * 100][::-1]
        assert not index.has("tree", blob_id)
    assert not any(index.has("data", os.urandom(32)) for _ in range(1000))
    first = ids[0][::-1]
    index.put_aside(first)
    assert [index.has("data", blob_id) for blob_id in ids[:101]] == [False] * 100 + [True]
    document = json.loads(write_index(index.blobs_of_packs(), ["b", "a"]))
    assert document["supersedes"] == ["a", "b"]
    again = Index()
    for pack, blobs in read_index(document):
        again.add_pack(pack, blobs)
    assert len(again) == len(ids) - 100
    assert dict(again.packs()) == dict(index.packs())


def test_a_blob_in_two_packs_is_found_in_both_and_in_the_other_when_one_is_put_aside() -> None:
    index = Index()
    for pack in (b"a" * 32, b"b" * 32):
        index.add_pack(pack, [Blob("data", b"x" * 32, 0, 40, 0), Blob("tree", b"x" * 32, 40, 50, 9)])
    assert len(list(index.find_all("data", b"x" * 32))) == 2
    index.put_aside(b"a" * 32)
    pack, blob = index.place(index.find("tree", b"x" * 32))
    assert (pack, blob.length) == (b"b" * 32, 50)


def test_polynomials_are_irreducible_and_reducible_ones_are_told() -> None:
    assert is_irreducible(0x3DA3358B4DC173), "the one of restic's own tests"
    made = random_polynomial()
    assert is_irreducible(made)
    assert made.bit_length() == 54
    assert not is_irreducible(made ^ 1)
    assert not is_irreducible(1 << 53 | 1)

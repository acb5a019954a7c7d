"""Rules without a repository: what is left out, what is kept, which version is compared with, what errors say."""

import errno
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.core.errors import UserError
from backend.lib.restic.crypto import Key
from backend.lib.restic.errors import (
    DestinationError,
    DestinationFullError,
    DestinationGoneError,
    destination,
)
from backend.lib.restic.exclusions import Exclusions
from backend.lib.restic.keep import KeepRules, decide
from backend.lib.restic.reading import LARGEST, SMALL, Cutter
from backend.lib.restic.snapshots import Snapshot, choose_parent

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def snapshot(when: datetime, name: str = "", paths: tuple[str, ...] = ("/home",), host: str = "pc") -> Snapshot:
    text = when.isoformat().replace("+00:00", "Z")
    return Snapshot(id=name or text, time=text, tree=bytes(32), paths=paths, hostname=host)


@pytest.mark.parametrize(
    ("pattern", "path", "out"),
    [
        ("*.tmp", "/a/b/x.tmp", True),
        ("*.tmp", "/a/b.tmp/x", False),
        ("node_modules", "/a/node_modules", True),
        ("build/*.o", "/src/build/x.o", True),
        ("build/*.o", "/src/build/deep/x.o", False),
        ("/home/*/Downloads", "/home/ann/Downloads", True),
        ("/home/*/Downloads", "/mnt/home/ann/Downloads", False),
        ("/data/**/cache", "/data/a/b/cache", True),
        ("/data/**", "/data/a/b", True),
        ("report-[0-9].txt", "/x/report-7.txt", True),
        ("report-[!0-9].txt", "/x/report-7.txt", False),
        ("a+b(1).txt", "/x/a+b(1).txt", True),
        ("[", "/x/[", True),
        ("[z-a]", "/x/q", False),
    ],
)
def test_patterns_leave_out_what_people_expect(pattern: str, path: str, out: bool) -> None:
    assert Exclusions.of([pattern]).leaves_out(path, Path(path).name) is out


def test_daily_weekly_monthly_and_yearly_versions_are_kept_and_the_newest_whatever_happens() -> None:
    versions = [snapshot(NOW - timedelta(hours=12 * n)) for n in range(1200)]
    rules = KeepRules(last=2, daily=5, weekly=4, monthly=6, yearly=2)
    kept = [decision for decision in decide(versions, rules, lambda _s: True, UTC) if decision.stays]
    days = [decision for decision in kept if "newest of its day" in decision.reasons]
    assert [d.snapshot.moment.date() for d in days] == [(NOW - timedelta(days=n)).date() for n in range(5)]
    assert len([d for d in kept if "newest of its week" in d.reasons]) == 4
    months = [d.snapshot.moment for d in kept if "newest of its month" in d.reasons]
    assert [(m.month, m.day) for m in months] == [(11, 24), (10, 31), (9, 30), (8, 31), (7, 31), (6, 30)]
    assert [d.snapshot.moment.year for d in kept if "newest of its year" in d.reasons] == [2026, 2025]
    assert kept[0].snapshot == versions[0]


@given(st.lists(st.integers(0, 5000), unique=True, min_size=1, max_size=30), st.data())
def test_the_last_good_version_of_each_group_always_stays(hours: list[int], data: st.DataObject) -> None:
    versions = [snapshot(NOW - timedelta(hours=h), f"{h}", host=f"pc{h % 2}") for h in hours]
    good = {version.id for version in versions if data.draw(st.booleans())}
    rules = KeepRules(last=data.draw(st.integers(0, 2)), yearly=1)
    decisions = decide(versions, rules, lambda s: s.id in good, UTC)
    for host in {version.hostname for version in versions}:
        group = [decision for decision in decisions if decision.snapshot.hostname == host]
        newest_good = next((d for d in group if d.snapshot.id in good), None)
        if newest_good:
            assert newest_good.stays
        else:
            assert all(decision.stays for decision in group)


def test_rules_that_keep_nothing_are_refused() -> None:
    with pytest.raises(UserError, match="No rule keeps"):
        decide([snapshot(NOW)], KeepRules(), lambda _s: True)


def test_the_version_to_compare_with_is_the_newest_of_the_same_things() -> None:
    same_old = snapshot(NOW - timedelta(days=3), "same old")
    same = snapshot(NOW - timedelta(days=2), "same")
    wider = snapshot(NOW - timedelta(days=1), "wider", ("/home", "/srv"))
    other = snapshot(NOW, "other", ("/home",), "laptop")
    assert choose_parent([same_old, same, wider, other], "pc", ["/home"]) == same
    assert choose_parent([wider, other], "pc", ["/home"]) == wider
    assert choose_parent([other], "pc", ["/home"]) is None


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (errno.ENOSPC, DestinationFullError, "no space left"),
        (errno.EDQUOT, DestinationFullError, "no space left"),
        (errno.ENOENT, DestinationGoneError, "not there any more"),
        (errno.ESTALE, DestinationGoneError, "not there any more"),
        (errno.EROFS, DestinationError, "may not write"),
        (errno.EIO, DestinationError, "failed"),
    ],
)
def test_errors_of_the_place_are_told_in_plain_words(
    tmp_path: Path, number: int, kind: type[DestinationError], words: str
) -> None:
    with pytest.raises(kind, match=words) as caught, destination(tmp_path):
        raise OSError(number, "x")
    assert caught.value.hint


def test_pieces_have_the_formats_sizes_and_an_insertion_moves_few_of_them(tmp_path: Path) -> None:
    contents = random.Random(1).randbytes(24 << 20)
    changed = contents[: 9 << 20] + b"put in" + contents[9 << 20 :]
    pieces: list[list[bytes]] = []
    for number, data in enumerate((contents, changed, bytes(20 << 20))):
        path = tmp_path / str(number)
        path.write_bytes(data)
        with path.open("rb") as file:
            pieces.append([bytes(piece) for piece in Cutter(KEY).cut(file.fileno(), lambda: None)])
        assert b"".join(pieces[-1]) == data
        assert all(SMALL <= len(piece) <= LARGEST for piece in pieces[-1][:-1])
    assert len(set(pieces[1]) - set(pieces[0])) <= 2


KEY = Key.random()

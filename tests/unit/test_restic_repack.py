"""Which packs are worth writing anew, and how many fit into a round."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from backend.lib.restic.pack import EMPTY_SIZE, TARGET_SIZE
from backend.lib.restic.repack import IDLE_SHARE, next_round, plan
from backend.lib.restic.usage import PackUse

FULL = 4 * TARGET_SIZE // 5


def use(number: int, needed: int, idle: int = 0, *, trees: bool = False, data: bool = True) -> PackUse:
    """A pack of ten blobs."""
    entries = range(number * 10, number * 10 + 10)
    return PackUse(number.to_bytes(32, "big"), entries, needed + idle + EMPTY_SIZE, needed, trees, data)


def test_what_nothing_needs_goes_and_what_is_needed_whole_stays() -> None:
    unused, whole = use(1, 0, FULL), use(2, FULL)
    planned = plan([unused, whole])
    assert (planned.unused, planned.repack, planned.idle) == ([unused], [], 0)


def test_the_most_idle_packs_come_first_and_few_idle_bytes_are_left_where_they_are() -> None:
    packs = [use(number, FULL, FULL * number // 200) for number in range(1, 41)]
    planned = plan(packs)
    assert [pack.idle for pack in planned.repack] == sorted((pack.idle for pack in planned.repack), reverse=True)
    assert 0 < len(planned.repack) < len(packs)
    needed = sum(pack.needed for pack in packs)
    assert planned.idle <= IDLE_SHARE * (needed + planned.idle)
    assert planned.idle + planned.repack[-1].idle > IDLE_SHARE * (needed + planned.idle + planned.repack[-1].idle)


def test_packs_of_folders_are_written_anew_for_any_idle_blob_and_mixed_ones_always() -> None:
    whole, partly = use(1, FULL, trees=True, data=False), use(2, FULL, 500, trees=True, data=False)
    mixed, data = use(3, FULL, trees=True), use(4, FULL, 500)
    planned = plan([whole, partly, mixed, data])
    assert planned.repack == [partly, mixed]
    assert planned.idle == 500


def test_small_packs_are_put_together_only_where_there_are_many() -> None:
    few = [use(number, 1000) for number in range(7)]
    folders = [use(number, 1000, trees=True, data=False) for number in range(10, 17)]
    assert not plan(few + folders).repack
    assert plan([*few, *folders, use(8, 1000)]).repack == [*few, use(8, 1000)]


@given(
    st.lists(st.tuples(st.integers(1, TARGET_SIZE), st.integers(0, TARGET_SIZE)), min_size=1, max_size=60),
    st.integers(-1000, 8 * TARGET_SIZE),
)
def test_a_round_never_takes_more_than_there_is_room_for(sizes: list[tuple[int, int]], room: int) -> None:
    packs = [use(number, needed, idle) for number, (needed, idle) in enumerate(sizes)]
    chosen = next_round(packs, room)
    assert sum(pack.needed for pack in chosen) <= max(room, 0)
    assert all(first.entries.start < second.entries.start for first, second in pairwise(chosen)), "in their order"
    if not chosen:
        assert all(pack.needed + 3 * EMPTY_SIZE > room for pack in packs)

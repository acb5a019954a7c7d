"""Messages that stand by in the worker."""

from collections.abc import Callable

from backend.worker.standing import Standing


def begun(into: list[str], name: str) -> Callable[[], None]:
    return lambda: into.append(name)


def test_what_stands_by_nobody_begins_at_once() -> None:
    standing, names = Standing(), list[str]()
    assert standing.arrived(begun(names, "plain"))
    assert standing.arrived(begun(names, "beside two"), 2)
    assert names == ["plain", "beside two"]


def test_what_stands_by_begins_when_one_of_those_that_had_begun_ends() -> None:
    standing, names = Standing(), list[str]()
    standing.arrived(begun(names, "first"))
    standing.arrived(begun(names, "second"))
    assert not standing.arrived(begun(names, "third"), 2)
    assert not standing.arrived(begun(names, "fourth"), 2)
    standing.ended()
    assert names == ["first", "second", "third"]
    standing.ended()
    assert names == ["first", "second", "third", "fourth"]


def test_what_is_not_to_stand_by_begins_however_many_have_begun() -> None:
    standing, names = Standing(), list[str]()
    for name in ("first", "second", "third"):
        standing.arrived(begun(names, name))
    assert len(names) == 3


def test_places_that_nobody_waited_for_are_free_again() -> None:
    standing, names = Standing(), list[str]()
    standing.arrived(begun(names, "first"))
    standing.ended()
    assert standing.arrived(begun(names, "second"), 1)

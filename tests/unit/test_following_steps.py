"""Which steps of a chain take files of which, as the form keeps it."""

from desktop.client.drafts import FollowUp
from desktop.state.following import taken_from, without


def step(*numbers: int) -> FollowUp:
    return FollowUp("archive", {"files": [{"from_step": n, "files": "*.pdf"} for n in numbers], "folder": "/out"})


def test_what_is_taken_is_found_alone_and_in_lists() -> None:
    assert taken_from({"file": {"from_step": 2}, "files": ["/a", {"from_step": 0}], "folder": "/b"}) == [
        {"from_step": 2},
        {"from_step": 0},
    ]


def test_who_took_files_of_a_step_that_is_removed_takes_those_of_the_one_before() -> None:
    chain = [step(0), step(1, 0), step(2)]
    assert without(chain, 0) == [step(0, 0), step(1)]
    assert without(chain, 1) == [step(0), step(1)]
    assert without(chain, 2) == [step(0), step(1, 0)]

"""A practice run that is cut off and goes on, and one that finds the folder of another."""

from collections.abc import Callable
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from backend.jobtypes.contract import JobStopped
from backend.jobtypes.mailing.practising import practice_folder, practise
from backend.lib.mail.ledger import Claim
from backend.lib.mail.mime import Message
from tests.helpers.direct_context import DirectContext
from tests.helpers.mail_jobs import composer, people

LETTERS = people("anna", "bert", "cleo")


def run(folder: Path, ctx: DirectContext, compose: Callable[[Claim], Message] | None = None) -> Path:
    """A practice run of three letters."""
    into = practice_folder(folder, "Hello", ctx.keep / "practice.json")
    practise(LETTERS, compose or composer(), into, "example.com", ctx)
    return into


def test_a_run_that_was_cut_off_goes_on_in_its_own_folder_without_leftovers(tmp_path: Path) -> None:
    with pytest.raises(JobStopped):
        run(tmp_path, DirectContext(tmp_path / "job", stop_at=3))
    (cut_off,) = tmp_path.glob("Hello*")
    assert len(list(cut_off.glob("*.eml"))) == 2
    ctx = DirectContext(tmp_path / "job", attempt=2)
    assert run(tmp_path, ctx) == cut_off
    assert ctx.artifacts == [cut_off / "Letters.csv"]
    again = DirectContext(tmp_path / "job", attempt=3)
    assert run(tmp_path, again) == cut_off
    written = [message_from_bytes(path.read_bytes(), policy=default) for path in sorted(cut_off.glob("*.eml"))]
    assert [one["Subject"] for one in written] == ["For anna", "For bert", "For cleo"]
    assert len(list(cut_off.glob("Letters*.csv"))) == 1


def test_another_run_leaves_the_folder_of_the_first_alone(tmp_path: Path) -> None:
    first = run(tmp_path, DirectContext(tmp_path / "one"))
    second = run(tmp_path, DirectContext(tmp_path / "two"))
    assert (first.name, second.name) == ("Hello practice run", "Hello practice run (2)")
    assert len(list(first.glob("*.eml"))) == len(list(second.glob("*.eml"))) == 3

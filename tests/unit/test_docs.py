"""The guide's job type is taken out of the text and run, so that the guide cannot go stale."""

import csv
import importlib
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from backend.core.errors import UserError
from backend.core.settings import settings
from backend.jobtypes import job_type, job_types
from backend.jobtypes.contract import JobContext, JobStopped, JobType
from tests.helpers.direct_context import DirectContext

ROOT = Path(__file__).resolve().parents[2]
README_NEEDS = """
from pathlib import Path
from backend.jobtypes import fields
from backend.jobtypes.contract import JobContext, JobType, Outcome, Params
"""
GUIDE = ROOT / "docs" / "adding-a-job-type.md"


def forget_job_types() -> None:
    """Both are cached for the life of a process."""
    settings.cache_clear()
    job_types.cache_clear()


@pytest.fixture
def from_the_guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[JobType[Any]]:
    """The guide's job type, found in a further package."""
    (code,) = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    package = tmp_path / "jobs_of_the_guide"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "folder_list.py").write_text(code, "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("DESKHAND_JOBTYPE_PACKAGES", package.name)
    forget_job_types()
    importlib.invalidate_caches()
    yield job_type("folder-list")
    monkeypatch.undo()
    forget_job_types()
    for name in [name for name in sys.modules if name.startswith(package.name)]:
        del sys.modules[name]


@pytest.fixture
def answers(tmp_path: Path) -> dict[str, Any]:
    """A folder with three files in it, and one to put the list into."""
    source, into = tmp_path / "source", tmp_path / "into"
    (source / "deep").mkdir(parents=True)
    into.mkdir()
    (source / "large.bin").write_bytes(bytes(5000))
    (source / "small.txt").write_bytes(b"12")
    (source / "deep" / "größer.bin").write_bytes(bytes(3000))
    return {"source": str(source), "into": str(into), "at_least": 1}


def test_the_guides_job_type_is_found_and_has_a_form(from_the_guide: JobType[Any]) -> None:
    assert from_the_guide.title == "List of a folder"
    assert (ROOT / "resources" / "icons" / f"{from_the_guide.icon}.svg").is_file()
    properties = from_the_guide.params.model_json_schema()["properties"]
    assert {name: (field["x-kind"], field["title"]) for name, field in properties.items()} == {
        "source": ("folder-in", "Folder"),
        "at_least": ("number", "Only files from"),
        "into": ("folder-out", "Put the list into"),
    }
    assert properties["at_least"]["minimum"] == 0


def test_the_guides_job_type_refuses_answers_out_of_bounds(
    from_the_guide: JobType[Any], answers: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        from_the_guide.params.model_validate({**answers, "at_least": -1})


def test_the_guides_rehearsal_counts_and_changes_nothing(from_the_guide: JobType[Any], answers: dict[str, Any]) -> None:
    assert from_the_guide.rehearse is not None
    rehearsal = from_the_guide.rehearse(from_the_guide.params.model_validate(answers))
    assert (rehearsal.headline, rehearsal.facts[0].value) == ("2 files", "8,000 bytes")
    assert list(Path(answers["into"]).iterdir()) == []


def test_the_guides_job_writes_its_list_and_says_how_far_it_is(
    from_the_guide: JobType[Any], answers: dict[str, Any], tmp_path: Path
) -> None:
    context = DirectContext(tmp_path / "job")
    as_the_contract_says: JobContext = context
    outcome = from_the_guide.run(from_the_guide.params.model_validate(answers), as_the_contract_says)
    assert outcome.summary == "2 files were listed."
    assert context.artifacts == [Path(answers["into"]) / "files.csv"]
    with context.artifacts[0].open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.reader(file)) == [
            ["File", "Bytes"],
            [str(Path("deep", "größer.bin")), "3000"],
            ["large.bin", "5000"],
        ]
    assert [(told.done, told.total) for told in context.told] == [(1, 2), (2, 2)]


def test_the_guides_job_leaves_nothing_behind_when_it_is_stopped(
    from_the_guide: JobType[Any], answers: dict[str, Any], tmp_path: Path
) -> None:
    with pytest.raises(JobStopped):
        from_the_guide.run(from_the_guide.params.model_validate(answers), DirectContext(tmp_path / "job", stop_at=2))
    assert list(Path(answers["into"]).iterdir()) == []


def test_the_guides_job_says_in_words_that_the_folder_is_gone(
    from_the_guide: JobType[Any], answers: dict[str, Any], tmp_path: Path
) -> None:
    gone = from_the_guide.params.model_validate({**answers, "source": str(tmp_path / "gone")})
    with pytest.raises(UserError) as caught:
        from_the_guide.run(gone, DirectContext(tmp_path / "job"))
    assert caught.value.fields == {"source": "This folder is not there."}
    assert caught.value.hint


def test_the_ten_lines_of_the_readme_greet(tmp_path: Path) -> None:
    (code,) = re.findall(r"^```py\n(.*?)^```$", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    module: dict[str, Any] = {}
    exec(README_NEEDS + code, module)
    greeting: JobType[Any] = module["JOB_TYPE"]
    params = greeting.params.model_validate({"name": "Ms Li", "into": str(tmp_path)})
    assert greeting.run(params, DirectContext(tmp_path / "job")).summary == "Ms Li was greeted."
    assert (tmp_path / "greeting.txt").read_text("utf-8") == "Good morning, Ms Li."

"""The sample files, and the first job with them."""

from pathlib import Path

from backend.jobtypes import discover
from desktop.state.samples import first_job, lay_out
from tests.helpers.tree import ROOT

RESOURCES = ROOT / "resources"


def test_the_answers_of_the_first_job_are_right_for_its_kind_and_need_nothing_but_the_samples(tmp_path: Path) -> None:
    job = first_job(RESOURCES, tmp_path)
    lay_out(RESOURCES, tmp_path, job.files)
    params = discover("backend.jobtypes")[job.kind].params.model_validate(job.answers)
    paths = {Path(str(answer)) for answer in params.model_dump().values() if str(answer).startswith(str(tmp_path))}
    assert paths == {tmp_path, tmp_path / "sales.csv"}
    assert all(path.exists() for path in paths)


def test_every_sample_is_laid_out_and_what_the_user_has_changed_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "Documents" / "Deskhand samples"
    files = first_job(RESOURCES, folder).files
    lay_out(RESOURCES, folder, files)
    tables = {path.name for path in (RESOURCES / "samples").iterdir() if path.suffix in (".csv", ".xlsx")}
    assert {path.name for path in folder.iterdir()} == tables
    (folder / "sales.csv").write_text("mine")
    (folder / "members.xlsx").unlink()
    lay_out(RESOURCES, folder, files)
    assert (folder / "sales.csv").read_text() == "mine"
    assert (folder / "members.xlsx").read_bytes() == (RESOURCES / "samples" / "members.xlsx").read_bytes()

"""What people chain, through the real queue and worker: a report that is mailed, and a clean-up before a backup."""

import os
from collections.abc import Generator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest

from tests.helpers.mail_servers import make_certificates, postfix, server_folder
from tests.helpers.restic_judge import PASSWORD, judge, restic
from tests.helpers.running_host import RunningHost, running_host
from tests.helpers.table_files import csv_text, write_text
from tests.integration.test_mail_job import Office

ENDS = ("succeeded", "warned", "failed", "needs_user", "stopped")
RULE = {"repeat": "days", "at": "18:00", "starts_on": "2026-01-01"}


@pytest.fixture(scope="module", name="host")
def own_host(tmp_path_factory: pytest.TempPathFactory) -> Generator[RunningHost]:
    """A host on a computer without a keyring: passwords live as long as it does."""
    with (
        patch.dict(os.environ, {"PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring"}),
        running_host(tmp_path_factory.mktemp("data") / "data") as running,
    ):
        yield running


def post(host: RunningHost, place: str, **body: Any) -> Any:
    answer = host.client.post(place, json=body)
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def carried_out(host: RunningHost, jobs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """All the jobs of a chain, once they have ended."""
    return [host.reaches(job["id"], *ENDS) for job in jobs]


def test_a_scheduled_report_is_mailed_with_the_file_that_it_made(host: RunningHost, tmp_path: Path) -> None:
    with server_folder() as folder, postfix(folder, make_certificates(folder / "certificates")) as server:
        office = Office(host, server)
        source = write_text(tmp_path / "sales.csv", csv_text())
        letter = office.answers(tmp_path, "First Name,Mail\nAnna,anna@mail.test\n")
        mailing = {**letter, "attachments": [{"from_step": 0, "files": "*.pdf"}]}
        report = {"file": str(source), "folder": str(tmp_path), "formats": ["pdf", "csv"]}
        follow_ups = [{"kind": "mailing", "params": mailing, "name": "Tell Anna"}]
        saved = post(host, "/saved-jobs", name="Month end", kind="report", params=report, follow_ups=follow_ups)
        schedule = post(host, "/schedules", saved_id=saved["id"], rule=RULE)
        made, mailed = carried_out(host, post(host, f"/schedules/{schedule['id']}/run"))
        assert (made["state"], mailed["state"]) == ("succeeded", "succeeded"), mailed["problem"]
        assert {job["schedule"] for job in (made, mailed)} == {"Month end"}
        (pdf,) = (Path(each["path"]) for each in made["artifacts"] if each["path"].endswith(".pdf"))
        (attached,) = office.letter("anna").iter_attachments()
        assert attached.get_filename() == pdf.name
        assert attached.get_content() == pdf.read_bytes()


def test_a_folder_is_cleaned_up_and_then_backed_up_without_what_went(host: RunningHost, tmp_path: Path) -> None:
    office, drive = tmp_path / "Documents", tmp_path / "drive"
    office.mkdir()
    kept, went = (write_text(office / name, "Dear Ann") for name in ("letter.txt", "letter.old"))
    settings = {"folder": str(drive), "password": PASSWORD}
    backup = post(host, "/accounts", kind="backup", name="Drive", settings=settings)["id"]
    clean_up = {"folder": str(office), "names": "*.old", "days": 0}
    back_up = {"folders": [{"folder": str(office)}], "backup": backup, "sheet_folder": str(tmp_path)}
    first = post(host, "/jobs", kind="clean-up", params=clean_up, follow_ups=[{"kind": "backup", "params": back_up}])
    cleaned = host.reaches(first["id"], *ENDS)
    (link,) = cleaned["followed_by"]
    backed_up = host.reaches(link["job"], *ENDS)
    assert cleaned["state"] == "succeeded", cleaned["problem"]
    # It says that passwords do not outlast this host, which is so.
    assert backed_up["state"] == "warned", backed_up["problem"]
    assert not went.exists()
    back_again = host.reaches(post(host, "/jobs", **cleaned["undo"])["id"], *ENDS)
    assert (back_again["state"], went.exists()) == ("succeeded", True)
    assert host.client.get(f"/jobs/{cleaned['id']}").json()["undo"] is None
    judge(drive)
    restic(drive, "restore", "latest", "--target", str(tmp_path / "back"))
    back = Path(f"{tmp_path / 'back'}{office}")
    assert {path.name: path.read_text("utf-8") for path in back.iterdir()} == {kept.name: "Dear Ann"}

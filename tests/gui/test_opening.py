"""A file that was opened with Deskhand."""

from pathlib import Path

import pytest

from desktop.ui.opening import open_file, place_for
from tests.gui.conftest import Stage

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def test_a_table_goes_into_the_first_form_that_takes_one_whatever_its_letters(joined: Stage) -> None:
    found = place_for(joined.window.backend.job_types, Path("Sales.CSV"))
    assert found is not None
    kind, field = found
    assert ".csv" in kind.raw["params_schema"]["properties"][field]["x-suffixes"]


def test_a_file_that_no_kind_takes_is_said_to_be_so(joined: Stage, tmp_path: Path) -> None:
    open_file(joined.window, tmp_path / "song.mp3")
    assert joined.window.notice.isVisible()
    assert joined.window.pages.currentWidget() is joined.window.home

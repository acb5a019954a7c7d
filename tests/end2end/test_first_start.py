"""The first start, by somebody who has never seen Deskhand."""

import time
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.helpers.person import Person, person
from tests.helpers.running_host import SETTINGS

FIRST_REPORT_WITHIN = 60.0
WELCOME = "Welcome to Deskhand"


@pytest.fixture
def user(tmp_path: Path) -> Generator[Person]:
    with person(tmp_path / "data", settings=SETTINGS) as sitting:
        yield sitting


@pytest.mark.alone
def test_from_the_first_start_to_the_first_report_takes_less_than_a_minute_and_the_welcome_goes(user: Person) -> None:
    began = time.monotonic()
    user.start()
    user.finds(WELCOME)
    user.presses("Make a first report from samples")
    user.presses("Start now")
    user.reads("rows in 5 groups was made", seconds=FIRST_REPORT_WITHIN)
    user.finds("Open Sales by region.pdf")
    assert time.monotonic() - began < FIRST_REPORT_WITHIN
    samples = Path(user.env["HOME"]) / "Documents" / "Deskhand samples"
    assert (samples / "Sales by region.pdf").read_bytes().startswith(b"%PDF")
    user.presses("Home", "check box")
    user.finds("Report from a table")
    assert not user.sees(WELCOME)


def test_in_chinese_the_window_and_its_forms_are_chinese(user: Person) -> None:
    user.data.mkdir()
    (user.data / "window.ini").write_text("[General]\nlanguage=zh_CN\n", "utf-8")
    user.start()
    user.finds("欢迎使用 Deskhand")
    user.presses("从表格生成报告")
    user.finds("分组依据")
    user.finds("立即开始")

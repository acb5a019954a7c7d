"""The page about settings tells of every setting there is."""

import re

from backend.core.settings import Settings
from tests.helpers.tree import ROOT


def test_every_setting_has_its_line_and_every_line_its_setting() -> None:
    page = (ROOT / "docs" / "settings.md").read_text("utf-8")
    told = re.findall(r"^\| `DESKHAND_(\w+)` \|", page, re.MULTILINE)
    assert sorted(told) == sorted(name.upper() for name in Settings.model_fields)

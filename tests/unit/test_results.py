"""Where results go unless the user says otherwise."""

from pathlib import Path

import pytest

from backend.lib.results import check_folder, documents_folder


def test_documents_lie_in_the_home_folder_until_there_is_a_place_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_DOCUMENTS_DIR", str(tmp_path / "Papers"))
    assert documents_folder() == tmp_path
    check_folder(documents_folder())
    (tmp_path / "Papers").mkdir()
    assert documents_folder() == tmp_path / "Papers"

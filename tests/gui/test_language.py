"""The window in Chinese."""

from collections.abc import Generator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.client.shapes import JobType
from desktop.ui.catalogue import Catalogue, words_of
from desktop.ui.language import spoken_kinds
from desktop.ui.language_card import LanguageCard
from desktop.ui.preferences import Preferences
from desktop.ui.words import jobs_words


@pytest.fixture
def chinese(qapp: QApplication) -> Generator[Catalogue]:
    catalogue = Catalogue(words_of("zh_CN"), qapp)
    qapp.installTranslator(catalogue)
    yield catalogue
    qapp.removeTranslator(catalogue)


def test_a_text_is_found_whoever_says_it_and_another_one_stays_as_it_is(chinese: Catalogue, qapp: QApplication) -> None:
    assert qapp.translate("Nobody", "Try again") == "再试一次"
    assert qapp.translate("Nobody", "Not in the catalogue") == "Not in the catalogue"
    assert qapp.translate("Nobody", "%n chosen", None, 3) == "已选 3 项"
    assert jobs_words(2) == "2 个任务"


def test_kinds_of_jobs_are_called_in_the_language_of_the_window_and_are_the_same_kinds(chinese: Catalogue) -> None:
    field = {"x-kind": "text", "title": "Title"}
    raw = {"name": "report", "title": "Report from a table", "summary": "", "icon": "x", "params_schema": {"a": field}}
    (kind,) = spoken_kinds([JobType.read(raw)])
    assert (kind.name, kind.title) == ("report", "从表格生成报告")
    assert kind.raw["params_schema"]["a"]["title"] == "标题"


def test_a_widget_that_is_made_speaks_it(chinese: Catalogue, qtbot: QtBot, tmp_path: Path) -> None:
    card = LanguageCard(Preferences(tmp_path))
    qtbot.addWidget(card)
    assert card.choices["system"].text() == "与电脑一致"


def test_a_language_is_chosen_by_its_own_name_and_kept(qtbot: QtBot, tmp_path: Path) -> None:
    card = LanguageCard(Preferences(tmp_path))
    qtbot.addWidget(card)
    assert [choice.text() for choice in card.choices.values()][1:] == ["English", "简体中文"]
    assert card.choices["system"].isChecked()
    card.choices["zh_CN"].click()
    kept = Preferences(tmp_path)
    assert kept.language == "zh_CN"
    again = LanguageCard(kept)
    qtbot.addWidget(again)
    assert again.choices["zh_CN"].isChecked()

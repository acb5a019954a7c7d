"""The Chinese catalogue: nothing is missing, and what it says holds the same places and keys as the English."""

import re

import pytest
from PySide6.QtCore import QLocale

from desktop.state.translating import translated
from desktop.ui.language import Language, language_of
from tests.helpers.sayings import catalogue, missing, of_forms, of_window

PLACES = re.compile(r"(?<!\{)\{\w*\}(?!\})|%n|\{\{ \}\}|\{% \w+ ?\w*? %\}|\*\.\w+|Ctrl\+\w+|<\w+>")


def test_every_text_for_people_has_its_translation() -> None:
    assert of_window()
    assert of_forms()
    assert not missing()


def test_translations_hold_the_same_places_as_the_texts() -> None:
    wrong = {
        text: words
        for text, words in catalogue().items()
        if sorted(PLACES.findall(text)) != sorted(PLACES.findall(words))
    }
    assert wrong == {}


def test_sentences_stay_sentences_and_questions_questions() -> None:
    ends = {".": "。", "?": "？", ":": "：", "...": "…"}
    for text, words in catalogue().items():
        end = next((end for end in ("...", ".", "?", ":") if text.endswith(end)), "")
        assert words.endswith(ends[end]) if end else not words.endswith("。"), text


@pytest.mark.parametrize(
    ("chosen", "system", "spoken"),
    [
        ("system", "zh_CN", "zh_CN"),
        ("system", "zh_SG", "zh_CN"),
        ("system", "zh_TW", "en"),
        ("system", "de_DE", "en"),
        ("system", "C", "en"),
        ("en", "zh_CN", "en"),
        ("zh_CN", "de_DE", "zh_CN"),
    ],
)
def test_the_language_is_the_chosen_one_or_the_systems_if_there_is_one(
    chosen: Language, system: str, spoken: str
) -> None:
    assert language_of(chosen, QLocale(system)) == spoken


def test_only_what_people_read_of_a_form_is_translated() -> None:
    field = {
        **{"x-kind": "choice", "title": "File", "description": "Help", "default": "File", "enum": ["File"]},
        **{"x-labels": {"File": "File"}, "x-when": {"kind": ["File"]}, "type": "string"},
    }
    kind = {"name": "File", "title": "File", "params_schema": {"title": "File", "properties": {"title": field}}}
    made = translated(kind, str.upper)
    assert (made["name"], made["title"], made["params_schema"]["title"]) == ("File", "FILE", "File")
    assert made["params_schema"]["properties"]["title"] == {
        **field,
        **{"title": "FILE", "description": "HELP", "x-labels": {"File": "FILE"}},
    }

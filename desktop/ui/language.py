"""The language of the window: English, or what `resources/i18n` has, looked up by the English text."""

from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QCoreApplication, QLocale

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QApplication

    from desktop.client.accounts import AccountKind
    from desktop.client.shapes import JobType

Language = Literal["system", "en", "zh_CN"]
OWN_NAMES: dict[Language, str] = {"en": "English", "zh_CN": "简体中文"}
"""Each language in its own words, as somebody looks for it who reads no other."""


def language_of(chosen: Language, system: QLocale | None = None) -> str:
    """The language that is spoken: the chosen one, or the first of the system's that there is; else English."""
    if chosen != "system":
        return chosen
    for name in (system or QLocale.system()).uiLanguages():
        parts = name.replace("_", "-").split("-")
        if parts[0] == "en":
            return "en"
        if parts[0] == "zh":
            # Who reads traditional characters may not read these: that is not for us to guess.
            return "en" if {"Hant", "TW", "HK", "MO"} & set(parts) else "zh_CN"
    return "en"


def speak(app: "QApplication", chosen: Language) -> str:
    """Has everything that is made from now on speak it; dates and numbers follow where it was chosen by hand."""
    spoken = language_of(chosen)
    if chosen != "system":
        # English is written in many ways: dates and numbers stay those of the user's country.
        named, country = QLocale(spoken), QLocale.system().territory()
        QLocale.setDefault(QLocale(named.language(), country) if spoken == "en" else named)
    if spoken != "en":
        from desktop.ui.catalogue import add_translations

        add_translations(app, spoken)
    return spoken


def said(text: str) -> str:
    """A text of the API in the language of the window, or as it is."""
    return QCoreApplication.translate("Api", text)


def spoken_kinds(kinds: "Sequence[JobType]") -> "list[JobType]":
    """Kinds of jobs in the language of the window, with all their forms ask."""
    from desktop.client.shapes import JobType
    from desktop.state.translating import translated

    return [JobType.read(translated(kind.raw, said)) for kind in kinds]


def spoken_accounts(kinds: "Sequence[AccountKind]") -> "list[AccountKind]":
    """Kinds of accounts, likewise."""
    from dataclasses import replace

    from desktop.state.translating import translated

    return [
        replace(
            kind,
            title=said(kind.title),
            summary=said(kind.summary),
            schema=translated({"schema": kind.schema}, said)["schema"],
            presets=tuple(
                replace(one, title=said(one.title), note=one.note and said(one.note)) for one in kind.presets
            ),
        )
        for kind in kinds
    ]

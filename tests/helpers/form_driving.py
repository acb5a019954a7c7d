"""Drives a form in tests: runs a coroutine on Qt's loop, waits for conditions, opens the page."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar, cast
from unittest.mock import patch

from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.ui.forms import offers as offers_module
from desktop.ui.forms import page as page_module
from desktop.ui.forms.asker import Asker
from desktop.ui.forms.book import FieldFrame
from desktop.ui.forms.control import Control
from desktop.ui.forms.kinds import control_for
from desktop.ui.forms.page import NewJobPage
from desktop.ui.forms.rows import RowsControl
from desktop.ui.forms.schema import FieldSpec, read_fields
from desktop.ui.forms.texts import NumberControl, TextControl
from desktop.ui.loop import make_loop
from tests.helpers.sample_schemas import EVERY_KIND, Json

T = TypeVar("T")
C = TypeVar("C", bound=Control)
DEADLINE = 10.0


def on_loop(story: Coroutine[Any, Any, T]) -> T:
    """Runs the story on a loop of Qt and asyncio, bounded in time."""
    app = cast("QApplication", QApplication.instance())
    loop = make_loop(app)

    async def told() -> T:
        try:
            return await asyncio.wait_for(story, 3 * DEADLINE)
        finally:
            for widget in app.topLevelWidgets():
                if isinstance(widget, NewJobPage):
                    widget.close_form()

    try:
        return loop.run_until_complete(told())
    finally:
        loop.close()


def open_page(qtbot: QtBot, asker: Asker, kind: Json, answers: Json | None = None) -> NewJobPage:
    """A page with the form of a job type; it waits less than for people until it asks."""
    with patch.object(page_module, "REHEARSAL_DELAY_MS", 20), patch.object(offers_module, "DELAY_MS", 10):
        made = NewJobPage(asker)
        qtbot.addWidget(made)
        made.resize(1100, 800)
        made.show()
        made.open_form(kind, answers)
    return made


def type_into(page: NewJobPage, name: str, words: str) -> None:
    """Puts words into a field that is typed in."""
    typed = frame(page, name).control
    assert isinstance(typed, TextControl | NumberControl)
    typed.edit.setText(words)


async def until(condition: Callable[[], object], what: str = "the condition") -> None:
    """Lets the loop run until the condition holds."""
    end = asyncio.get_running_loop().time() + DEADLINE
    while not condition():
        if asyncio.get_running_loop().time() > end:
            raise AssertionError(f"waited {DEADLINE} s in vain for {what}")
        await asyncio.sleep(0.005)


def frame(page: NewJobPage, name: str, row: int | None = None, inner: str = "") -> FieldFrame:
    """The field of that name; within a row, the row's field."""
    assert page.form is not None
    outer = page.form.book.frames[name]
    if row is None:
        return outer
    assert isinstance(outer.control, RowsControl)
    return outer.control.rows[row].book.frames[inner]


def said(field: FieldFrame) -> str:
    """The complaint that stands at a field."""
    return field.complaint.words.text() if field.complaint.isVisibleTo(field) else ""


def spec(name: str) -> FieldSpec:
    """A field of the sample with every kind."""
    return next(field for field in read_fields(EVERY_KIND["params_schema"]) if field.name == name)


def control(name: str, kind: type[C]) -> C:
    """The control for a field of the sample with every kind."""
    made = control_for(spec(name), None, False)
    assert isinstance(made, kind)
    return made

"""Every job type there is gets a form that a person can fill in."""

from typing import Any

import pytest
from pytestqt.qtbot import QtBot

from backend.jobtypes import job_types
from backend.jobtypes.contract import JobType
from desktop.ui.forms.form import JobForm
from desktop.ui.forms.kinds import CONTROLS
from desktop.ui.forms.look import Card
from desktop.ui.forms.schema import FieldSpec, read_fields
from tests.helpers.fake_asker import FakeAsker
from tests.helpers.form_driving import on_loop, open_page, until

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
TYPES = [each for each in job_types().values() if not each.hidden]


def _fields(job_type: JobType[Any]) -> tuple[FieldSpec, ...]:
    return read_fields(job_type.params.model_json_schema())


@pytest.mark.parametrize("job_type", TYPES, ids=lambda each: each.name)
def test_each_field_has_a_kind_a_title_and_fields_it_can_depend_on(job_type: JobType[Any]) -> None:
    specs = _fields(job_type)
    names = {spec.name for spec in specs}
    for spec in specs:
        inner_names = {inner.name for inner in spec.item_fields}
        for field in (spec, *spec.item_fields):
            assert field.kind in CONTROLS, field.name
            assert field.title, field.name
            assert set(field.depends_on) <= names, field.name
            assert set(field.when) <= names | inner_names, field.name
        assert bool(spec.item_fields) == (spec.kind == "rows"), spec.name


@pytest.mark.parametrize("job_type", TYPES, ids=lambda each: each.name)
def test_a_form_sends_no_answer_that_its_job_type_does_not_know(job_type: JobType[Any], qtbot: QtBot) -> None:
    form = JobForm(_fields(job_type))
    qtbot.addWidget(form)
    assert set(form.values()) <= set(job_type.params.model_fields)
    missing = {problem.path for problem in form.problems() if problem.missing}
    assert missing >= {spec.name for spec in form.specs if spec.required and form.book.is_shown(spec.name)} - {
        spec.name for spec in form.specs if spec.kind == "yes-no"
    }


@pytest.mark.parametrize("job_type", TYPES, ids=lambda each: each.name)
def test_the_page_ends_where_the_form_ends(job_type: JobType[Any], qtbot: QtBot) -> None:
    async def story() -> None:
        schema = job_type.params.model_json_schema()
        page = open_page(qtbot, FakeAsker(), {"name": job_type.name, "title": "", "params_schema": schema})

        def ends_together() -> bool:
            inside, form = page.scroller.widget(), page.form
            assert inside is not None
            assert form is not None
            cards = [each for each in form.findChildren(Card) if each.isVisible()]
            last = max((card.mapTo(inside, card.rect().bottomLeft()).y() for card in cards), default=0)
            return 0 < last <= inside.height() <= max(page.scroller.viewport().height(), last + 60)

        await until(ends_together)

    on_loop(story())

"""The form for web services: a pasted command fills it in, and its answers go back to the backend as they stand."""

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from backend.jobtypes.web_service import JOB_TYPE
from desktop.ui.forms.paste import PasteControl
from tests.helpers.fake_asker import FakeAsker, Refusal
from tests.helpers.form_driving import Json, frame, on_loop, open_page, until

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")
SCHEMA = JOB_TYPE.params.model_json_schema()
JOB: Json = {"name": "web-service", "title": "Call", "params_schema": SCHEMA, "has_options": True, "can_rehearse": True}
COMMAND = "curl https://api.example.com/orders -d '{\"a\": 1}' -H 'X-Note: hi' --http3"


class Reader(FakeAsker):
    """Answers what the real job type answers, so that the window and the backend are held together."""

    async def options(self, kind: str, field: str, params: Json) -> list[Json]:
        self.asked.append((field, params))
        if self.refuse_options is not None and "curl.pasted" in params:
            raise self.refuse_options
        assert JOB_TYPE.options is not None
        return [each.model_dump() for each in JOB_TYPE.options(field, params)] if field == "curl" else []


def test_a_pasted_command_fills_in_the_form_and_is_never_sent_along(qtbot: QtBot) -> None:
    asker = Reader()

    async def story() -> None:
        page = open_page(qtbot, asker, JOB, {"folder": "/tmp", "name": "Kept"})
        paste = frame(page, "curl").control
        assert isinstance(paste, PasteControl)
        assert not paste.button.isEnabled()
        QApplication.clipboard().setText(COMMAND)
        paste.edit.paste()
        paste.button.click()
        assert not paste.button.isEnabled()
        await until(lambda: "Filled in" in paste.words.text())
        assert page.form is not None
        answers = page.form.values()
        assert answers["url"] == "https://api.example.com/orders"
        assert (answers["method"], answers["content"], answers["body"]) == ("POST", "json", '{"a": 1}')
        assert answers["headers"] == [{"name": "X-Note", "value": "hi"}]
        assert (answers["curl"], answers["name"], answers["folder"]) == ("", "Kept", "/tmp")
        assert paste.edit.toPlainText() == ""
        assert "--http3 is not known" in paste.words.text()
        await until(lambda: bool(asker.rehearsals))
        assert asker.rehearsals[-1]["url"] == "https://api.example.com/orders"
        assert JOB_TYPE.params.model_validate(asker.rehearsals[-1]).curl == ""

    on_loop(story())


def test_what_is_no_command_is_said_below_and_stays_to_be_mended(qtbot: QtBot) -> None:
    asker = Reader(refuse_options=Refusal("This is no curl command.", "It begins with the word curl."))

    async def story() -> None:
        page = open_page(qtbot, asker, JOB)
        paste = frame(page, "curl").control
        assert isinstance(paste, PasteControl)
        paste.edit.setPlainText("wget x")
        paste.button.click()
        await until(lambda: "no curl command" in paste.words.text())
        assert paste.edit.toPlainText() == "wget x"
        assert paste.button.isEnabled()

    on_loop(story())


def test_fields_come_and_go_with_what_is_chosen(qtbot: QtBot) -> None:
    async def story() -> None:
        page = open_page(qtbot, Reader(), JOB)
        form = page.form
        assert form is not None

        def shown() -> set[str]:
            return {each.spec.name for each in form.book.shown()} & {
                "content",
                "body",
                "file",
                "next_field",
                "page_name",
            }

        assert shown() == set()
        frame(page, "method").control.set_value("POST")
        assert shown() == {"content"}
        frame(page, "content").control.set_value("json")
        assert shown() == {"content", "body"}
        frame(page, "pages").control.set_value("number")
        assert shown() == {"content", "body", "page_name"}

    on_loop(story())

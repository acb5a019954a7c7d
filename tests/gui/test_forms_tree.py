"""Things that lie in one another: opened, searched, ticked."""

import asyncio
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QTreeWidgetItem
from pytestqt.qtbot import QtBot

from desktop.ui.forms.page import NewJobPage
from desktop.ui.forms.ticks import NOTE_ROLE
from desktop.ui.forms.tree import TreeControl
from desktop.ui.forms.treelist import OfferTree
from tests.helpers.fake_asker import FakeAsker, Refusal
from tests.helpers.form_driving import frame, on_loop, open_page, until

# Qt's offscreen platform says this of every window shown; it has nothing to do with us.
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

Json = dict[str, Any]
FORM: Json = {
    "name": "bring-back",
    "title": "Bring back",
    "summary": "Brings back files.",
    "has_options": True,
    "can_rehearse": False,
    "params_schema": {
        "type": "object",
        "properties": {
            "version": {"type": "string", "x-kind": "pick", "title": "Version", "default": ""},
            "all": {"type": "boolean", "x-kind": "yes-no", "title": "Everything", "default": False},
            "chosen": {
                "type": "array",
                "items": {"type": "string"},
                "x-kind": "tree",
                "title": "Files",
                "x-depends-on": ["version"],
                "x-when": {"all": [False]},
                "x-needed": True,
                "default": [],
            },
        },
    },
}


class Files(FakeAsker):
    """Two folders in one another and a file, the same in every version; a search finds the file."""

    refuse_within: Exception | None = None

    async def options(self, kind: str, field: str, params: Json) -> list[Json]:
        self.asked.append((field, params))
        await asyncio.sleep(0)
        if field == "version":
            return [{"value": name, "label": name} for name in ("v1", "v2")]
        within = params.get("chosen.within")
        if within and self.refuse_within:
            raise self.refuse_within
        version = params.get("version") or "v2"
        folder: Json = {"note": "folder", "opens": True}
        if "chosen.search" in params:
            names = ["v2:/a/b/letter", "v1:/a/b/letter"] if params["chosen.search"] in "letter" else []
            return [{"value": name, "label": "/a/b/letter", "note": "8 bytes"} for name in names]
        if not within:
            return [{"value": f"{version}:/a", "label": "/a", **folder}]
        if within.endswith("/a"):
            return [{"value": f"{within}/b", "label": "b", **folder}]
        return [{"value": f"{within}/letter", "label": "letter", "note": "8 bytes"}]


def control_of(page: NewJobPage) -> TreeControl:
    made = frame(page, "chosen").control
    assert isinstance(made, TreeControl)
    return made


def child(item: QTreeWidgetItem | None, row: int = 0) -> QTreeWidgetItem:
    assert item is not None
    found = item.child(row)
    assert found is not None
    return found


def top(tree: OfferTree) -> QTreeWidgetItem:
    return child(tree.invisibleRootItem())


def is_on(item: QTreeWidgetItem) -> bool:
    return item.checkState(0) == Qt.CheckState.Checked


async def opened(page: NewJobPage) -> QTreeWidgetItem:
    """The letter, with all that leads to it opened."""
    tree = control_of(page).tree
    await until(
        lambda: tree.topLevelItemCount() == 1 and top(tree).childCount() == 1 and child(top(tree)).text(0) == "b"
    )
    child(top(tree)).setExpanded(True)
    await until(lambda: child(child(top(tree))).text(0) == "letter")
    return child(child(top(tree)))


def test_what_lies_within_is_asked_for_when_it_is_opened_and_once(qtbot: QtBot) -> None:
    asker = Files()

    async def story() -> None:
        page = open_page(qtbot, asker, FORM)
        letter = await opened(page)
        assert letter.data(0, NOTE_ROLE) == "8 bytes"
        folder = letter.parent()
        assert folder is not None
        asked = len(asker.asked)
        folder.setExpanded(False)
        folder.setExpanded(True)
        assert len(asker.asked) == asked

    on_loop(story())


def test_a_tick_on_a_folder_takes_all_within_and_ticks_there_are_forgotten(qtbot: QtBot) -> None:
    async def story() -> None:
        page = open_page(qtbot, Files(), FORM)
        letter = await opened(page)
        control = control_of(page)
        letter.setCheckState(0, Qt.CheckState.Checked)
        assert control.value() == ["v2:/a/b/letter"]
        top(control.tree).setCheckState(0, Qt.CheckState.Checked)
        assert control.value() == ["v2:/a"]
        assert is_on(letter)
        assert not letter.flags() & Qt.ItemFlag.ItemIsUserCheckable
        top(control.tree).setCheckState(0, Qt.CheckState.Unchecked)
        assert control.value() == []
        assert not is_on(letter)

    on_loop(story())


def test_ticks_outlast_a_search_and_another_version_until_all_are_unticked(qtbot: QtBot) -> None:
    async def story() -> None:
        page = open_page(qtbot, Files(), FORM)
        letter = await opened(page)
        control = control_of(page)
        letter.setCheckState(0, Qt.CheckState.Checked)
        control.search.setText("lett")
        await until(lambda: control.hits.topLevelItemCount() == 2)
        assert control.views.currentWidget() is control.hits
        assert is_on(top(control.hits))
        child(control.hits.invisibleRootItem(), 1).setCheckState(0, Qt.CheckState.Checked)
        assert control.value() == ["v2:/a/b/letter", "v1:/a/b/letter"]
        assert control.words.text() == "2 chosen"
        control.search.clear()
        assert control.views.currentWidget() is control.tree
        frame(page, "version").control.set_value("v1")
        await until(lambda: top(control.tree).data(0, int(Qt.ItemDataRole.UserRole)) == "v1:/a")
        assert is_on(await opened(page))
        assert len(control.value()) == 2
        control.none_button.click()
        assert control.value() == []
        assert not control.none_button.isVisibleTo(page)

    on_loop(story())


def test_a_search_that_finds_nothing_says_so_and_a_failure_can_be_tried_again(qtbot: QtBot) -> None:
    asker = Files()
    asker.refuse_within = Refusal("The drive is away.", "Connect it.")

    async def story() -> None:
        page = open_page(qtbot, asker, FORM)
        control = control_of(page)
        await until(lambda: control.tree.topLevelItemCount() == 1 and top(control.tree).childCount() == 1)
        await until(lambda: child(top(control.tree)).text(0) == "The drive is away. Connect it.")
        asker.refuse_within = None
        top(control.tree).setExpanded(False)
        top(control.tree).setExpanded(True)
        await until(lambda: child(top(control.tree)).text(0) == "b")
        control.search.setText("xyz")
        await until(lambda: control.words.text() == "Nothing bears that name.")

    on_loop(story())


def test_nothing_ticked_is_told_before_anything_is_sent(qtbot: QtBot) -> None:
    asker = Files()

    async def story() -> None:
        page = open_page(qtbot, asker, FORM)
        await opened(page)
        page.footer.start.emit()
        assert frame(page, "chosen").complaint.words.text() == "Please tick at least one."
        assert asker.starts == []
        frame(page, "all").control.set_value(True)
        page.footer.start.emit()
        await until(lambda: asker.starts)
        assert "chosen" not in asker.starts[0][1]

    on_loop(story())


def test_answers_given_earlier_are_still_ticked(qtbot: QtBot) -> None:
    async def story() -> None:
        page = open_page(qtbot, Files(), FORM, {"chosen": ["v2:/a/b/letter"]})
        assert is_on(await opened(page))
        assert control_of(page).value() == ["v2:/a/b/letter"]

    on_loop(story())

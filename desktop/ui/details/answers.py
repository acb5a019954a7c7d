"""The answers that a job was given, in the words of its form."""

from collections.abc import Mapping
from typing import Any, cast

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.state.references import is_reference
from desktop.ui import words
from desktop.ui.pieces import clear, label

Schema = Mapping[str, Any]


def answer_rows(params: Mapping[str, Any], schema: Schema) -> list[tuple[str, str]]:
    """Title and answer of each field, in the order of the form; what was empty or not asked for is left out."""
    properties = cast("Mapping[str, Schema]", schema.get("properties") or {})
    names = [name for name in properties if name in params] + [name for name in params if name not in properties]
    rows: list[tuple[str, str]] = []
    for name in names:
        spec = properties.get(name, {})
        if not _asked_for(spec, params):
            continue
        text = _answer(params[name], spec, schema)
        if text:
            rows.append((str(spec.get("title") or name.replace("_", " ").capitalize()), text))
    return rows


def _asked_for(spec: Schema, params: Mapping[str, Any]) -> bool:
    """Whether the other answers called for the field, as far as they are known here."""
    when = cast("Mapping[str, list[Any]]", spec.get("x-when") or {})
    return all(params[other] in values for other, values in when.items() if other in params)


def _answer(value: Any, spec: Schema, root: Schema) -> str:
    labels = cast("Mapping[str, str]", spec.get("x-labels") or {})
    if value is None or value in ("", [], {}):
        return ""
    if isinstance(value, bool):
        return QCoreApplication.translate("Answers", "Yes") if value else QCoreApplication.translate("Answers", "No")
    if isinstance(value, int | float):
        unit = str(spec.get("x-unit") or "")
        return f"{words.number_words(value, 0 if float(value).is_integer() else 2)} {unit}".strip()
    if is_reference(value):
        text = QCoreApplication.translate("Answers", "What job #{job} makes ({files})")
        return text.format(job=value["from_job"], files=value.get("files", "*"))
    if isinstance(value, Mapping):
        return _together(cast("Mapping[str, Any]", value), spec, root)
    if isinstance(value, list):
        items = cast("Schema", spec.get("items") or {})
        inner = {**items, "x-labels": labels} if labels else items
        parts = [_answer(item, inner, root) for item in cast("list[Any]", value)]
        nested = any(isinstance(item, Mapping) for item in cast("list[Any]", value))
        return ("\n" if nested or str(spec.get("x-kind")) == "files-in" else ", ").join(part for part in parts if part)
    return str(labels.get(str(value), value))


def _together(value: Mapping[str, Any], spec: Schema, root: Schema) -> str:
    name = str(spec.get("$ref") or "").rpartition("/")[2]
    definitions = cast("Mapping[str, Schema]", root.get("$defs") or {})
    rows = answer_rows(value, {**definitions.get(name, spec), "$defs": definitions})
    return ", ".join(f"{title}: {text}" for title, text in rows)


class Answers(QWidget):
    """Title above answer, for each field."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: list[tuple[str, str]] | None = None
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 12, 6, 0)
        self._layout.setSpacing(2)

    def show_answers(self, params: Mapping[str, Any], schema: Schema) -> None:
        """Shows these."""
        rows = answer_rows(params, schema)
        if rows == self._shown:
            return
        self._shown = rows
        clear(self._layout)
        if not rows:
            self._layout.addWidget(label(self.tr("This job asked for nothing."), "muted"))
        for title, text in rows:
            self._layout.addWidget(label(title, "muted", points=-1))
            answer = label(text)
            answer.setTextInteractionFlags(
                Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
            )
            self._layout.addWidget(answer)
            self._layout.addSpacing(8)
        self._layout.addStretch(1)

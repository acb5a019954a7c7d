"""Keeps the choices of fields up to date that depend on other answers: asks again when those change."""

import json
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer

from desktop.state.references import holds_reference
from desktop.ui.forms.asker import Errand, Trouble
from desktop.ui.forms.control import Control, Offer, OfferState
from desktop.ui.forms.form import JobForm
from desktop.ui.forms.schema import FILE_KINDS, OFFERED_KINDS, FieldSpec, is_empty

DELAY_MS: Final = 250
AskOptions = Callable[[str, dict[str, Any]], Coroutine[Any, Any, list[dict[str, Any]]]]


class OfferKeeper(QObject):
    """Asks once for each field of the schema, however many rows show it, and never before what it depends on."""

    def __init__(self, form: JobForm, ask: AskOptions) -> None:
        super().__init__(form)
        self._form = form
        self._ask = ask
        self._errands: dict[str, Errand] = {}
        self._states: dict[str, OfferState] = {}
        self._asked_with: dict[str, str] = {}
        self._met: set[Control] = set()
        self._further: dict[tuple[str, ...], Errand] = {}
        self._timer = QTimer(self, singleShot=True, interval=DELAY_MS)
        self._timer.timeout.connect(self._ask_due)
        form.changed.connect(self._on_change)
        form.structure_changed.connect(self._ask_due)

    def refresh(self) -> None:
        """Asks for everything again, as after the user mended the file."""
        self._asked_with.clear()
        self._ask_due()

    def drop(self) -> None:
        """Stops asking, for a form that goes away."""
        self._timer.stop()
        for errand in (*self._errands.values(), *self._further.values()):
            errand.drop()

    def _on_change(self) -> None:
        for path, control in self._form.offered():
            if hint := self._hint(control.spec):
                self._show_hint(path, control, hint)
        self._timer.start()

    def _ask_due(self) -> None:
        self._timer.stop()
        for path, control in list(self._form.offered()):
            self._meet(path, control)
            if hint := self._hint(control.spec):
                self._show_hint(path, control, hint)
            elif self._asked_with.get(path) == self._dependencies(control.spec):
                control.show_offers(self._states[path])
            elif not self._awaits_another(control.spec):
                self._ask_for(path, control.spec)

    def _ask_for(self, path: str, spec: FieldSpec) -> None:
        self._forget_further(path)
        self._asked_with[path] = self._dependencies(spec)
        before = self._states.get(path)
        self._set(path, OfferState("asking", offers=before.offers if before else ()))
        errand = self._errands.setdefault(path, Errand(self))
        question = partial(self._ask, path, self._form.values())
        errand.ask(question, partial(self._answered, path), partial(self._failed, path, spec))

    def _meet(self, path: str, control: Control) -> None:
        if control not in self._met:
            self._met.add(control)
            control.asked.connect(partial(self._ask_further, path, control))

    def _ask_further(self, path: str, control: Control, how: str, what: str) -> None:
        """Asks what lies within a choice, once for each, or what is found by a search, of which the latest wins."""
        errand = self._further.setdefault((path, how, what) if how == "within" else (path, how), Errand(self))
        question = partial(self._ask, path, {**self._form.values(), f"{path}.{how}": what})
        errand.ask(
            question,
            lambda options: control.show_found(how, what, OfferState("ready", "", _offers(options))),
            lambda trouble: control.show_found(
                how, what, OfferState("failed", f"{trouble.message} {trouble.hint}".strip())
            ),
        )

    def _forget_further(self, path: str) -> None:
        for key in [key for key in self._further if key[0] == path]:
            self._further.pop(key).drop()

    def _answered(self, path: str, options: list[dict[str, Any]]) -> None:
        offers = _offers(options)
        words = "" if offers else self.tr("There is nothing to choose from.")
        self._set(path, OfferState("ready", words, offers))
        self._go_on()

    def _failed(self, path: str, spec: FieldSpec, trouble: Trouble) -> None:
        culprits = dict(trouble.fields)
        sentence = f"{trouble.message} {trouble.hint}".strip()
        if not culprits:
            files = [name for name in spec.depends_on if self._kind_of(name) in FILE_KINDS]
            culprits = {files[0]: sentence} if files else {}
        _, leftover = self._form.show_problems(culprits)
        shown_elsewhere = bool(culprits) and not leftover
        self._set(path, OfferState("failed", self.tr("Nothing to choose from yet.") if shown_elsewhere else sentence))
        self._go_on()

    def _go_on(self) -> None:
        """Asks what waited for this answer, unless the user is typing."""
        if not self._timer.isActive():
            self._ask_due()

    def _set(self, path: str, state: OfferState) -> None:
        self._states[path] = state
        for other, control in list(self._form.offered()):
            if other == path:
                control.show_offers(state)

    def _show_hint(self, path: str, control: Control, hint: str) -> None:
        if path in self._errands:
            self._errands[path].drop()
        self._asked_with.pop(path, None)
        self._states.pop(path, None)
        control.show_offers(OfferState("hint", hint))

    def _dependencies(self, spec: FieldSpec) -> str:
        answers = self._form.values()
        return json.dumps([answers.get(name) for name in spec.depends_on])

    def _hint(self, spec: FieldSpec) -> str:
        """What stands in the way of asking, in words; empty when nothing does."""
        if first := self._needed_first(spec):
            return self.tr("First fill in: {field}").format(field=self._form.title_of(first))
        answers = self._form.values()
        if any(holds_reference(answers.get(name)) for name in spec.depends_on):
            return self.tr("Known once the file is there")
        return ""

    def _needed_first(self, spec: FieldSpec) -> str:
        """The name of a field that must be answered before this one can be; empty when there is none."""
        frames, answers = self._form.book.frames, self._form.values()
        for name in spec.depends_on:
            needed = name in answers and (frames[name].spec.kind in FILE_KINDS or frames[name].spec.required)
            if needed and is_empty(answers[name]):
                return name
        return ""

    def _awaits_another(self, spec: FieldSpec) -> bool:
        return any(
            self._kind_of(name) in OFFERED_KINDS
            and (name not in self._states or self._states[name].stage == "asking" or self._is_due(name))
            for name in spec.depends_on
            if self._form.book.is_shown(name)
        )

    def _is_due(self, name: str) -> bool:
        frame = self._form.book.frames[name]
        return self._asked_with.get(name) != self._dependencies(frame.spec)

    def _kind_of(self, name: str) -> str:
        frames = self._form.book.frames
        return frames[name].spec.kind if name in frames else ""


def _offers(options: list[dict[str, Any]]) -> tuple[Offer, ...]:
    return tuple(
        Offer(
            str(option["value"]),
            str(option.get("label") or option["value"]),
            str(option.get("note") or ""),
            bool(option.get("opens")),
            bool(option.get("likely")),
        )
        for option in options
    )

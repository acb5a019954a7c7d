"""What every kind of answer has in common."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.ui.forms.schema import FieldSpec, is_empty


@dataclass(frozen=True)
class Offer:
    """One thing that can be picked."""

    value: str
    label: str
    note: str = ""
    opens: bool = False
    likely: bool = False


@dataclass(frozen=True)
class OfferState:
    """What is known of a field's choices: a hint what to do first, being asked, here they are, or why not."""

    stage: Literal["hint", "asking", "ready", "failed"]
    words: str = ""
    offers: tuple[Offer, ...] = ()


@dataclass(frozen=True)
class Problem:
    """What is wrong with an answer. `path` is dotted (`filters.0.column`); `missing`: only not answered yet."""

    path: str
    title: str
    sentence: str
    missing: bool


class Control(QWidget):
    """Asks for one answer. `value` gives it as JSON; None when there is none.

    `asked` is for controls that want to know more of their choices: how (`within` one, or by `search`), and of what.
    `filled` carries answers for other fields of the form, by name.
    """

    changed = Signal()
    structure_changed = Signal()
    settled = Signal()
    asked = Signal(str, str)
    filled = Signal(dict)

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.spec = spec

    @property
    def names_itself(self) -> bool:
        """Whether the control shows its title, so that no label is needed above it."""
        return False

    def value(self) -> Any:
        """The answer as JSON."""
        raise NotImplementedError

    def set_value(self, value: Any) -> None:
        """Shows an answer given earlier; None clears."""
        raise NotImplementedError

    def focus_target(self) -> QWidget:
        """The part that takes the focus first."""
        return self

    def wrong(self) -> str:
        """What is wrong with what stands there now, in words; empty when nothing is. Emptiness is not wrong."""
        return ""

    def missing_words(self) -> str:
        """What to say when the answer is needed and not there."""
        return self.tr("Please fill this in.")

    def nested_problems(self) -> Iterable[Problem]:
        """What is wrong within, for controls that hold forms of their own; paths are below this field."""
        return ()

    def show_nested_problem(self, path: str, sentence: str) -> QWidget | None:
        """Shows a sentence at a field within; answers the widget to go to, None when there is no such field."""
        return None

    def clear_nested_problems(self) -> None:
        """Removes all sentences within."""

    def adapt(self, answers: Mapping[str, Any]) -> None:
        """Lets fields within appear and vanish by the other answers of the form."""

    def offered(self, path: str) -> Iterable[tuple[str, "Control"]]:
        """The controls, this one or those within, whose choices are worked out elsewhere, by schema path."""
        return ()

    def show_offers(self, state: OfferState) -> None:
        """Takes note of the choices there are."""

    def show_found(self, how: str, what: str, state: OfferState) -> None:
        """Takes note of what came of a question of `asked`."""

    def is_blank(self) -> bool:
        """Whether nothing was answered."""
        return is_empty(self.value())


class OfferedControl(Control):
    """One whose choices are worked out elsewhere; `_state` is what is known of them."""

    def __init__(self, spec: FieldSpec, parent: QWidget | None = None) -> None:
        super().__init__(spec, parent)
        self._state = OfferState("ready")

    def offered(self, path: str) -> Iterable[tuple[str, Control]]:
        yield path, self

    def show_offers(self, state: OfferState) -> None:
        if state != self._state:
            self._state = state
            self._take_offers(state)

    def _take_offers(self, state: OfferState) -> None:
        """Shows choices that are others than before."""

"""What follows the job of a form, a row each, below the form."""

from collections.abc import Callable, Mapping, Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.client.drafts import FollowUp
from desktop.state.following import taken_from, without
from desktop.ui.icons import pixmap
from desktop.ui.pieces import button, card, clear, label, tool
from desktop.ui.theme import tokens

FIELDS = "follow_ups"
"""How the API calls answers in what follows: `follow_ups.0.params.folder`."""


class ChainRow(QWidget):
    """One follow-up."""

    def __init__(self, chain: "FormChain", place: int) -> None:
        super().__init__()
        follow_up = chain.follow_ups[place]
        name = chain.names[place + 1]
        self.title = label(chain.tr("Then: {name}").format(name=name), bold=True)
        self.said = label(chain.words_of(follow_up, place), "muted", points=-0.5)
        self.wrong = label(tone="danger", points=-0.5)
        self.wrong.hide()
        picture = QLabel()
        picture.setPixmap(pixmap(chain.icon_of(follow_up.kind), tokens().color("accent"), 20, self.devicePixelRatioF()))
        self.change_button = button(chain.tr("Change"), lambda: chain.change_asked.emit(place), icon_name="pencil")
        self.change_button.setAccessibleName(chain.tr("Change “{name}”").format(name=name))
        self.remove_button = tool(chain.tr("Remove “{name}”").format(name=name), "x", lambda: chain.remove(place))
        text = QVBoxLayout()
        text.setSpacing(1)
        for part in (self.title, self.said, self.wrong):
            text.addWidget(part)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 2, 0, 2)
        layout.setSpacing(12)
        layout.addWidget(picture)
        layout.addLayout(text, 1)
        layout.addWidget(self.change_button)
        layout.addWidget(self.remove_button)

    def complain(self, sentence: str) -> None:
        """Says what is wrong with it."""
        self.wrong.setText(sentence)
        self.wrong.setVisible(bool(sentence))


class FormChain(QFrame):
    """Hidden while nothing follows. `change_asked` carries the place of the follow-up that is to be changed."""

    change_asked = Signal(int)
    changed = Signal()

    def __init__(self, title_of: Callable[[str], str], icon_of: Callable[[str], str]) -> None:
        super().__init__()
        self._title_of = title_of
        self.icon_of = icon_of
        self._first = ""
        self.follow_ups: list[FollowUp] = []
        self.rows: list[ChainRow] = []
        self.wrong: dict[int, dict[str, str]] = {}
        frame = card()
        self._box = QVBoxLayout(frame)
        self._box.setContentsMargins(16, 10, 12, 10)
        self._box.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(frame)
        self.hide()

    @property
    def names(self) -> list[str]:
        """What the steps are called, the job of the form first."""
        return [self._first, *(one.name or self._title_of(one.kind) for one in self.follow_ups)]

    def words_of(self, follow_up: FollowUp, place: int) -> str:
        """When it is done, and what it takes."""
        before = self.names[place]
        match follow_up.when:
            case "succeeded":
                when = self.tr("if “{name}” succeeds").format(name=before)
            case "failed":
                when = self.tr("if “{name}” fails").format(name=before)
            case _:
                when = self.tr("in any case")
        parts = [when]
        for meant in taken_from(follow_up.params):
            name = self.names[min(int(meant["from_step"]), place)]
            if meant.get("files", "*") == "*":
                parts.append(self.tr("takes what “{name}” makes").format(name=name))
            else:
                text = self.tr("takes {files} of what “{name}” makes")
                parts.append(text.format(files=meant["files"], name=name))
        return " · ".join(parts)

    def show_all(self, first: str, follow_ups: Sequence[FollowUp]) -> None:
        """Shows these, behind a job that is called `first`."""
        self._first = first
        self.follow_ups = list(follow_ups)
        self._fill()

    def put(self, follow_up: FollowUp, place: int | None = None) -> None:
        """Adds one at the end, or puts it in place of another."""
        if place is None:
            self.follow_ups.append(follow_up)
        else:
            self.follow_ups[place] = follow_up
        self._fill()
        self.changed.emit()

    def remove(self, place: int) -> None:
        """Takes one out."""
        self.follow_ups = without(self.follow_ups, place)
        self._fill()
        if self.rows:
            self.rows[min(place, len(self.rows) - 1)].remove_button.setFocus()
        self.changed.emit()

    def show_problems(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Says at the rows what the backend found wrong with what follows; returns the other sentences."""
        rest: dict[str, str] = {}
        self.wrong = {}
        for path, sentence in fields.items():
            head, _, tail = path.partition(".")
            number, _, name = tail.partition(".params.")
            if head == FIELDS and number.isdecimal() and int(number) < len(self.rows):
                self.wrong.setdefault(int(number), {})[name] = sentence
            else:
                rest[path] = sentence
        for place, row in enumerate(self.rows):
            row.complain(" ".join(self.wrong.get(place, {}).values()))
        return rest

    def _fill(self) -> None:
        clear(self._box)
        self.wrong = {}
        self.rows = [ChainRow(self, place) for place in range(len(self.follow_ups))]
        for row in self.rows:
            self._box.addWidget(row)
        self.setVisible(bool(self.rows))

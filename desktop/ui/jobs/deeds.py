"""What can be done with jobs: one action each, for the toolbar, the menu and the keyboard."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QCoreApplication, QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMessageBox, QWidget

from desktop.client.problems import OTHERS_WAIT, ApiError
from desktop.client.shapes import Job
from desktop.state.standing import Deed, doable
from desktop.ui.asker import BackendAsker
from desktop.ui.backend import Backend
from desktop.ui.calls import call
from desktop.ui.icons import icon

if TYPE_CHECKING:
    from desktop.client.api import Rest
    from desktop.client.drafts import Draft

ICONS = {
    Deed.PAUSE: "pause",
    Deed.RESUME: "play",
    Deed.STOP: "square",
    Deed.RETRY: "rotate-cw",
    Deed.RERUN: "copy",
    Deed.CHANGE: "pencil",
    Deed.TOP: "arrow-up-to-line",
    Deed.UP: "arrow-up",
    Deed.DOWN: "arrow-down",
    Deed.REMOVE: "trash-2",
}

SHORTCUTS = {
    Deed.PAUSE: "Ctrl+P",
    Deed.RESUME: "Ctrl+Shift+P",
    Deed.STOP: "Ctrl+.",
    Deed.RETRY: "Ctrl+R",
    Deed.RERUN: "Ctrl+D",
    Deed.CHANGE: "Ctrl+E",
    Deed.TOP: "Alt+Shift+Up",
    Deed.UP: "Alt+Up",
    Deed.DOWN: "Alt+Down",
    Deed.REMOVE: "Del",
}


def deed_words(deed: Deed) -> str:
    """What is written on it."""
    match deed:
        case Deed.PAUSE:
            return QCoreApplication.translate("Deeds", "Pause")
        case Deed.RESUME:
            return QCoreApplication.translate("Deeds", "Go on")
        case Deed.STOP:
            return QCoreApplication.translate("Deeds", "Stop")
        case Deed.RETRY:
            return QCoreApplication.translate("Deeds", "Try again")
        case Deed.RERUN:
            return QCoreApplication.translate("Deeds", "Run again with the same answers")
        case Deed.CHANGE:
            return QCoreApplication.translate("Deeds", "Change and run")
        case Deed.TOP:
            return QCoreApplication.translate("Deeds", "Do this next")
        case Deed.UP:
            return QCoreApplication.translate("Deeds", "Move up")
        case Deed.DOWN:
            return QCoreApplication.translate("Deeds", "Move down")
        case Deed.REMOVE:
            return QCoreApplication.translate("Deeds", "Remove from the list")


class Doer(QObject):
    """Carries deeds out through the API, one job after another, and takes the answers in at once.

    `change_asked` is for a form with the answers of a job; in `change_with_asked` some of these are others.
    `started` carries a job of another kind that was begun.
    """

    change_asked = Signal(int)
    change_with_asked = Signal(int, object)
    made = Signal(object)
    started = Signal(object)

    def __init__(self, backend: Backend, window: QWidget) -> None:
        super().__init__(window)
        self._backend = backend
        self._window = window

    def do(self, deed: Deed, jobs: Sequence[Job], busy: QWidget | None = None) -> None:
        """Does it with those of the jobs with which it can be done. Asks before several are taken off the list."""
        fitting = doable(jobs, deed)
        if not fitting:
            return
        if deed is Deed.CHANGE:
            self.change_asked.emit(fitting[0].id)
        elif deed is Deed.REMOVE:
            self._ask_to_remove(fitting)
        else:
            call(self, lambda: self._carry_out(deed, fitting), partial(self._after, deed), busy=busy)

    async def _carry_out(self, deed: Deed, jobs: Sequence[Job], rest: "Rest | None" = None) -> list[Job]:
        # Several that are moved to the top, or down, keep their order only from the last to the first.
        in_turn = list(reversed(jobs)) if deed in (Deed.TOP, Deed.DOWN) else jobs
        done: list[Job] = []
        waited_for: list[Job] = []
        for job in in_turn:
            try:
                done += await self._carry_out_one(deed, job, rest)
            except ApiError as problem:
                if problem.code != OTHERS_WAIT:
                    raise
                waited_for.append(job)
        if waited_for:
            self._ask_about_the_rest(deed, waited_for)
        return done

    async def _carry_out_one(self, deed: Deed, job: Job, rest: "Rest | None") -> list[Job]:
        api = self._backend.api
        match deed:
            case Deed.REMOVE:
                await api.remove(job.id, rest)
                return []
            case Deed.TOP | Deed.UP | Deed.DOWN:
                return [await api.move(job.id, deed.value)]
            case Deed.CHANGE:
                raise ValueError(deed)
            case Deed.PAUSE | Deed.RESUME | Deed.STOP | Deed.RETRY | Deed.RERUN:
                return [await api.act(job.id, deed.value, rest)]

    def _ask_about_the_rest(self, deed: Deed, jobs: Sequence[Job]) -> None:
        stopping = deed is Deed.STOP
        names = ", ".join(f"“{job.name}”" for job in jobs[:3]) + (" ..." if len(jobs) > 3 else "")
        box = self._question(self.tr("Other jobs wait for {names}").format(names=names))
        box.setInformativeText(
            self.tr("Stop them, too? If they are kept, they wait until you have another look at them.")
        )
        role = QMessageBox.ButtonRole
        both = box.addButton(self.tr("Stop them, too"), role.DestructiveRole)
        keep = box.addButton(self.tr("Keep them"), role.AcceptRole)
        box.addButton(self.tr("Do not stop") if stopping else self.tr("Do not remove"), role.RejectRole)
        box.setDefaultButton(keep)

        both.clicked.connect(lambda: self._go_on(deed, jobs, "stop"))
        keep.clicked.connect(lambda: self._go_on(deed, jobs, "keep"))
        box.open()

    def _go_on(self, deed: Deed, jobs: Sequence[Job], rest: "Rest") -> None:
        call(self, lambda: self._carry_out(deed, jobs, rest), partial(self._after, deed))

    def retry_other(self, number: int, busy: QWidget) -> None:
        """Tries a job again that is known by its number only."""
        call(self, lambda: self._backend.api.act(number, "retry"), self._backend.take, busy=busy)

    def undo(self, draft: "Draft", busy: QWidget) -> None:
        """Begins the job that undoes another."""

        def begun(said: dict[str, Any]) -> None:
            job = Job.read(said)
            self._backend.take(job)
            self.started.emit(job)

        call(self, lambda: BackendAsker(self._backend).start(draft, ""), begun, busy=busy)

    def _question(self, text: str) -> QMessageBox:
        box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Question)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setText(text)
        return box

    def _after(self, deed: Deed, views: list[Job]) -> None:
        if deed in (Deed.TOP, Deed.UP, Deed.DOWN):
            return
        for view in views:
            self._backend.take(view)
        if deed is Deed.RERUN and len(views) == 1:
            self.made.emit(views[0])

    def _ask_to_remove(self, jobs: Sequence[Job]) -> None:
        one = self.tr("Remove “{name}” from the list?").format(name=jobs[0].name)
        box = self._question(one if len(jobs) == 1 else self.tr("Remove {n} jobs from the list?").format(n=len(jobs)))
        box.setInformativeText(self.tr("Its log and answers are forgotten. Files that were made stay where they are."))
        remove = box.addButton(self.tr("Remove"), QMessageBox.ButtonRole.AcceptRole)
        box.addButton(self.tr("Keep"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(remove)

        remove.clicked.connect(lambda: call(self, lambda: self._carry_out(Deed.REMOVE, jobs)))
        box.open()


def actions(parent: QWidget, chosen: Callable[[], Sequence[Job]], doer: Doer) -> dict[Deed, QAction]:
    """An action for each deed; they work on what is chosen, while the focus is in `parent`."""
    made: dict[Deed, QAction] = {}
    for deed in Deed:
        action = QAction(icon(ICONS[deed]), deed_words(deed), parent)
        action.setShortcut(QKeySequence(SHORTCUTS[deed]))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setToolTip(f"{deed_words(deed)} ({action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)})")
        action.triggered.connect(lambda _on=False, deed=deed: doer.do(deed, chosen()))
        parent.addAction(action)
        made[deed] = action
    return made


def enable(deeds: dict[Deed, QAction], jobs: Sequence[Job]) -> None:
    """Enables what can be done with the jobs."""
    for deed, action in deeds.items():
        action.setEnabled(bool(doable(jobs, deed)))

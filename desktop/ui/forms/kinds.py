"""Which widget asks for which kind of answer: the one table. A kind that is not in it is asked for as text."""

from collections.abc import Callable
from typing import Final

from PySide6.QtWidgets import QWidget

from desktop.ui.forms.accounts import AccountControl, SecretControl
from desktop.ui.forms.columns import ColumnsControl
from desktop.ui.forms.control import Control
from desktop.ui.forms.dates import DateControl
from desktop.ui.forms.offered import PickControl
from desktop.ui.forms.paste import PasteControl
from desktop.ui.forms.paths import FilesControl, OnePathControl
from desktop.ui.forms.rich import RichTextControl
from desktop.ui.forms.rows import RowsControl
from desktop.ui.forms.schema import FieldSpec
from desktop.ui.forms.sign_in import SignInControl
from desktop.ui.forms.switches import ChoiceControl, ChoicesControl, YesNoControl
from desktop.ui.forms.templates import TemplateLineControl, TemplateTextControl
from desktop.ui.forms.texts import LongTextControl, NumberControl, TextControl
from desktop.ui.forms.tree import TreeControl

CONTROLS: Final[dict[str, Callable[[FieldSpec, QWidget | None], Control]]] = {
    "text": TextControl,
    "long-text": LongTextControl,
    "template-line": TemplateLineControl,
    "template-text": TemplateTextControl,
    "template-rich": RichTextControl,
    "paste": PasteControl,
    "number": NumberControl,
    "yes-no": YesNoControl,
    "choice": ChoiceControl,
    "choices": ChoicesControl,
    "pick": PickControl,
    "column": PickControl,
    "columns": ColumnsControl,
    "tree": TreeControl,
    "date": DateControl,
    "file-in": OnePathControl,
    "files-in": FilesControl,
    "folder-in": OnePathControl,
    "folder-out": OnePathControl,
    "account": AccountControl,
    "secret": SecretControl,
    "sign-in": SignInControl,
    "rows": lambda spec, parent: RowsControl(spec, parent, control_for),
}


def control_for(spec: FieldSpec, parent: QWidget | None, compact: bool) -> Control:
    """The control for a field; `compact` where little room is, as in a row."""
    if compact and spec.kind == "choice":
        return ChoiceControl(spec, parent, compact=True)
    return CONTROLS.get(spec.kind, TextControl)(spec, parent)

"""Tab walks in reading order, whatever the order in which rows and fields were made."""

from collections.abc import Iterable
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLayout, QScrollArea, QWidget


def reading_order(root: QWidget) -> list[QWidget]:
    """Every widget below `root` that Tab can reach, in the order of the layouts."""
    if isinstance(root, QScrollArea):
        inside: QWidget | None = root.widget()
        return reading_order(inside) if inside is not None else []
    layout = root.layout()
    if layout is None:
        return [root] if root.focusPolicy() & Qt.FocusPolicy.TabFocus else []
    return list(_walk(layout))


def _walk(layout: QLayout) -> Iterable[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            yield from reading_order(widget)
        elif inner is not None:
            yield from _walk(inner)


def mend_tab_order(root: QWidget) -> None:
    """Makes Tab follow the reading order."""
    for one, other in pairwise(reading_order(root)):
        QWidget.setTabOrder(one, other)

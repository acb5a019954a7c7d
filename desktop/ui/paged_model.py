"""A model of rows that come in pages: says to Qt what its list says to it."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex


class PagedModel(QAbstractTableModel):
    """What `desktop.state.rows.Counted` asks for."""

    def inserting(self, row: int, count: int) -> None:
        self.beginInsertRows(QModelIndex(), row, row + count - 1)

    def inserted(self) -> None:
        self.endInsertRows()

    def removing(self, row: int, count: int) -> None:
        self.beginRemoveRows(QModelIndex(), row, row + count - 1)

    def removed(self) -> None:
        self.endRemoveRows()

    def resetting(self) -> None:
        self.beginResetModel()

    def reset(self) -> None:
        self.endResetModel()

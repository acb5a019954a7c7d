"""The files and folders used lately, so that next month's report is two clicks away."""

from typing import Final, cast

from PySide6.QtCore import QCoreApplication, QSettings

_KEPT: Final = 8
_session: dict[str, list[str]] = {}


def recent_paths(kind: str) -> list[str]:
    """Paths used in fields of a kind, the latest first."""
    if not QCoreApplication.organizationName():
        return list(_session.get(kind, ()))
    stored: object = QSettings().value(_key(kind), [])
    if isinstance(stored, str):
        return [stored]
    return [str(path) for path in cast("list[object]", stored)] if isinstance(stored, list) else []


def remember_path(kind: str, path: str) -> None:
    """Puts a path first. Without an organisation name (a bare QApplication) it is kept for this run only."""
    paths = [path, *(other for other in recent_paths(kind) if other != path)][:_KEPT]
    if QCoreApplication.organizationName():
        QSettings().setValue(_key(kind), paths)
    else:
        _session[kind] = paths


def _key(kind: str) -> str:
    return f"forms/recent/{kind}"

"""The files and folders used lately, so that next month's report is two clicks away."""

from pathlib import Path
from typing import Final, cast

from PySide6.QtCore import QSettings

_KEPT: Final = 8
_session: dict[str, list[str]] = {}
_file: list[Path] = []


def keep_recent_in(file: Path | None) -> None:
    """Names the INI file to remember in; without one, paths are remembered until the window ends."""
    _file[:] = [file] if file is not None else []
    _session.clear()


def recent_paths(kind: str) -> list[str]:
    """Paths used in fields of a kind, the latest first."""
    if not _file:
        return list(_session.get(kind, ()))
    stored: object = _settings().value(_key(kind), [])
    if isinstance(stored, str):
        return [stored]
    return [str(path) for path in cast("list[object]", stored)] if isinstance(stored, list) else []


def remember_path(kind: str, path: str) -> None:
    """Puts a path first."""
    paths = [path, *(other for other in recent_paths(kind) if other != path)][:_KEPT]
    if _file:
        _settings().setValue(_key(kind), paths)
    else:
        _session[kind] = paths


def _settings() -> QSettings:
    return QSettings(str(_file[0]), QSettings.Format.IniFormat)


def _key(kind: str) -> str:
    return f"forms/recent/{kind}"

"""What this window remembers of its user, in `window.ini` in the data folder."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QByteArray, QSettings

from desktop.ui.language import OWN_NAMES, Language
from desktop.ui.theme import Appearance

if TYPE_CHECKING:
    from datetime import datetime


class Preferences:
    """Reads at once, writes when Qt finds the time."""

    def __init__(self, folder: Path) -> None:
        self._settings = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)

    @property
    def appearance(self) -> Appearance:
        """Light, dark, or as the system."""
        said = self._settings.value("appearance", "system")
        return cast("Appearance", said) if said in ("light", "dark") else "system"

    @appearance.setter
    def appearance(self, value: Appearance) -> None:
        self._settings.setValue("appearance", value)

    @property
    def language(self) -> Language:
        """The language of the window from the next start on."""
        said = self._settings.value("language", "system")
        return said if said in OWN_NAMES else "system"

    @language.setter
    def language(self, value: Language) -> None:
        self._settings.setValue("language", value)

    @property
    def last_looked(self) -> "datetime | None":
        """When the user last looked at the window; None before the first time."""
        from datetime import datetime

        said = self._settings.value("last_looked")
        try:
            return datetime.fromisoformat(str(said)) if said else None
        except ValueError:
            return None

    @last_looked.setter
    def last_looked(self, value: "datetime") -> None:
        from datetime import UTC

        self._settings.setValue("last_looked", value.astimezone(UTC).isoformat())

    @property
    def told_of_tray(self) -> bool:
        """Whether it has been said that jobs go on behind the tray icon."""
        return self._settings.value("told_of_tray") == "yes"

    @told_of_tray.setter
    def told_of_tray(self, value: bool) -> None:
        self._settings.setValue("told_of_tray", "yes" if value else "no")

    @property
    def welcomed(self) -> bool:
        """Whether the welcome was closed, or is past because a job was there."""
        return self._settings.value("welcomed") == "yes"

    @welcomed.setter
    def welcomed(self, value: bool) -> None:
        self._settings.setValue("welcomed", "yes" if value else "no")

    @property
    def tells_of_needs(self) -> bool:
        """Whether the desktop says that a job needs the user."""
        return self._settings.value("tells_of_needs", "yes") == "yes"

    @tells_of_needs.setter
    def tells_of_needs(self, value: bool) -> None:
        self._settings.setValue("tells_of_needs", "yes" if value else "no")

    @property
    def tells_of_success(self) -> bool:
        """Whether the desktop says that a job is done."""
        return self._settings.value("tells_of_success", "no") == "yes"

    @tells_of_success.setter
    def tells_of_success(self, value: bool) -> None:
        self._settings.setValue("tells_of_success", "yes" if value else "no")

    def layout(self, name: str) -> QByteArray | None:
        """The remembered geometry, header or splitter of that name."""
        said = self._settings.value(f"layout/{name}")
        return said if isinstance(said, QByteArray) else None

    def keep_layout(self, name: str, state: QByteArray) -> None:
        """Remembers it."""
        self._settings.setValue(f"layout/{name}", state)

    @property
    def columns(self) -> dict[str, tuple[int, bool]]:
        """Width and visibility of the columns of jobs, by name; empty before the first change."""
        import json

        try:
            said = json.loads(str(self._settings.value("columns", "{}")))
            return {str(name): (int(width), bool(shown)) for name, (width, shown) in said.items()}
        except (ValueError, TypeError, AttributeError):
            return {}

    @columns.setter
    def columns(self, value: dict[str, tuple[int, bool]]) -> None:
        import json

        self._settings.setValue("columns", json.dumps(value))

    def flush(self) -> None:
        """Writes what has not been written yet."""
        self._settings.sync()

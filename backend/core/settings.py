"""Every setting, with its meaning and bounds; each may be set by an environment variable `DESKHAND_<NAME>`."""

import functools
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, Field, model_validator

from backend.core.paths import default_data_dir

PREFIX = "DESKHAND_"


class Settings(BaseModel):
    """What a host, worker or API is started with. Read once; changes by the user live in the record.

    What is not given is taken from the environment.
    """

    data_dir: Path = Field(
        default_factory=default_data_dir, description="Where the record, logs and runtime files live."
    )
    database_url: str = Field(
        default="", description="SQLAlchemy address of the record; empty: SQLite in the data folder."
    )
    broker_url: str = Field(default="", description="Redis address of the broker; empty: an embedded one is started.")
    valkey: str = Field(
        default="",
        description="Path of a Valkey or Redis server to start, or `built-in` for a slower one that needs none; "
        "empty: the one that comes with Deskhand, and where there is none, the built-in one.",
    )
    slots: int = Field(
        default=2, ge=1, le=32, description="How many jobs run at once, until the user sets another number."
    )
    pool: Literal["prefork", "threads"] = Field(
        default="threads" if sys.platform == "win32" else "prefork",
        description="Celery's kind of worker pool.",
    )
    stop_grace: float = Field(default=10.0, gt=0, description="Seconds a stopped job has before it is ended by force.")
    jobtype_packages: str = Field(
        default="",
        description="Further packages with job types, separated by commas, beside the built-in ones.",
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="How much is logged.")
    parent_pid: int = Field(default=0, description="Stop when this process has gone; 0: live on alone.")

    @model_validator(mode="before")
    @classmethod
    def _beside_the_environment(cls, given: Mapping[str, Any]) -> dict[str, Any]:
        # pydantic-settings would do this, too, but takes 80 ms to load, in every process.
        names = {name: f"{PREFIX}{name.upper()}" for name in cls.model_fields}
        return {**{name: os.environ[variable] for name, variable in names.items() if variable in os.environ}, **given}

    @property
    def database(self) -> str:
        """The SQLAlchemy address that is in force."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'deskhand.sqlite3').as_posix()}"

    @property
    def extra_packages(self) -> tuple[str, ...]:
        """The further packages that are walked for job types."""
        return tuple(name.strip() for name in self.jobtype_packages.split(",") if name.strip())


@functools.cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()

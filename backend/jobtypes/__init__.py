"""One file or folder per job type. Whatever here (or in a further package) has a `JOB_TYPE` is found by walking."""

import functools
from typing import Any

from backend.core.errors import NotFoundError
from backend.core.settings import settings
from backend.core.walking import declarations
from backend.jobtypes.contract import JobType


def discover(*packages: str) -> dict[str, JobType[Any]]:
    """All job types of the packages by name. Raises ValueError when two have the same name."""
    return declarations("JOB_TYPE", JobType, *packages)


@functools.cache
def job_types() -> dict[str, JobType[Any]]:
    """The job types of this process."""
    return discover(__name__, *settings().extra_packages)


def job_type(name: str) -> JobType[Any]:
    """The job type of that name. Raises NotFoundError."""
    try:
        return job_types()[name]
    except KeyError:
        raise NotFoundError(
            "job_type.unknown",
            f"This Deskhand does not know jobs of the kind '{name}'.",
            "It may come from a newer version; install that one.",
        ) from None

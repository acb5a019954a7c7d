"""One file or folder per job type. Whatever here (or in a further package) has a `JOB_TYPE` is found by walking."""

import functools
import importlib
import pkgutil
from collections.abc import Iterator
from typing import Any

from backend.core.errors import NotFoundError
from backend.core.settings import settings
from backend.jobtypes.contract import JobType


def module_names(package: str) -> Iterator[str]:
    """The modules of a package one level down; the frozen build takes its hidden imports from here, too."""
    found = importlib.import_module(package)
    for module in pkgutil.iter_modules(found.__path__):
        yield f"{package}.{module.name}"


def discover(*packages: str) -> dict[str, JobType[Any]]:
    """All job types of the packages by name. Raises ValueError when two have the same name."""
    found: dict[str, JobType[Any]] = {}
    for package in packages:
        for name in module_names(package):
            declared = getattr(importlib.import_module(name), "JOB_TYPE", None)
            if not isinstance(declared, JobType):
                continue
            if declared.name in found:
                raise ValueError(f"two job types are called {declared.name!r}; the second is in {name}")
            found[declared.name] = declared
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))


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

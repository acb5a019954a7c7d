"""What is found by walking a package: one module, one declaration, and no list of them anywhere."""

import importlib
import pkgutil
from collections.abc import Iterator
from typing import Protocol, TypeVar


class Declared(Protocol):
    """What can be found: it has a name of its own and a place among the others."""

    @property
    def name(self) -> str:
        """Unique among its kind."""
        ...

    @property
    def order(self) -> int:
        """Smaller ones are shown first."""
        ...


D = TypeVar("D", bound=Declared)


def module_names(package: str) -> Iterator[str]:
    """The modules of a package one level down; the frozen build takes its hidden imports from here, too."""
    for module in pkgutil.iter_modules(importlib.import_module(package).__path__):
        yield f"{package}.{module.name}"


def declarations(attribute: str, kind: type[D], *packages: str) -> dict[str, D]:
    """What the modules of the packages have under that name, by its own name, in the order in which it is shown.

    Raises ValueError when two are called the same.
    """
    found: dict[str, D] = {}
    for package in packages:
        for name in module_names(package):
            declared = getattr(importlib.import_module(name), attribute, None)
            if not isinstance(declared, kind):
                continue
            if declared.name in found:
                raise ValueError(f"two are called {declared.name!r}; the second is in {name}")
            found[declared.name] = declared
    return dict(sorted(found.items(), key=lambda item: (item[1].order, item[0])))

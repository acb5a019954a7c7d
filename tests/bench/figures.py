"""What a benchmark says: one figure, and whether it is as good as it should be."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Figure:
    """One measurement. `value` is a ratio unless `unit` names another one; `target` is for people."""

    name: str
    value: float
    target: str
    ok: bool
    unit: str = "x"


Said: TypeAlias = Figure | tuple[str, float, str, bool]
"""A benchmark may say a figure as a tuple: name, ratio, target, whether it is met."""


def figures(said: Iterable[Said]) -> list[Figure]:
    """The same figures, each as a `Figure`."""
    return [item if isinstance(item, Figure) else Figure(*item) for item in said]


def table(rows: Sequence[Figure]) -> str:
    """The figures in aligned columns: what was measured, the value, the target, and a word on it."""
    cells = [("figure", "measured", "target", "")]
    cells += [(row.name, f"{row.value:.3g} {row.unit}", row.target, "ok" if row.ok else "MISSED") for row in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    return "\n".join(
        f"{line[0]:<{widths[0]}}  {line[1]:>{widths[1]}}  {line[2]:<{widths[2]}}  {line[3]}".rstrip() for line in cells
    )

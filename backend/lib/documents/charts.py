"""Charts as SVG: the same drawing stands in the PDF and in the web page.

Every text is placed by the measured widths of the shipped font, and escaped.
"""

from __future__ import annotations

import math
from html import escape

from backend.lib.documents.chartdata import ChartData
from backend.lib.documents.fonts import FAMILIES, regular

WIDTH, HEIGHT = 720.0, 300.0
INK, SOFT, GRID, ACCENT = "#22303C", "#5B6B7A", "#E1E7EC", "#1F5F8B"
PALETTE = ("#1F5F8B", "#E08E36", "#4B9B7A", "#B5526A", "#7C6BB0", "#9A8B4F", "#5AA5C8", "#8A97A3")
SIZE = 11.0
LONGEST_LABEL = 170.0
MOST_COLUMNS = 12
SMALLEST = 1e-200
SIZES = ((1e12, "T"), (1e9, "B"), (1e6, "M"), (1e3, "K"))
ROW = 22.0


def chart_svg(data: ChartData, width: float = WIDTH) -> str:
    """The drawing, `width` units wide; its height follows from what it shows."""
    draw = {"bar": _bars, "line": _line, "pie": _pie}[data.kind]
    body, height = draw(data, width)
    title = escape(data.title)
    families = ", ".join(FAMILIES)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:g} {height:g}" width="{width:g}" '
        f'height="{height:g}" role="img" aria-label="{title}" font-family="{families}, sans-serif" '
        f'font-size="{SIZE:g}">{body}</svg>'
    )


def _text(
    x: float, y: float, text: str, *, anchor: str = "start", fill: str = SOFT, weight: int = 400, size: float = SIZE
) -> str:
    weighty = f' font-weight="{weight}"' if weight != 400 else ""
    sized = f' font-size="{size:g}"' if size != SIZE else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" fill="{fill}"{weighty}{sized}>{escape(text)}</text>'


def _rule(x1: float, y1: float, x2: float, y2: float, colour: str = GRID) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" stroke-width="1"/>'


def _wide(text: str, size: float = SIZE) -> float:
    return regular().width(text) * size


def _fitted(text: str, width: float) -> str:
    return regular().fitted(text, width / SIZE)


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers that span the values, zero among them."""
    low, high = min(0.0, low), max(0.0, high)
    if high - low < SMALLEST:
        high = low + 1
    rough = (high - low) / most
    magnitude = 10 ** math.floor(math.log10(rough))
    step = next(step * magnitude for step in (1, 2, 2.5, 5, 10) if step * magnitude >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [place * step for place in range(first, last + 1)]


def short(value: float) -> str:
    """A number for an axis: 1.5M, 20K, 0.25."""
    for size, mark in SIZES:
        if abs(value) >= size:
            return f"{value / size:.4g}{mark}" if abs(value) < 1e15 else f"{value:.1e}"
    return f"{value:g}" if abs(value) >= 0.001 or value == 0 else f"{value:.1e}"


def _figure(data: ChartData, value: float) -> str:
    """A figure beside its bar: exact while it is short."""
    exact = data.shape.show(value)
    if len(exact) <= 9:
        return exact
    size, mark = next((size, mark) for size, mark in SIZES if abs(value) >= size or size == SIZES[-1][0])
    scaled = value / size
    return f"{scaled:.{2 if abs(scaled) < 10 else 1 if abs(scaled) < 100 else 0}f}{mark}"


def _bars(data: ChartData, width: float) -> tuple[str, float]:
    room = (width - 60) / max(1, len(data.labels))
    narrow = len(data.labels) <= MOST_COLUMNS and all(_wide(label) <= room - 6 for label in data.labels)
    return _columns(data, width) if narrow else _rows(data, width)


def _axis(data: ChartData, width: float, top: float, bottom: float) -> tuple[list[float], float, list[str]]:
    marks = ticks(min(data.values), max(data.values))
    left = max(_wide(short(mark)) for mark in marks) + 10
    span = marks[-1] - marks[0]
    parts = [_text(0, 12, data.title, fill=INK, weight=700, size=12)]
    for mark in marks:
        y = bottom - (mark - marks[0]) / span * (bottom - top)
        parts.append(_rule(left, y, width, y, SOFT if mark == 0 else GRID))
        parts.append(_text(left - 6, y + 4, short(mark), anchor="end"))
    return marks, left, parts


def _columns(data: ChartData, width: float) -> tuple[str, float]:
    bottom, top = HEIGHT - 26, 40.0
    marks, left, parts = _axis(data, width, top, bottom)
    scale = (bottom - top) / (marks[-1] - marks[0])
    zero = bottom + marks[0] * scale
    step = (width - left) / len(data.values)
    bar = min(step * 0.62, 72)
    for place, (label, value) in enumerate(zip(data.labels, data.values, strict=True)):
        x = left + step * (place + 0.5)
        high = abs(value) * scale
        y = zero - high if value >= 0 else zero
        parts.append(f'<rect x="{x - bar / 2:.1f}" y="{y:.1f}" width="{bar:.1f}" height="{high:.1f}" fill="{ACCENT}"/>')
        figure = _figure(data, value)
        if _wide(figure) <= step and len(data.values) <= MOST_COLUMNS:
            parts.append(_text(x, y - 5, figure, anchor="middle", fill=INK))
        parts.append(_text(x, bottom + 17, label, anchor="middle", fill=INK))
    return "".join(parts), HEIGHT


def _rows(data: ChartData, width: float) -> tuple[str, float]:
    labels = [_fitted(label, LONGEST_LABEL) for label in data.labels]
    figures = [_figure(data, value) for value in data.values]
    left = max(_wide(label) for label in labels) + 10
    right = width - max(_wide(figure) for figure in figures) - 8
    low, high = min(0.0, *data.values), max(0.0, *data.values)
    scale = (right - left) / ((high - low) or 1)
    zero = left - low * scale
    parts = [_text(0, 12, data.title, fill=INK, weight=700, size=12)]
    for place, value in enumerate(data.values):
        y = 26 + ROW * place
        long = abs(value) * scale
        x = zero if value >= 0 else zero - long
        parts.append(_text(left - 8, y + 14, labels[place], anchor="end", fill=INK))
        parts.append(
            f'<rect x="{x:.1f}" y="{y + 3:.1f}" width="{max(long, 0.5):.1f}" height="{ROW - 7:.1f}" fill="{ACCENT}"/>'
        )
        parts.append(_text((x + long if value >= 0 else zero) + 5, y + 14, figures[place], fill=INK))
    bottom = 26 + ROW * len(labels)
    parts.append(_rule(zero, 24, zero, bottom, SOFT))
    return "".join(parts), bottom + 6


def _line(data: ChartData, width: float) -> tuple[str, float]:
    bottom, top = HEIGHT - 26, 26.0
    marks, left, parts = _axis(data, width, top, bottom)
    scale = (bottom - top) / (marks[-1] - marks[0])
    count = len(data.values)
    inset = 18.0
    step = (width - left - 2 * inset) / max(1, count - 1)
    points = [
        (left + inset + step * place, bottom - (value - marks[0]) * scale) for place, value in enumerate(data.values)
    ]
    zero = bottom + marks[0] * scale
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    parts.append(
        f'<polygon points="{points[0][0]:.1f},{zero:.1f} {path} {points[-1][0]:.1f},{zero:.1f}" fill="{ACCENT}" '
        'fill-opacity="0.08"/>'
    )
    parts.append(
        f'<polyline points="{path}" fill="none" stroke="{ACCENT}" stroke-width="2.2" stroke-linejoin="round"/>'
    )
    if count <= 40:
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{ACCENT}"/>' for x, y in points]
    widest = max(_wide(label) for label in data.labels) + 14
    every = max(1, math.ceil(count * widest / (width - left)))
    for place in range(0, count, every):
        x = points[place][0]
        half = _wide(data.labels[place]) / 2
        parts.append(_text(min(x, width - half), bottom + 17, data.labels[place], anchor="middle", fill=INK))
    return "".join(parts), HEIGHT


def _pie(data: ChartData, width: float) -> tuple[str, float]:
    """A ring, with the shares in words beside it."""
    total = sum(data.values)
    height = max(220.0, 50 + ROW * 1.15 * len(data.values))
    middle, radius, hole = (130.0, 26 + (height - 26) / 2), 92.0, 52.0
    parts = [_text(0, 12, data.title, fill=INK, weight=700, size=12)]
    angle = -math.pi / 2
    for place, value in enumerate(data.values):
        sweep = 2 * math.pi * value / total
        if sweep > 0:
            parts.append(_slice(middle, radius, hole, angle, sweep, PALETTE[place % len(PALETTE)]))
        angle += sweep
    figures = [data.shape.show(value) for value in data.values]
    shares = [f"{value / total:.1%}" for value in data.values]
    room = width - 280 - max(map(_wide, figures)) - max(map(_wide, shares)) - 50
    names = [_fitted(label, min(room, 220)) for label in data.labels]
    left = 280.0
    ends = left + 18 + max(map(_wide, names)) + 24 + max(map(_wide, figures))
    first = middle[1] - ROW * 1.15 * len(names) / 2
    for place, name in enumerate(names):
        y = first + ROW * 1.15 * place
        colour = PALETTE[place % len(PALETTE)]
        parts.append(f'<rect x="{left:.1f}" y="{y + 3:.1f}" width="10" height="10" rx="2" fill="{colour}"/>')
        parts.append(_text(left + 18, y + 12, name, fill=INK))
        parts.append(_text(ends, y + 12, figures[place], anchor="end", fill=INK))
        parts.append(_text(ends + 20 + max(map(_wide, shares)), y + 12, shares[place], anchor="end"))
    return "".join(parts), height


def _slice(middle: tuple[float, float], radius: float, hole: float, angle: float, sweep: float, colour: str) -> str:
    sweep = min(sweep, 2 * math.pi - 1e-4)
    large = 1 if sweep > math.pi else 0

    def at(distance: float, turn: float) -> str:
        return f"{middle[0] + distance * math.cos(turn):.2f} {middle[1] + distance * math.sin(turn):.2f}"

    path = (
        f"M {at(radius, angle)} A {radius:g} {radius:g} 0 {large} 1 {at(radius, angle + sweep)} "
        f"L {at(hole, angle + sweep)} A {hole:g} {hole:g} 0 {large} 0 {at(hole, angle)} Z"
    )
    return f'<path d="{path}" fill="{colour}" stroke="#FFFFFF" stroke-width="1.5"/>'

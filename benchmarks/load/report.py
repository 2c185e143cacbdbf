"""Latencies as percentiles, as a histogram in the terminal, and as an SVG."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

PERCENTILES = (50, 90, 99, 100)
BARS = 16
BAR_WIDTH = 40
LEAST_SECONDS = 1e-4


class Bar(NamedTuple):
    from_seconds: float
    to_seconds: float
    deliveries: int


def percentile(sorted_seconds: Sequence[float], percent: float) -> float:
    """The least value that so many percent do not exceed."""
    return sorted_seconds[max(0, math.ceil(len(sorted_seconds) * percent / 100) - 1)]


def histogram(seconds: Sequence[float], *, bars: int = BARS) -> list[Bar]:
    """Equal steps of the logarithm: what is slow is rare, and must be seen all the same."""
    least, most = max(min(seconds), LEAST_SECONDS), max(*seconds, LEAST_SECONDS)
    step = math.log(most / least) / bars if most > least else 0.0
    if not step:
        return [Bar(least, most, len(seconds))]
    counts = [0] * bars
    for value in seconds:
        counts[min(bars - 1, int(math.log(max(value, least) / least) / step))] += 1
    edges = [least * math.exp(step * place) for place in range(bars + 1)]
    return [Bar(edges[place], edges[place + 1], counts[place]) for place in range(bars)]


def in_the_terminal(bars: Sequence[Bar]) -> list[str]:
    most = max(bar.deliveries for bar in bars)
    return [
        f"{shown(bar.from_seconds):>9} to {shown(bar.to_seconds):>9}  {bar.deliveries:>9,}  "
        + "█" * math.ceil(BAR_WIDTH * bar.deliveries / most)
        for bar in bars
    ]


def shown(seconds: float) -> str:
    return f"{seconds * 1000:,.1f} ms" if seconds < 1 else f"{seconds:,.2f} s"


def write_svg(path: Path, bars: Sequence[Bar], *, title: str) -> None:
    width, height, left, top, foot = 760, 360, 60, 50, 60
    most = max(bar.deliveries for bar in bars)
    step = (width - left - 20) / len(bars)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-size="12"',
        'font-family="sans-serif">',
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<text x="{left}" y="24" font-size="15">{title}</text>',
    ]
    for place, bar in enumerate(bars):
        tall = (height - top - foot) * bar.deliveries / most
        x, y = left + place * step, height - foot - tall
        parts.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{step - 2:.1f}" height="{tall:.1f}" fill="#2563eb">'
            f"<title>{bar.deliveries:,}: {shown(bar.from_seconds)} to {shown(bar.to_seconds)}</title></rect>"
        )
        if place % 4 == 0:
            parts.append(f'<text x="{x:.1f}" y="{height - foot + 18}">{shown(bar.from_seconds)}</text>')
    parts.append(f'<text x="{left - 8}" y="{top + 4}" text-anchor="end">{most:,}</text>')
    parts.append(f'<text x="{left}" y="{height - 12}">from put to received, logarithmic</text></svg>')
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(parts) + "\n")

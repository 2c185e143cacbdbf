"""A plot with logarithmic axes as SVG, drawn with nothing but strings."""

import math
from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT, BOTTOM, TOP, RIGHT = 720, 420, 80, 60, 30, 210
FONT = 'font-family="sans-serif" font-size="13"'
COLOURS = ("#1f5fa8", "#c2571a", "#2c7a4b")


def svg(lines: Mapping[str, Sequence[tuple[float, float]]], *, x: str, y: str) -> str:
    points = [point for line in lines.values() for point in line]
    across = _Axis(min(px for px, _ in points), max(px for px, _ in points), LEFT, WIDTH - RIGHT)
    up = _Axis(min(py for _, py in points), max(py for _, py in points), HEIGHT - BOTTOM, TOP)
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {FONT}>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
    ]
    for at, text in across.ticks():
        drawn.append(f'<path d="M{at:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="#ddd"/>')
        drawn.append(f'<text x="{at:.1f}" y="{HEIGHT - BOTTOM + 20}" text-anchor="middle">{text}</text>')
    for at, text in up.ticks():
        drawn.append(f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        drawn.append(f'<text x="{LEFT - 8}" y="{at + 4:.1f}" text-anchor="end">{text}</text>')
    middle = (LEFT + WIDTH - RIGHT) / 2
    drawn.append(f'<text x="{middle:.0f}" y="{HEIGHT - 15}" text-anchor="middle">{x}</text>')
    turned = f"translate(22 {HEIGHT / 2:.0f}) rotate(-90)"
    drawn.append(f'<text transform="{turned}" text-anchor="middle">{y}</text>')
    for position, (name, line) in enumerate(lines.items()):
        colour = COLOURS[position % len(COLOURS)]
        path = " ".join(f"{across.at(px):.1f},{up.at(py):.1f}" for px, py in line)
        drawn.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        drawn += [
            f'<circle cx="{across.at(px):.1f}" cy="{up.at(py):.1f}" r="3.5" fill="{colour}"/>'
            for px, py in line
        ]
        last_x, last_y = line[-1]
        x_end, y_end = across.at(last_x) + 10, up.at(last_y) + 4
        drawn.append(f'<text x="{x_end:.1f}" y="{y_end:.1f}" fill="{colour}">{name}</text>')
    return "\n".join([*drawn, "</svg>"]) + "\n"


class _Axis:
    """Whole powers of ten around the values, laid between two positions."""

    def __init__(self, least: float, most: float, start: float, end: float) -> None:
        self.first, self.last = math.floor(math.log10(least)), math.ceil(math.log10(most))
        self.start, self.end = start, end

    def at(self, value: float) -> float:
        share = (math.log10(value) - self.first) / (self.last - self.first)
        return self.start + share * (self.end - self.start)

    def ticks(self) -> list[tuple[float, str]]:
        powers = range(self.first, self.last + 1)
        return [(self.at(10.0**power), f"{10.0**power:,g}".replace("1e+06", "1,000,000")) for power in powers]

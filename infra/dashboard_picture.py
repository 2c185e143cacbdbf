"""docs/dashboard.svg, the dashboard as a picture.  `python -m infra.dashboard_picture` draws it anew."""

import json
import tempfile
import textwrap
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any

PICTURE = Path(__file__).resolve().parents[1] / "docs/dashboard.svg"
# CloudWatch lays widgets out on 24 columns.
COLUMNS, COLUMN, ROW = 24, 40, 30
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b")
TEXT_CHARACTERS = 150


def widgets(template: Mapping[str, Any]) -> list[dict[str, Any]]:
    (dashboard,) = (
        resource["Properties"]["DashboardBody"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::CloudWatch::Dashboard"
    )
    parts = [part if isinstance(part, str) else _name_of(part) for part in dashboard["Fn::Join"][1]]
    found: list[dict[str, Any]] = json.loads("".join(parts))["widgets"]
    return found


def draw(template: Mapping[str, Any]) -> str:
    placed = widgets(template)
    height = max(one["y"] + one["height"] for one in placed) * ROW
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {COLUMNS * COLUMN} {height}" font-size="13"',
        'font-family="sans-serif">',
        f'<rect width="{COLUMNS * COLUMN}" height="{height}" fill="#f2f3f3"/>',
    ]
    for one in placed:
        lines += _widget(one)
    return "\n".join([*lines, "</svg>"]) + "\n"


def _widget(one: Mapping[str, Any]) -> Iterator[str]:
    x, y = one["x"] * COLUMN + 4, one["y"] * ROW + 4
    width, height = one["width"] * COLUMN - 8, one["height"] * ROW - 8
    yield f'<rect x="{x}" y="{y}" width="{width}" height="{height}" fill="#fff" stroke="#d5dbdb"/>'
    properties = one["properties"]
    if one["type"] == "text":
        words = properties["markdown"].replace("**", "").replace("`", "").replace("\n", " ")
        for place, line in enumerate(textwrap.wrap(words, TEXT_CHARACTERS)):
            yield f'<text x="{x + 10}" y="{y + 20 + 17 * place}">{escape(line)}</text>'
        return
    yield f'<text x="{x + 10}" y="{y + 20}" font-weight="bold">{escape(properties["title"])}</text>'
    for place, label in enumerate(_labels(properties)):
        colour = COLOURS[place % len(COLOURS)]
        yield f'<circle cx="{x + 16}" cy="{y + 41 + 19 * place}" r="5" fill="{colour}"/>'
        yield f'<text x="{x + 28}" y="{y + 45 + 19 * place}">{escape(label)}</text>'


def _labels(properties: Mapping[str, Any]) -> Iterator[str]:
    if "alarms" in properties:
        yield f"{len(properties['alarms'])} alarms: green, grey or red"
    for metric in properties.get("metrics", []):
        options = metric[-1] if isinstance(metric[-1], dict) else {}
        if options.get("visible") is False:  # a part of an expression
            continue
        statistic = options.get("stat", "")
        name = options.get("label") or metric[1]
        yield name if statistic in ("", "Sum", "Maximum") else f"{name} {statistic}"
    for line in properties.get("annotations", {}).get("horizontal", []):
        yield f"line at {line['value']}: {line['label']}"


def _name_of(reference: Mapping[str, Any]) -> str:
    target = reference.get("Ref") or reference.get("Fn::GetAtt", ["?"])[0]
    return str(target)


def main() -> None:
    from infra.node import prefer_node_of_environment  # noqa: PLC0415 - only to draw

    prefer_node_of_environment()
    from infra.synthesis import build_app  # noqa: PLC0415 - importing aws_cdk starts Node: first say which

    with tempfile.TemporaryDirectory() as out:
        context = {"stage": "dev", "auth_mode": "none", "aws:cdk:bundling-stacks": []}
        build_app({**context, "aws:cdk:disable-asset-staging": True}, outdir=out).synth()
        PICTURE.write_text(draw(json.loads(Path(out, "tidings-dev.template.json").read_text())))


if __name__ == "__main__":
    main()

"""What a rule's target gets of an event: all of it, a part (InputPath), a constant (Input) or a made text.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-transform-target-input.html
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from local.cloud.errors import TemplateError

_PLACEHOLDER = re.compile(r"<([^<>\s]+)>")
_STEP = re.compile(r"\.([A-Za-z0-9_\-]+)|\[(\d+)\]|\['([^']+)'\]")
_MISSING = object()


def transformed(
    target: Mapping[str, Any], event: Mapping[str, Any], *, rule_arn: str, ingestion_time: str
) -> str:
    """The JSON text that the target receives. `ingestion_time`: when the bus received the event, ISO 8601."""
    if "Input" in target:
        return str(target["Input"])
    if "InputPath" in target:
        found = _at(target["InputPath"], event)
        return json.dumps(None if found is _MISSING else found)
    if "InputTransformer" in target:
        predefined = _predefined(event, rule_arn=rule_arn, ingestion_time=ingestion_time)
        return _filled_in(target["InputTransformer"], event, predefined)
    return json.dumps(event)


def check(target: Mapping[str, Any], where: str) -> None:
    """Raises TemplateError for a path that could not be followed later."""
    transformer = target.get("InputTransformer") or {}
    for path in [*filter(None, [target.get("InputPath")]), *transformer.get("InputPathsMap", {}).values()]:
        if "".join(match[0] for match in _STEP.finditer(path)) != path.removeprefix("$"):
            raise TemplateError(f"{where}: the local run cannot follow the JSON path {path}")


def _predefined(event: Mapping[str, Any], *, rule_arn: str, ingestion_time: str) -> dict[str, Any]:
    return {
        "aws.events.rule-arn": rule_arn,
        "aws.events.rule-name": rule_arn.rpartition("/")[2],
        "aws.events.event.ingestion-time": ingestion_time,
        "aws.events.event": {name: value for name, value in event.items() if name != "detail"},
        "aws.events.event.json": event,
    }


def _filled_in(
    transformer: Mapping[str, Any], event: Mapping[str, Any], predefined: Mapping[str, Any]
) -> str:
    template: str = transformer["InputTemplate"]
    paths = transformer.get("InputPathsMap", {})
    # The names of the predefined variables are reserved.
    values = {**{name: _at(path, event) for name, path in paths.items()}, **predefined}

    def replacement(match: re.Match[str]) -> str:
        if match[1] not in values:
            return match[0]
        value = values[match[1]]
        within_quotes = _inside_string(template, match.start())
        if value is _MISSING:
            return "" if within_quotes else '""'
        if within_quotes:
            text = value if isinstance(value, str) else json.dumps(value)
            return json.dumps(text)[1:-1]
        return json.dumps(value)

    return _PLACEHOLDER.sub(replacement, template)


def _inside_string(template: str, position: int) -> bool:
    """Whether an odd number of unescaped quotes comes before."""
    return len(re.findall(r'(?<!\\)"', template[:position])) % 2 == 1


def _at(path: str, event: Any) -> Any:
    found = event
    for match in _STEP.finditer(path):
        name, index, quoted = match.groups()
        try:
            found = found[int(index)] if index is not None else found[name or quoted]
        except (KeyError, IndexError, TypeError):
            return _MISSING
    return found

"""A payload of each event type to try it with: the declared one, or one made up from its fields."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import ValidationError

from tidings.catalog import EventType

_MOMENT = re.compile(r"now(?:\+(\d+)([smhd]))?")
_SECONDS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


def sample_of(type_: EventType) -> dict[str, Any]:
    """Where it has a time it says `now`, or `now+2d`."""
    if type_.sample is not None:
        return dict(type_.sample)
    schema = type_.payload.model_json_schema()
    made: dict[str, Any] = _made_up("", schema, schema.get("$defs", {}))
    return made


def at(sample: Any, now: float) -> Any:
    """A sample with times in place of `now+2d`, counted from `now`, in seconds since the epoch."""
    match sample:
        case Mapping():
            return {name: at(inner, now) for name, inner in sample.items()}
        case list() | tuple():
            return [at(inner, now) for inner in sample]
        case str() if found := _MOMENT.fullmatch(sample):
            later = timedelta(seconds=int(found[1] or 0) * _SECONDS[found[2] or "s"])
            return (datetime.fromtimestamp(int(now), UTC) + later).strftime("%Y-%m-%dT%H:%M:%SZ")
        case _:
            return sample


def problem_of(type_: EventType, *, now: float = 0.0) -> str | None:
    """Why its sample is no payload of the type, in one line; None when it is one."""
    try:
        data = at(sample_of(type_), now)
        type_.payload.model_validate(data)
        type_.channel_of(data)
    except ValidationError as wrong:
        first = wrong.errors()[0]
        found = f"{'.'.join(map(str, first['loc']))}: {first['msg']}"
    except ValueError as wrong:
        found = str(wrong)
    else:
        return None
    advice = (
        "its sample is not valid"
        if type_.sample is not None
        else "declare a sample, as the one made up is not valid"
    )
    return f"{type_.name}: {advice}: {found}"


def _made_up(name: str, schema: Mapping[str, Any], defined: Mapping[str, Any]) -> Any:  # noqa: C901, PLR0911  a kind a line
    if "$ref" in schema:
        return _made_up(name, defined[schema["$ref"].rpartition("/")[2]], defined)
    if "const" in schema:
        return schema["const"]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return _made_up(name, schema["anyOf"][0], defined)
    match schema.get("type"):
        case "object":
            needed = schema.get("required", ())
            fields = schema.get("properties", {})
            return {field: _made_up(field, fields[field], defined) for field in needed}
        case "array":
            return [_made_up(name, schema.get("items", {}), defined)]
        case "integer" | "number":
            return _number(schema)
        case "boolean":
            return False
        case "string" if schema.get("format") == "date-time":
            return "now+1d"
        case "null":
            return None
        case _:
            return name or "text"


def _number(schema: Mapping[str, Any]) -> int | float:
    """42, or what is nearest to it within the bounds."""
    least = schema.get("minimum", schema.get("exclusiveMinimum", 41) + 1)
    most = schema.get("maximum", schema.get("exclusiveMaximum", 43) - 1)
    number: int | float = min(max(42, least), most)
    return number

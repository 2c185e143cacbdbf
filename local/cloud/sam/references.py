"""References to generated resources: `!Ref Api.Stage`, `!Ref Function.Alias`, also within Fn::Sub."""

import re
from collections.abc import Mapping
from typing import Any

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


def renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if not isinstance(value, Mapping):
        return value
    if set(value) == {"Ref"}:
        return {
            "Ref": names.get(value["Ref"], value["Ref"]) if isinstance(value["Ref"], str) else value["Ref"]
        }
    if set(value) == {"Fn::Sub"}:
        return {"Fn::Sub": _in_sub(value["Fn::Sub"], names)}
    return {key: renamed(item, names) for key, item in value.items()}


def _in_sub(argument: Any, names: Mapping[str, str]) -> Any:
    if isinstance(argument, str):
        return _VARIABLE.sub(lambda match: "${" + names.get(match[1], match[1]) + "}", argument)
    if isinstance(argument, list) and argument and isinstance(argument[0], str):
        return [_in_sub(argument[0], names), *(renamed(item, names) for item in argument[1:])]
    return renamed(argument, names)

"""One stack's resources among another's: every name in them gets the other's prefix.

Parameters become the values that were passed; references to outputs become the outputs' values.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
SECTIONS = ("Resources", "Conditions", "Mappings", "Outputs")


@dataclass(frozen=True, slots=True)
class Joining:
    """What a joined stack is called within the whole, and what it was passed."""

    prefix: str
    template: Mapping[str, Any]
    passed: Mapping[str, Any] = field(default_factory=dict)
    condition: str | None = None
    """Under which all of it exists."""

    def sections(self) -> dict[str, dict[str, Any]]:
        """Its sections as the whole takes them over."""
        joined: dict[str, dict[str, Any]] = {
            section: {
                f"{self.prefix}{name}": self._within(body)
                for name, body in (self.template.get(section) or {}).items()
            }
            for section in SECTIONS
        }
        for name, body in joined["Resources"].items():
            self._bind(name, body, joined["Conditions"])
        return joined

    def _bind(self, name: str, body: dict[str, Any], conditions: dict[str, Any]) -> None:
        own = body.get("Condition")
        if isinstance(own, str):
            own = body["Condition"] = f"{self.prefix}{own}"
        if self.condition is not None:
            body["Condition"] = self.condition
            if own:
                body["Condition"] = f"{name}Exists"
                both = [{"Condition": self.condition}, {"Condition": own}]
                conditions[body["Condition"]] = {"Fn::And": both}

    def _within(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._within(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in self._intrinsics and isinstance(argument, (str, list)):
                return self._intrinsics[name](argument)
        return {key: self._within(item) for key, item in value.items()}

    @property
    def _intrinsics(self) -> Mapping[str, Callable[[Any], Any]]:
        """Those that hold a name."""
        return {
            "Ref": self._reference,
            "Condition": lambda name: {"Condition": f"{self.prefix}{name}"},
            "Fn::FindInMap": lambda argument: {"Fn::FindInMap": self._prefixed_first(argument)},
            "Fn::GetAtt": lambda argument: {"Fn::GetAtt": self._attribute(argument)},
            "Fn::If": lambda argument: {"Fn::If": self._prefixed_first(argument)},
            "Fn::Sub": lambda argument: {"Fn::Sub": self._sub(argument)},
        }

    def _prefixed_first(self, argument: list[Any]) -> list[Any]:
        first, *rest = argument
        first = f"{self.prefix}{first}" if isinstance(first, str) else self._within(first)
        return [first, *map(self._within, rest)]

    def _attribute(self, argument: Any) -> Any:
        return (
            self._named(argument) if isinstance(argument, str) else [self._named(argument[0]), *argument[1:]]
        )

    def _named(self, name: str) -> str:
        return f"{self.prefix}{name}" if name.partition(".")[0] in self.template["Resources"] else name

    def _reference(self, name: str) -> Any:
        declared = (self.template.get("Parameters") or {}).get(name)
        if declared is None:
            return {"Ref": self._named(name)}
        value = self.passed.get(name, declared.get("Default", ""))
        is_list = "List" in str(declared.get("Type", ""))
        return value.split(",") if is_list and isinstance(value, str) else value

    def _sub(self, argument: Any) -> Any:
        text, variables = (argument, {}) if isinstance(argument, str) else argument
        variables = {key: self._within(item) for key, item in variables.items()}

        def replacement(match: re.Match[str]) -> str:
            name = match[1]
            if name in variables:
                return match[0]
            if name in (self.template.get("Parameters") or {}):
                variables[name] = self._reference(name)
                return match[0]
            return "${" + self._named(name) + "}"

        return [_VARIABLE.sub(replacement, text), variables]


def with_outputs(value: Any, outputs: Mapping[str, Mapping[str, Any]]) -> Any:
    """With the outputs of joined stacks in place of references to them, `Outputs.X` of a stack's id."""
    if isinstance(value, list):
        return [with_outputs(item, outputs) for item in value]
    if not isinstance(value, Mapping):
        return value
    if len(value) == 1:
        [(name, argument)] = value.items()
        if name == "Fn::GetAtt":
            parts = (
                argument.split(".") if isinstance(argument, str) else [*argument[:1], *argument[1].split(".")]
            )
            return _output(parts, outputs, value)
        if name == "Fn::Sub":
            return {name: _sub_with_outputs(argument, outputs)}
        if name == "Ref" and argument in outputs:
            return argument
    return {key: with_outputs(item, outputs) for key, item in value.items()}


def _sub_with_outputs(argument: Any, outputs: Mapping[str, Mapping[str, Any]]) -> Any:
    text, variables = (argument, {}) if isinstance(argument, str) else argument
    found = {
        name: _output(name.split("."), outputs, name)
        for name in _VARIABLE.findall(text)
        if name not in variables and name.partition(".")[0] in outputs
    }
    return [text, {**with_outputs(dict(variables), outputs), **found}]


def _output(path: list[str], outputs: Mapping[str, Mapping[str, Any]], otherwise: Any) -> Any:
    match path:
        case [stack, "Outputs", name] if stack in outputs:
            return outputs[stack].get(name, otherwise)
    return otherwise

"""Resolves CloudFormation's intrinsic functions, references and conditions.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/intrinsic-function-reference.html
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from local.cloud.errors import TemplateError
from local.cloud.template import Template

SSM_VALUE = "AWS::SSM::Parameter::Value"
"""A parameter of the template whose value is the name of one of Systems Manager."""
_VARIABLE = re.compile(r"\$\{(!?)([^}]+)\}")


class _NoValue:
    """AWS::NoValue: the property that holds it is as if it were absent."""


NO_VALUE = _NoValue()


@dataclass(frozen=True, slots=True)
class Account:
    """Where the stack pretends to be."""

    account_id: str = "123456789012"
    region: str = "us-east-1"
    partition: str = "aws"
    url_suffix: str = "amazonaws.com"


class References(Protocol):
    """What `Ref` and `Fn::GetAtt` of a resource give."""

    def ref(self, logical_id: str) -> Any: ...

    def attribute(self, logical_id: str, name: str) -> Any: ...

    def parameter(self, name: str) -> str | None:
        """A parameter of Systems Manager."""
        ...


class Resolver:
    def __init__(
        self,
        template: Template,
        references: References,
        *,
        account: Account,
        parameters: Mapping[str, str] | None = None,
    ) -> None:
        self._template = template
        self._references = references
        self._parameters = parameters or {}
        self._pseudo: dict[str, Any] = {
            "AWS::AccountId": account.account_id,
            "AWS::Region": account.region,
            "AWS::Partition": account.partition,
            "AWS::URLSuffix": account.url_suffix,
            "AWS::StackName": template.stack_name,
            "AWS::StackId": f"arn:{account.partition}:cloudformation:{account.region}:{account.account_id}:"
            f"stack/{template.stack_name}/local",
            "AWS::NotificationARNs": [],
            "AWS::NoValue": NO_VALUE,
        }
        self._functions: dict[str, Callable[[Any, str], Any]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._get_att,
            "Fn::Join": self._join,
            "Fn::Sub": self._sub,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::If": self._if,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": self._base64,
            "Fn::ImportValue": self._import_value,
            "Fn::Equals": lambda value, where: self._two(value, where)[0] == self._two(value, where)[1],
            "Fn::And": lambda value, where: all(self._holds(item, where) for item in value),
            "Fn::Or": lambda value, where: any(self._holds(item, where) for item in value),
            "Fn::Not": lambda value, where: not self._holds(value[0], where),
        }

    def resolve(self, value: Any, where: str) -> Any:
        """The value with nothing left to resolve. Raises TemplateError that names `where`."""
        if isinstance(value, list):
            items = [self.resolve(item, where) for item in value]
            return [item for item in items if item is not NO_VALUE]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            [(name, argument)] = value.items()
            if name in self._functions:
                return self._call(name, argument, where)
            if name.startswith("Fn::"):
                raise TemplateError(f"{where}: {name} is not supported by the local run")
        resolved = {key: self.resolve(item, f"{where}.{key}") for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not NO_VALUE}

    def _call(self, name: str, argument: Any, where: str) -> Any:
        try:
            return self._functions[name](argument, where)
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as exc:
            raise TemplateError(f"{where}: {name} cannot be read: {argument!r}") from exc

    def condition(self, name: str, where: str) -> bool:
        if name not in self._template.conditions:
            raise TemplateError(f"{where}: there is no condition {name}")
        return self._holds(self._template.conditions[name], f"Conditions.{name}")

    def _holds(self, value: Any, where: str) -> bool:
        if isinstance(value, Mapping) and set(value) == {"Condition"}:
            return self.condition(value["Condition"], where)
        return bool(self.resolve(value, where))

    def _two(self, value: Any, where: str) -> list[Any]:
        return [self.resolve(item, where) for item in value]

    def _ref(self, name: Any, where: str) -> Any:
        if name in self._pseudo:
            return self._pseudo[name]
        if name in self._template.parameters:
            return self._parameter(name, where)
        if name in self._template.resources:
            return self._references.ref(name)
        raise TemplateError(f"{where}: Ref to {name}, which is neither a parameter nor a resource")

    def _parameter(self, name: str, where: str) -> Any:
        declared = self._template.parameters[name]
        value = self._parameters.get(name, declared.get("Default"))
        if value is None:
            raise TemplateError(f"{where}: parameter {name} has no default; give it: --parameter {name}=…")
        kind = str(declared.get("Type", "String"))
        if kind.startswith(SSM_VALUE):
            kind = kind.removeprefix(SSM_VALUE).strip("<>")
            found = self._references.parameter(str(value))
            value = value if found is None else found
        is_list = kind.startswith(("List<", "CommaDelimitedList"))
        return [part.strip() for part in str(value).split(",")] if is_list else value

    def _get_att(self, value: Any, where: str) -> Any:
        logical_id, _, attribute = (
            value.partition(".") if isinstance(value, str) else (value[0], "", value[1])
        )
        if logical_id not in self._template.resources:
            raise TemplateError(f"{where}: Fn::GetAtt of {logical_id}, which is not a resource")
        return self._references.attribute(logical_id, self.resolve(attribute, where))

    def _join(self, value: Any, where: str) -> str:
        separator, parts = value
        return str(separator).join(str(part) for part in self.resolve(parts, where))

    def _sub(self, value: Any, where: str) -> str:
        text, variables = (value, {}) if isinstance(value, str) else value

        def replacement(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return "${" + name + "}"
            if name in variables:
                return str(self.resolve(variables[name], where))
            return str(self._get_att(name, where) if "." in name else self._ref(name, where))

        return _VARIABLE.sub(replacement, text)

    def _select(self, value: Any, where: str) -> Any:
        index, items = self._two(value, where)
        try:
            return items[int(index)]
        except IndexError as exc:
            raise TemplateError(f"{where}: Fn::Select has no item {index} in {items}") from exc

    def _split(self, value: Any, where: str) -> list[str]:
        separator, text = self._two(value, where)
        return str(text).split(separator)

    def _if(self, value: Any, where: str) -> Any:
        condition, then, otherwise = value
        return self.resolve(then if self.condition(condition, where) else otherwise, where)

    def _find_in_map(self, value: Any, where: str) -> Any:
        name, *keys = self._two(value, where)
        try:
            return self._template.mappings[name][keys[0]][keys[1]]
        except KeyError as exc:
            raise TemplateError(
                f"{where}: Fn::FindInMap finds nothing under {name}/{'/'.join(keys)}"
            ) from exc

    def _import_value(self, value: Any, where: str) -> Any:
        wanted = self.resolve(value, where)
        for name, output in self._template.outputs.items():
            export = output.get("Export") or {}
            if "Name" in export and self.resolve(export["Name"], f"Outputs.{name}") == wanted:
                return self.resolve(output["Value"], f"Outputs.{name}")
        raise TemplateError(f"{where}: Fn::ImportValue: no stack beside this one exports {wanted}")

    def _base64(self, value: Any, where: str) -> str:
        return base64.b64encode(str(self.resolve(value, where)).encode()).decode()

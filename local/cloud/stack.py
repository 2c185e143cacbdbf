"""A template with every reference resolved: what the builders of tables, queues, rules and functions read."""

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from local.cloud.endpoints import Endpoints
from local.cloud.errors import TemplateError
from local.cloud.identities import Identity, Naming, identity_of
from local.cloud.intrinsics import NO_VALUE, Account, Resolver
from local.cloud.resource_types import LEFT_OUT, MADE
from local.cloud.template import Resource, Template
from local.cloud.values import PARAMETER, SECRET, Values, secret_text


@dataclass(frozen=True, slots=True)
class Resolved:
    """One resource: its name and its properties, with nothing left to resolve."""

    resource: Resource
    identity: Identity
    properties: Mapping[str, Any]

    @property
    def where(self) -> str:
        return self.resource.where

    def get(self, name: str, default: Any = None) -> Any:
        return self.properties.get(name, default)

    def require(self, name: str) -> Any:
        """Raises TemplateError when the property is absent."""
        if name not in self.properties:
            raise TemplateError(f"{self.where}: property {name} is missing")
        return self.properties[name]

    def number(self, name: str, default: float) -> float:
        """Raises TemplateError when the property is there and no number; templates may write it as text."""
        value = self.properties.get(name, default)
        try:
            return float(value)
        except (TypeError, ValueError) as exc:
            raise TemplateError(f"{self.where}: {name} is not a number: {value!r}") from exc


class Stack:
    def __init__(
        self,
        template: Template,
        *,
        account: Account,
        endpoints: Endpoints,
        parameters: Mapping[str, str] | None = None,
        given: Values | None = None,
    ) -> None:
        """`given`: secrets and parameters that exist beside the template."""
        self.template = template
        self.account = account
        self.naming = Naming(account=account, stack_name=template.stack_name, aws_endpoint=endpoints.aws)
        self._endpoints = endpoints
        self._resolver = Resolver(template, self, account=account, parameters=parameters)
        self._given = given or Values()
        self._identities: dict[str, Identity] = {}
        self._being_named: list[str] = []

    def of_type(self, *types: str) -> Iterator[Resolved]:
        for resource in self.template.resources.values():
            if resource.type in types and self._exists(resource):
                yield self._resolved(resource)

    def outputs(self) -> dict[str, str]:
        found = {}
        for name, output in self.template.outputs.items():
            where = f"Outputs.{name}"
            if "Condition" in output and not self._resolver.condition(output["Condition"], where):
                continue
            found[name] = self.localised(self._resolver.resolve(output["Value"], where))
        return found

    def localised(self, value: Any) -> Any:
        """Addresses of the template's own APIs become those of the local gateway."""
        return self._endpoints.localised(value) if isinstance(value, str) else value

    def localised_hosts(self, text: str) -> str:
        """As `localised`, also for addresses that are written without their scheme."""
        return self._endpoints.localised_host(text)

    def unknown(self) -> list[str]:
        """One line for each resource that the local run neither makes nor leaves out on purpose."""
        return [
            f"{resource.where}: {resource.type} is not part of the local run"
            for resource in self.template.resources.values()
            if resource.type not in MADE and resource.type not in LEFT_OUT and self._exists(resource)
        ]

    def left_out(self) -> dict[str, str]:
        present = {resource.type for resource in self.template.resources.values()}
        return {type_name: LEFT_OUT[type_name] for type_name in sorted(present & LEFT_OUT.keys())}

    def ref(self, logical_id: str) -> str:
        return self._identity(logical_id).ref

    def attribute(self, logical_id: str, name: str) -> str:
        attributes = self._identity(logical_id).attributes
        if name not in attributes:
            resource = self.template.resources[logical_id]
            if resource.type not in MADE:
                # Whoever needs it is named at the start; the rest of the template need not wait for it.
                return f"{self.naming.default_name(logical_id)}-{name}"
            raise TemplateError(f"{resource.where}: the local run has no {name} for {resource.type}")
        return attributes[name]

    def parameter(self, name: str) -> str | None:
        """Of Systems Manager; those that a template's own parameters name exist before it is deployed."""
        return self._given.parameters.get(name)

    @functools.cached_property
    def values(self) -> Values:
        """What is given and what the template makes."""
        secrets = {
            found.identity.attributes["Name"]: secret_text(found.get) for found in self.of_type(SECRET)
        }
        parameters = {found.identity.ref: str(found.require("Value")) for found in self.of_type(PARAMETER)}
        return Values(
            secrets={**secrets, **self._given.secrets}, parameters={**parameters, **self._given.parameters}
        )

    def _exists(self, resource: Resource) -> bool:
        return resource.condition is None or self._resolver.condition(resource.condition, resource.where)

    def _resolved(self, resource: Resource) -> Resolved:
        properties = self._resolver.resolve(resource.properties, resource.where)
        if resource.type not in (SECRET, PARAMETER):
            properties = self.values.looked_up(properties)
        return Resolved(resource, self._identity(resource.logical_id), properties)

    def _identity(self, logical_id: str) -> Identity:
        if logical_id not in self._identities:
            resource = self.template.resources[logical_id]
            if logical_id in self._being_named:
                cycle = " → ".join([*self._being_named, logical_id])
                raise TemplateError(f"{resource.where}: circular reference {cycle}")

            def prop(name: str) -> Any:
                if name not in resource.properties:
                    return None
                value = self._resolver.resolve(resource.properties[name], f"{resource.where}.{name}")
                return None if value is NO_VALUE else value

            self._being_named.append(logical_id)
            try:
                self._identities[logical_id] = identity_of(resource.type, logical_id, prop, self.naming)
            finally:
                self._being_named.pop()
        return self._identities[logical_id]

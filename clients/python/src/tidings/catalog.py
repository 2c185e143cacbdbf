"""Declaring the events of an application: channels, event types, payloads. Light: only pydantic is imported.

```python
ORDERS = Channel("orders")

@event("order.shipped", ORDERS)
class OrderShipped(Payload):
    order_id: Id

catalog = Catalog.of(orders)  # the modules that hold such classes
```

A payload is checked, then sent as the producer wrote it: fields that nobody declared are kept.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import combinations
from types import ModuleType
from typing import Any

from tidings.channels import Channel, Who
from tidings.declaring import event
from tidings.errors import DeclarationError
from tidings.event_types import Conflation, EventType, Payload
from tidings.fields import Count, HoursLeft, Id, Percentage, Text, TimeLeft, Timestamp
from tidings.planned_types import check_reminders
from tidings.reminders import Reminder

__all__ = [
    "Catalog",
    "Channel",
    "Conflation",
    "Count",
    "DeclarationError",
    "EventType",
    "HoursLeft",
    "Id",
    "Payload",
    "Percentage",
    "Reminder",
    "Text",
    "TimeLeft",
    "Timestamp",
    "Who",
    "days",
    "event",
    "hours",
    "minutes",
]


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def days(number: float) -> timedelta:
    return timedelta(days=number)


@dataclass(frozen=True, slots=True)
class Catalog:
    """The channels and event types of an application: a value, passed on."""

    declared: Mapping[str, Channel] = field(default_factory=dict)
    """The channels by their declared names, in the order in which clients are told of them."""
    types: Mapping[str, EventType] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for one, other in combinations([one for one in self.declared.values() if one.parameters], 2):
            if one.overlaps(other):
                raise DeclarationError(f"channels {one.name} and {other.name}: one name could mean both")

    @property
    def channels(self) -> tuple[str, ...]:
        """Those without parameters: the ones that can be listed."""
        return tuple(name for name, one in self.declared.items() if not one.parameters)

    def channel(self, name: str) -> Channel | None:
        """The declaration of a channel that clients may name, `news` or `orders/42`; None: there is none."""
        if "/" not in name:
            return self.declared.get(name)
        with_parameters = (one for one in self.declared.values() if one.parameters)
        return next((one for one in with_parameters if one.values_in(name) is not None), None)

    def reminder(self, type_name: str) -> Reminder | None:
        """By what events of this type are planned; None when nothing plans them."""
        return next(
            (one for type_ in self.types.values() for one in type_.plans if one.type == type_name), None
        )

    @classmethod
    def of(cls, *modules: ModuleType) -> "Catalog":
        """Everything that these modules declare, in their order. Raises DeclarationError."""
        channels: dict[str, Channel] = {}
        types: dict[str, EventType] = {}
        for module in modules:
            for one in _declared_in(module):
                if isinstance(one, Channel):
                    if channels.setdefault(one.name, one) != one:
                        raise DeclarationError(
                            f"{module.__name__}: channel {one.name} is declared twice", module=module.__name__
                        )
                elif one.name in types:
                    raise DeclarationError(
                        f"{module.__name__}: {one.name} is declared twice", module=module.__name__
                    )
                else:
                    types[one.name] = one
        check_reminders(types)
        return cls(channels, types)

    def with_others(self, other: "Catalog") -> "Catalog":
        """Raises DeclarationError when both declare a type or a channel."""
        twice = [*(self.types.keys() & other.types.keys()), *(self.declared.keys() & other.declared.keys())]
        if twice:
            raise DeclarationError(f"declared by the system already: {', '.join(sorted(twice))}")
        return Catalog({**self.declared, **other.declared}, {**self.types, **other.types})

    def without_rules(self) -> "Catalog":
        """Its channels as if none had a rule."""
        declared = {name: replace(one, may_join=None, claims=()) for name, one in self.declared.items()}
        return Catalog(declared, self.types)

    def listed(self, channels: Iterable[str]) -> list[str]:
        """In the catalogue's order, those of one declaration by name; what it does not have comes last."""
        order = {name: number for number, name in enumerate(self.declared)}

        def place(name: str) -> tuple[int, str]:
            declared = self.channel(name)
            return (len(order) if declared is None else order[declared.name], name)

        return sorted(channels, key=place)


def _declared_in(module: ModuleType) -> list[Channel | EventType]:
    found: list[Channel | EventType] = []
    for value in vars(module).values():
        if isinstance(value, Channel):
            found.append(value)
        elif _is_payload_of(value, module):
            found.append(value.declared)
    return found


def _is_payload_of(value: Any, module: ModuleType) -> bool:
    if not (isinstance(value, type) and issubclass(value, Payload)):
        return False
    # Not what it inherits, nor what the module only imports.
    return value.__module__ == module.__name__ and vars(value).get("declared") is not None

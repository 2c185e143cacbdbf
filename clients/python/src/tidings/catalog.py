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

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import combinations
from types import ModuleType, UnionType
from typing import Annotated, Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tidings.channels import PLAIN as _NAME
from tidings.channels import Channel, DeclarationError, Who

__all__ = [
    "Catalog",
    "Channel",
    "Conflation",
    "Count",
    "DeclarationError",
    "EventType",
    "Id",
    "Payload",
    "Percentage",
    "Text",
    "Timestamp",
    "Who",
    "days",
    "event",
    "hours",
    "minutes",
]
# What is planned has whole seconds; an inbox keeps nothing for longer than its channel may.
LEAST_UNSEEN, MOST_UNSEEN = timedelta(seconds=1), timedelta(days=30)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def hours(number: float) -> timedelta:
    return timedelta(hours=number)


def days(number: float) -> timedelta:
    return timedelta(days=number)


class Payload(BaseModel):
    """Base of all payloads, and of objects in them: strict (no "42" for 42), open (extra fields stay)."""

    # Built at its first event: a function starts without the validators of types that it never meets.
    model_config = ConfigDict(extra="allow", strict=True, frozen=True, defer_build=True)

    declared: ClassVar["EventType | None"] = None
    """Set by `event`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflation:
    """At most one message per key and audience in a window; of those held back, only the latest is sent.

    Never for a type that a user must not miss: reminders, status changes, interviews.
    """

    window_seconds: int
    key_field: str | None = None
    """The payload field whose values are kept apart; None where the latest is the latest for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType:
    name: str
    payload: type[Payload]
    on: Channel | None
    """None: known on the bus, never shown to clients."""
    from_producers: bool = True
    conflation: Conflation | None = None
    inbox: bool = False
    """Addressed to a user, it is counted in that user's inbox, on all devices."""
    unseen_after: timedelta | None = None
    """What the user has not seen in the inbox by then goes on the bus, as `delivery.unseen`."""

    @property
    def channel(self) -> str | None:
        """As it is declared: `orders/{order_id}`."""
        return None if self.on is None else self.on.name

    def channel_of(self, data: Mapping[str, Any]) -> str | None:
        """The channel that an event with this payload goes to: `orders/42`. Raises ValueError."""
        return None if self.on is None else self.on.filled(data)


P = TypeVar("P", bound=type[Payload])


def event(
    name: str,
    channel: Channel | None,
    *,
    from_producers: bool = True,
    conflation: Conflation | None = None,
    inbox: bool = False,
    unseen_after: timedelta | None = None,
) -> Callable[[P], P]:
    """Declare the payload of an event type. Raises DeclarationError."""

    def declare(payload: P) -> P:
        if not _NAME.fullmatch(name):
            raise DeclarationError(f"{payload.__name__}: {name!r} is no name for an event type")
        fields: Mapping[str, Any] = payload.__pydantic_fields__
        key = None if conflation is None else conflation.key_field
        if key is not None and not (key in fields and fields[key].is_required()):
            raise DeclarationError(f"{name}: its conflation key {key!r} is no required field of its payload")
        for parameter in () if channel is None else channel.parameters:
            _check_parameter(name, parameter, fields)
        if inbox:
            _check_inbox(name, channel, conflation)
        if unseen_after is not None:
            _check_unseen(name, unseen_after, inbox=inbox)
        payload.declared = EventType(
            name=name,
            payload=payload,
            on=channel,
            from_producers=from_producers,
            conflation=conflation,
            inbox=inbox,
            unseen_after=unseen_after,
        )
        return payload

    return declare


def _check_parameter(name: str, parameter: str, fields: Mapping[str, Any]) -> None:
    given = fields.get(parameter)
    kind = None if given is None else given.annotation
    kinds = get_args(kind) if get_origin(kind) in (Literal, Union, UnionType) else (kind,)
    is_name = all(one in (str, int) or isinstance(one, str | int) for one in kinds)
    if given is None or not given.is_required() or not is_name:
        raise DeclarationError(
            f"{name}: its channel needs {parameter!r}, a required field that is a text or a whole number"
        )


def _check_inbox(name: str, channel: Channel | None, conflation: Conflation | None) -> None:
    if channel is None or not channel.keep:
        raise DeclarationError(f"{name}: what an inbox shows is kept, so its channel must say for how long")
    if conflation is not None:
        raise DeclarationError(f"{name}: an inbox counts every event, so its type cannot be conflated")


def _check_unseen(name: str, unseen_after: timedelta, *, inbox: bool) -> None:
    if not inbox:
        raise DeclarationError(f"{name}: unseen_after needs inbox=True: only an inbox knows what was seen")
    if not LEAST_UNSEEN <= unseen_after <= MOST_UNSEEN:
        raise DeclarationError(f"{name}: unseen_after is from 1 second to 30 days, not {unseen_after}")


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
        """The declaration of a channel that clients may name, `jobs` or `orders/42`; None: there is none."""
        if "/" not in name:
            return self.declared.get(name)
        with_parameters = (one for one in self.declared.values() if one.parameters)
        return next((one for one in with_parameters if one.values_in(name) is not None), None)

    @classmethod
    def of(cls, *modules: ModuleType) -> "Catalog":
        """Everything that these modules declare, in their order. Raises DeclarationError."""
        channels: dict[str, Channel] = {}
        types: dict[str, EventType] = {}
        for module in modules:
            for one in _declared_in(module):
                if isinstance(one, Channel):
                    if channels.setdefault(one.name, one) != one:
                        raise DeclarationError(f"{module.__name__}: channel {one.name} is declared twice")
                elif one.name in types:
                    raise DeclarationError(f"{module.__name__}: {one.name} is declared twice")
                else:
                    types[one.name] = one
        return cls(channels, types)

    def with_others(self, other: "Catalog") -> "Catalog":
        """Raises DeclarationError when both declare a type or a channel."""
        twice = [*(self.types.keys() & other.types.keys()), *(self.declared.keys() & other.declared.keys())]
        if twice:
            raise DeclarationError(f"declared by the system already: {', '.join(sorted(twice))}")
        return Catalog({**self.declared, **other.declared}, {**self.types, **other.types})

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


def _with_offset(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError(f"{text!r} has no UTC offset: end it with Z or +hh:mm")
    return text


Timestamp = Annotated[str, AfterValidator(_with_offset), Field(json_schema_extra={"format": "date-time"})]
Text = Annotated[str, Field(min_length=1)]
Id = Annotated[int, Field(ge=0)]
Count = Annotated[int, Field(ge=0)]
Percentage = Annotated[float, Field(ge=0, le=100)]

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

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from difflib import get_close_matches
from itertools import combinations
from types import ModuleType, UnionType
from typing import Any, ClassVar, Literal, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ConfigDict

from tidings.channels import PLAIN as _NAME
from tidings.channels import Channel, Who
from tidings.errors import DeclarationError
from tidings.fields import (
    Count,
    HoursLeft,
    Id,
    Left,
    Percentage,
    Text,
    TimeLeft,
    Timestamp,
    is_timestamp,
    left_in,
)
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

    Never for a type that a user must not miss.
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
    plans: tuple[Reminder, ...] = ()
    moves: tuple[Reminder, ...] = ()
    """Planned as by `plans`, by an event that only comes after the one that planned it first."""
    drops: tuple[Reminder, ...] = ()
    sample: Mapping[str, Any] | None = None
    """A realistic payload, to try the type with; `now` and `now+2d` in it stand for times."""

    @property
    def changes_plans(self) -> bool:
        return bool(self.plans or self.moves or self.drops)

    @property
    def countdowns(self) -> Mapping[str, Left]:
        """The fields that are filled in when a reminder is sent."""
        fields: Mapping[str, Any] = self.payload.__pydantic_fields__
        return {name: left for name, one in fields.items() if (left := left_in(one)) is not None}

    @property
    def channel(self) -> str | None:
        """As it is declared: `orders/{order_id}`."""
        return None if self.on is None else self.on.name

    def channel_of(self, data: Mapping[str, Any]) -> str | None:
        """The channel that an event with this payload goes to: `orders/42`. Raises ValueError."""
        return None if self.on is None else self.on.filled(data)


P = TypeVar("P", bound=type[Payload])


def event(  # noqa: PLR0913  a keyword for each thing that can be said of a type
    name: str,
    channel: Channel | None,
    *,
    from_producers: bool = True,
    conflation: Conflation | None = None,
    inbox: bool = False,
    unseen_after: timedelta | None = None,
    plans: Reminder | Sequence[Reminder] = (),
    moves: Reminder | Sequence[Reminder] = (),
    drops: Reminder | Sequence[Reminder] = (),
    sample: Mapping[str, Any] | None = None,
) -> Callable[[P], P]:
    """Declare the payload of an event type. Raises DeclarationError."""
    planning, moving, dropping = (
        (one,) if isinstance(one, Reminder) else tuple(one) for one in (plans, moves, drops)
    )

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
        for reminder in (*planning, *moving):
            _check_moment(name, fields, reminder)
        for reminder in (*planning, *moving, *dropping):
            _check_key(name, fields, reminder)
        payload.declared = EventType(
            name=name,
            payload=payload,
            on=channel,
            from_producers=from_producers,
            conflation=conflation,
            inbox=inbox,
            unseen_after=unseen_after,
            plans=planning,
            moves=moving,
            drops=dropping,
            sample=sample,
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


def _check_moment(name: str, fields: Mapping[str, Any], reminder: Reminder) -> None:
    moment = fields.get(reminder.at)
    if moment is None or not moment.is_required() or not is_timestamp(moment):
        raise DeclarationError(f"{name}: {reminder.type} needs {reminder.at!r} as a required Timestamp")


def _check_key(name: str, fields: Mapping[str, Any], reminder: Reminder) -> None:
    key = fields.get(reminder.key)
    if key is None or not key.is_required() or key.annotation not in {int, str}:
        raise DeclarationError(
            f"{name}: {reminder.type} needs {reminder.key!r} as a required text or whole number"
        )


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
        _check_reminders(types)
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


def _check_reminders(types: Mapping[str, EventType]) -> None:
    """What shows only when all types are known. Raises DeclarationError."""
    known: dict[str, Reminder] = {}
    for name, type_ in types.items():
        for reminder in (*type_.plans, *type_.moves, *type_.drops):
            for one in (reminder.type, f"{reminder.prefix}:"):
                if known.setdefault(one, reminder) != reminder:
                    raise DeclarationError(
                        f"{name}: another Reminder of {reminder.type} or with its keys is declared",
                        module=type_.payload.__module__,
                    )
        for reminder in (*type_.plans, *type_.moves):
            _check_sent(name, type_, reminder, types)
    planned = [one for type_ in types.values() for one in type_.plans]
    for reminder in known.values():
        if reminder not in planned:
            raise DeclarationError(f"{reminder.type}: no type plans the reminder")
        for field_name in reminder.dropped_when:
            if not any(field_name in one.payload.__pydantic_fields__ for one in _planning(types, reminder)):
                raise DeclarationError(
                    f"{reminder.type}: no type that plans it has {field_name!r} of dropped_when"
                )


def _planning(types: Mapping[str, EventType], reminder: Reminder) -> list[EventType]:
    return [type_ for type_ in types.values() if reminder in (*type_.plans, *type_.moves)]


def _check_sent(name: str, type_: EventType, reminder: Reminder, types: Mapping[str, EventType]) -> None:
    """That a reminder can be sent with what the event that plans it says."""
    sent, module = types.get(reminder.type), type_.payload.__module__
    if sent is None:
        nearest = get_close_matches(reminder.type, types, n=1, cutoff=0)
        raise DeclarationError(
            f"{name}: {reminder.type} is not declared. Did you mean {', '.join(nearest)}?", module=module
        )
    if sent.channel is None or sent.conflation is not None:
        raise DeclarationError(
            f"{name}: {sent.name} is sent as a reminder, so it has a channel and no conflation",
            module=sent.payload.__module__,
        )
    given: Mapping[str, Any] = type_.payload.__pydantic_fields__
    needed: Mapping[str, Any] = sent.payload.__pydantic_fields__
    for field_name, one in needed.items():
        if not one.is_required() or left_in(one) is not None:
            continue
        if field_name not in given or not given[field_name].is_required():
            raise DeclarationError(
                f"{name}: lacks the required field {field_name!r} of {sent.name}, which it plans",
                module=module,
            )


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

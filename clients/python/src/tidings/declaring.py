"""`@event`: declares an event type, and checks what is said of that type alone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from tidings.channels import PLAIN as _NAME
from tidings.channels import Channel
from tidings.errors import DeclarationError
from tidings.event_types import Conflation, EventType, Payload
from tidings.fields import is_timestamp
from tidings.reminders import Reminder

# What is planned has whole seconds; an inbox keeps nothing for longer than its channel may.
LEAST_UNSEEN, MOST_UNSEEN = timedelta(seconds=1), timedelta(days=30)


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

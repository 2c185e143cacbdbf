"""Checks reminders against all types of a catalogue: those that plan them, and those that are sent."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

from tidings.errors import DeclarationError
from tidings.event_types import EventType
from tidings.fields import left_in
from tidings.reminders import Reminder


def check_reminders(types: Mapping[str, EventType]) -> None:
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
